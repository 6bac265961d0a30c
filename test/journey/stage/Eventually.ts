/** What is promised within a second, with what a busy machine may add. Milliseconds. */
export const aSecondMs = 4000

/** Looks until there is something to see; throws when there is nothing in time. */
export const eventually = async <Value>(
  look: () => Value | undefined | Promise<Value | undefined>,
  withinMs = 10_000
): Promise<Value> => {
  const until = performance.now() + withinMs
  while (true) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > until) throw new Error(`It did not happen within ${withinMs} ms.`)
    await Bun.sleep(4)
  }
}
