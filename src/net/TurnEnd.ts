/**
 * Does what can wait until the end of a turn of the event loop: small writes to sockets, one after the other. Who reads
 * them, on another processor, is then woken once for all, which costs more than the writes themselves; a lone one goes
 * out some microseconds later.
 */
export class TurnEnd {
  #waiting: Array<() => void> = []

  /** `run` must not throw. */
  add(run: () => void): void {
    if (this.#waiting.push(run) === 1) setImmediate(this.#end)
  }

  readonly #end = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }
}
