import type { FailureTag } from "./Failure.ts"
import type { Request } from "./Request.ts"

/**
 * How a request, one of its fallbacks, a named route or the defaults want to be served. What is absent was not said there and is looked for in the next
 * place: fallback, request, route, defaults of `gateway.yaml`, defaults of the program.
 */
export interface Steering {
  /** Milliseconds for the parts of one attempt; see `Timeouts`. */
  readonly timeouts?: Timeouts
  /** Milliseconds from the request's arrival within which the answer must have begun, over all attempts. */
  readonly deadlineMs?: number
  /** The failures after which another target is tried; absent: all but the caller's own faults and a refusal of the content. */
  readonly on?: ReadonlyArray<FailureTag>
  readonly retries?: Retries
  readonly hedge?: Hedge
  /** Start all targets at once; the first content wins. */
  readonly race?: boolean
  /** After the first content: tell a failure (`error`), or hold the answer back until it is whole (`hold`), so that it can still be replaced. */
  readonly midStream?: "error" | "hold"
  /** Answers tell every attempt. */
  readonly trail?: boolean
}

/** Milliseconds; a part without a limit is absent. */
export interface Timeouts {
  /** Until the provider's headers, the connection included. */
  readonly headersMs?: number
  /** Until the first content: a latency threshold. A reasoning model's hidden thoughts are no content, so it is off unless said. */
  readonly firstContentMs?: number
  /** Between two signs of life. */
  readonly idleMs?: number
  /** Until the end of the attempt's answer. */
  readonly totalMs?: number
}

export interface Retries {
  /** How many more tries the same target gets, for failures that allow it. */
  readonly attempts: number
  /** The first wait, in milliseconds; doubled with each, with jitter. A provider's own word on when to come back goes before. */
  readonly backoffMs: number
}

export interface Hedge {
  /** Start the next target when the first has no content after so many milliseconds, or after its usual slowest (`p95` of the last answers). */
  readonly after: number | "p95"
  /** No hedge that may cost more than this, in nano-dollars; an unknown price is more. */
  readonly maxExtraCost?: number
}

/** Another way to answer, tried when the one before fails: the request with its overrides in place, and how it is steered. */
export interface Fallback {
  readonly request: Request
  readonly steering: Steering
}

/** OpenRouter's `provider`: which providers may serve, in which order. Names are first parts of model ids. */
export interface ProviderPreferences {
  readonly order?: ReadonlyArray<string>
  readonly only?: ReadonlyArray<string>
  readonly ignore?: ReadonlyArray<string>
  /** `false`: nothing but the first target. */
  readonly allowFallbacks?: boolean
  /** Nano-dollars a token; a target that costs more, or whose price is unknown, is left out. */
  readonly maxPrice?: { readonly input?: number; readonly output?: number }
}

/** Everything in a request that says where it goes and how long it may take. */
export interface Routing {
  readonly steering: Steering
  readonly fallbacks: ReadonlyArray<Fallback>
  /** How many fallbacks are walked; absent: all. */
  readonly depth?: number
  readonly preferences: ProviderPreferences
}

export const noRouting: Routing = { steering: {}, fallbacks: [], preferences: {} }
