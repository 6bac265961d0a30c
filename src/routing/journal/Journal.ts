import type { AttemptRecord, Trail } from "../../domain/routing/Trail.ts"

/** Something that can say what became of it, once or while it is under way. */
interface Recorded {
  readonly sentAt: number
  readonly record: (asked: Asked, place: number) => AttemptRecord
}

/** The request that is being answered. */
export interface Asked {
  readonly id: string
  /** Milliseconds of the timers' clock. */
  readonly receivedAt: number
}

/**
 * The attempts of one request in the order of starting. Nothing is written down until somebody asks: most answers never
 * tell their trail.
 */
export class Journal {
  readonly #asked: Asked
  #attempts: Array<Recorded> = []
  #size = 0

  constructor({ id, receivedAt }: Asked) {
    // Not what was given: a door holds the whole request.
    this.#asked = { id, receivedAt }
  }

  add(attempt: Recorded): void {
    this.#attempts.push(attempt)
    this.#size++
  }

  get size(): number {
    return this.#size
  }

  /** When the first attempt was sent. */
  get firstSentAt(): number | undefined {
    return this.#attempts[0]?.sentAt
  }

  /**
   * Lets go of the attempts, once nobody will ask for the trail any more. The runtime keeps the outcome of a fiber for
   * a while after its end, and with it all that was sent and received: until a full collection, of which there were six
   * times as many.
   */
  forget(): void {
    this.#attempts = []
  }

  trail(): Trail {
    return this.#attempts.map((attempt, index) => attempt.record(this.#asked, index + 1))
  }
}
