/**
 * Targets in an order drawn by weight: the first by weight among all, the next by weight among the rest, and so on, so
 * that a failed target's share goes to the others in proportion. Without weights the order is as it came; a weight of 0
 * is a target for when all others fail. `random`: from 0 to below 1.
 */
export const byWeight = <A extends { readonly weight?: number }>(
  targets: ReadonlyArray<A>,
  random: () => number
): ReadonlyArray<A> => {
  if (targets.every(({ weight }) => weight === undefined)) return targets
  // The first of exponential clocks to ring is one with a chance in proportion to its rate, and so among those that are
  // left.
  const drawn = targets.map((target) => ({ target, rings: ringsAt(target.weight ?? 0, random()) }))
  return drawn.sort((one, other) => order(one.rings, other.rings)).map(({ target }) => target)
}

const ringsAt = (weight: number, random: number): number => (weight > 0 ? -Math.log(1 - random) / weight : Infinity)

/** Not the difference: two that never ring are equal. */
const order = (one: number, other: number): number => (one === other ? 0 : one < other ? -1 : 1)
