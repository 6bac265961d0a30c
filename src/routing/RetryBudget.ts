/** Retries may be this share of a provider's recent requests: more would bury one that is already overloaded. */
const share = 0.2

/** A provider with little traffic still gets this many retries in a window. */
const least = 10

/** Requests and retries are counted over this long, in milliseconds. */
const windowMs = 60_000

interface Window {
  from: number
  requests: number
  retries: number
}

/** Counts requests and retries by provider, in two halves of a window that slide. */
export class RetryBudget {
  readonly #windows = new Map<string, readonly [Window, Window]>()

  /** A first try was sent. */
  request(provider: string, now: number): void {
    this.#window(provider, now)[1].requests++
  }

  /** Takes one retry from the budget; false when it is used up. */
  take(provider: string, now: number): boolean {
    const [before, current] = this.#window(provider, now)
    const requests = before.requests + current.requests
    const retries = before.retries + current.retries
    if (retries >= Math.max(least, requests * share)) return false
    current.retries++
    return true
  }

  #window(provider: string, now: number): readonly [Window, Window] {
    const found = this.#windows.get(provider)
    const fresh = (): Window => ({ from: now, requests: 0, retries: 0 })
    if (found === undefined || now - found[1].from > windowMs) {
      const made = [fresh(), fresh()] as const
      this.#windows.set(provider, made)
      return made
    }
    if (now - found[1].from < windowMs / 2) return found
    const slid = [found[1], fresh()] as const
    this.#windows.set(provider, slid)
    return slid
  }
}
