/**
 * Retries may be this share of a provider's requests in the last minute: more would bury one that is already
 * overloaded.
 */
const share = 0.2
/** A provider with little traffic still gets this many retries a minute. */
const least = 10
/** Counts are kept by spans of this many milliseconds. */
const spanMs = 5_000
/** Spans of one minute. */
const minute = 12
/** One span more than a minute: a minute that ends in the middle of a span begins in the middle of another. */
const kept = minute + 1
/** Providers come from the configuration; the bound is for reloads that rename them for ever. */
const mostProviders = 1_000

/** What was sent to a provider, in a ring of spans. */
interface Ring {
  /** Which span each place holds; an old one is as good as empty. */
  readonly spans: Float64Array
  readonly requests: Float64Array
  readonly retries: Float64Array
}

/** How many retries each provider may still get. Times are milliseconds of a clock that never goes back. */
export class RetryBudget {
  readonly #rings = new Map<string, Ring>()

  /** Notes an attempt that is not a retry. */
  request(provider: string, now: number): void {
    const ring = this.#ring(provider)
    const place = placeAt(ring, now)
    ring.requests[place] = (ring.requests[place] ?? 0) + 1
  }

  /** Whether a retry may be sent now. */
  hasRoom(provider: string, now: number): boolean {
    return this.left(provider, now) >= 1
  }

  /** How many retries may be sent now; not always a whole number. */
  left(provider: string, now: number): number {
    const ring = this.#rings.get(provider)
    if (ring === undefined) return least
    const current = Math.floor(now / spanMs)
    let requests = 0
    let retries = 0
    for (let place = 0; place < kept; place++) {
      const age = current - (ring.spans[place] ?? 0)
      if (age >= kept) continue
      retries += ring.retries[place] ?? 0
      // The oldest span began more than a minute ago: its retries may count still, its requests may not.
      if (age < minute) requests += ring.requests[place] ?? 0
    }
    return Math.max(0, Math.max(least, requests * share) - retries)
  }

  /** Takes one retry; false when there is no room for it. */
  take(provider: string, now: number): boolean {
    if (!this.hasRoom(provider, now)) return false
    const ring = this.#ring(provider)
    const place = placeAt(ring, now)
    ring.retries[place] = (ring.retries[place] ?? 0) + 1
    return true
  }

  #ring(provider: string): Ring {
    const found = this.#rings.get(provider)
    if (found !== undefined) return found
    const oldest = this.#rings.size >= mostProviders ? this.#rings.keys().next() : undefined
    if (oldest?.done === false) this.#rings.delete(oldest.value)
    const made: Ring = {
      spans: new Float64Array(kept).fill(-kept),
      requests: new Float64Array(kept),
      retries: new Float64Array(kept)
    }
    this.#rings.set(provider, made)
    return made
  }
}

/** The place of the present span, emptied if it still held an older one. */
const placeAt = (ring: Ring, now: number): number => {
  const span = Math.floor(now / spanMs)
  const place = span % kept
  if (ring.spans[place] === span) return place
  ring.spans[place] = span
  ring.requests[place] = 0
  ring.retries[place] = 0
  return place
}
