import type { AttemptRecord, Trail } from "../domain/routing/Trail.ts"

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

/** The attempts of one request in the order of starting. Nothing is written down until somebody asks: most answers never tell their trail. */
export class Journal {
  readonly #asked: Asked
  readonly #attempts: Array<Recorded> = []

  constructor(asked: Asked) {
    this.#asked = asked
  }

  add(attempt: Recorded): void {
    this.#attempts.push(attempt)
  }

  get size(): number {
    return this.#attempts.length
  }

  /** When the first attempt was sent. */
  get firstSentAt(): number | undefined {
    return this.#attempts[0]?.sentAt
  }

  trail(): Trail {
    return this.#attempts.map((attempt, index) => attempt.record(this.#asked, index + 1))
  }
}
