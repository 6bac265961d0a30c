import type { Common } from "./reading/Groups.ts"

interface Costing {
  readonly common: Common
  readonly tally: { readonly cost: bigint }
}

/** The order in which groups are told: by day, then the dearest first, then by name. */
export const byCost = (one: Costing, other: Costing): number => {
  const days = compare(one.common.day ?? "", other.common.day ?? "")
  if (days !== 0) return days
  if (one.tally.cost !== other.tally.cost) return one.tally.cost > other.tally.cost ? -1 : 1
  return compare(namesOf(one), namesOf(other))
}

const namesOf = ({ common }: Costing): string => JSON.stringify(common)

const compare = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1)
