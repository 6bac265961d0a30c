import type { Delta, Deltas } from "../../../../src/domain/Delta.ts"
import type { Origin, RequestRecord } from "../../../../src/domain/usage/RequestRecord.ts"
import type { TimersService } from "../../../../src/net/Timers.ts"
import type { Door, Gate, Opening, Sink, Standing } from "../../../../src/routing/Door.ts"

/** What is known of a caller. */
export interface FakeDoorOptions {
  readonly id: string
  readonly gate?: Gate
  readonly showsReasoning?: boolean
  readonly relay?: boolean
  readonly timers: TimersService
  /** How long the caller has no room after a write; nothing when it has some at once. */
  readonly slowMs?: () => number | undefined
}

/** A caller's side that writes down all that is done to it. */
export class FakeDoor implements Door, Sink {
  readonly id: string
  readonly receivedAt: number
  readonly gate: Gate
  readonly showsReasoning: boolean
  readonly relay: boolean
  readonly origin: Origin = { caller: { keyId: "key", name: "key", tags: [], quotas: [] }, tags: [] }
  /** What became of the request. */
  record: RequestRecord | undefined
  standing: Standing | undefined
  readonly openings: Array<{ readonly opening: Opening; readonly at: number }> = []
  readonly written: Array<Delta> = []
  /** What was done that may not be done. */
  readonly wrongs: Array<string> = []
  /** The answer is over, or the caller has left. */
  isOver = false
  #room: Promise<void> | undefined
  readonly #timers: TimersService
  readonly #slowMs: () => number | undefined

  constructor({ id, gate, showsReasoning, relay, timers, slowMs }: FakeDoorOptions) {
    this.id = id
    this.receivedAt = timers.now()
    this.gate = gate ?? "first-content"
    this.showsReasoning = showsReasoning ?? true
    this.relay = relay ?? false
    this.#timers = timers
    this.#slowMs = slowMs ?? (() => undefined)
  }

  readonly entered = (standing: Standing): void => {
    this.standing = standing
  }

  readonly recorded = (record: RequestRecord): void => {
    if (this.record !== undefined) this.wrongs.push("recorded twice")
    this.record = record
  }

  open(opening: Opening): Sink {
    if (this.isOver) this.wrongs.push("opened after the end")
    if (this.openings.length > 0) this.wrongs.push("opened twice")
    this.openings.push({ opening, at: this.#timers.now() })
    return this
  }

  write(deltas: Deltas): void | Promise<void> {
    if (this.isOver) this.wrongs.push("written to after the end")
    if (this.openings.length === 0) this.wrongs.push("written to before it was opened")
    if (this.#room !== undefined) this.wrongs.push("written to while the caller had no room")
    this.written.push(...deltas)
    const slowMs = this.#slowMs()
    if (slowMs === undefined) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#room = promise
    this.#timers.after(slowMs, () => {
      this.#room = undefined
      resolve()
    })
    return promise
  }
}
