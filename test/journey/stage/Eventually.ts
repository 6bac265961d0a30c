/** Looks until there is something to see; throws when there is nothing in time. */
export const eventually = async <Value>(
  look: () => Value | undefined | Promise<Value | undefined>,
  withinMs = 3000
): Promise<Value> => {
  const until = performance.now() + withinMs
  while (true) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > until) throw new Error(`It did not happen within ${withinMs} ms.`)
    await Bun.sleep(4)
  }
}
