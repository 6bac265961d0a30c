/** A change of a breaker's state, as far as a line tells it. Times are milliseconds of one clock. */
interface Change {
  /** A host with its address, a key, or a model with its key. */
  readonly name: string
  readonly state: "open" | "half-open" | "closed"
  readonly until?: number
  readonly reason: string
}

/** A breaker's change of state on one line of the log; an address without its query, in which a credential can be. */
export const breakerLine = ({ name, state, until, reason }: Change, now: number): string => {
  const place = name.replace(/\?[^#]*/, "")
  if (state === "closed") return `breaker: ${place} is asked again`
  if (state === "half-open") return `breaker: ${place} is tried with one request`
  const seconds = until === undefined ? undefined : Math.max(1, Math.round((until - now) / 1000))
  return `breaker: ${place} is not asked${seconds === undefined ? "" : ` for ${seconds} s`} (${reason})`
}
