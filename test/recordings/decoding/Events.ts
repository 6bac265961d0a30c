/** One event of a recorded stream: where it lies in the body's bytes and what its `data` lines say. */
export interface RecordedEvent {
  /** First byte of the event. */
  readonly from: number
  /** First byte after its blank line. */
  readonly to: number
  /** Empty for comments. */
  readonly data: string
}

const encoder = new TextEncoder()

const dataOf = (block: string): string =>
  block
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""))
    .join("\n")

/** A recorded body cut at its blank lines. */
export const eventsOf = (body: string): ReadonlyArray<RecordedEvent> => {
  const events: Array<RecordedEvent> = []
  let from = 0
  for (const block of body.split(/(?<=\r\n\r\n|\n\n|\r\r)/)) {
    const to = from + encoder.encode(block).length
    events.push({ from, to, data: dataOf(block).trim() })
    from = to
  }
  return events
}
