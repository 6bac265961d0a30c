import type { Connections } from "../Exchange.ts"

/** Whether the process is asked to stop, and how far it is with that. */
export class StopRequest implements Connections {
  #isAsked = false
  #waitsForBalancers = false
  readonly #hurry = Promise.withResolvers<void>()
  /** Every answer says that its connection ends with it. */
  areClosing = false
  /** The time to finish is over: nothing new is begun any more. */
  isOver = false

  /** Asked a second time. */
  isHurried = false

  /**
   * The first time: stop in order, and where load balancers are still to find out, only after them. The second time: at
   * once.
   */
  ask(waitsForBalancers: boolean): void {
    if (this.#isAsked) {
      this.isHurried = true
      this.#hurry.resolve()
      return
    }
    this.#isAsked = true
    this.#waitsForBalancers = waitsForBalancers
  }

  get isAsked(): boolean {
    return this.#isAsked
  }

  get waitsForBalancers(): boolean {
    return this.#waitsForBalancers
  }

  /** Resolves once there is no time left for anything. */
  get hurried(): Promise<void> {
    return this.#hurry.promise
  }
}
