import type { Ask } from "../Ask.ts"
import type { FailureTag } from "../Failure.ts"

/**
 * How a request, one of its fallbacks, a named route or the defaults want to be served. What is absent was not said
 * there and is looked for in the next place: fallback, request, route's target, route, `gateway.yaml`'s defaults, the
 * program's own. Times are milliseconds.
 */
export interface Steering {
  readonly timeouts?: AttemptTimeouts
  /** From the request's arrival until the answer must have begun, over all attempts. */
  readonly deadlineMs?: number
  /**
   * The failures after which another target is tried; absent: all but the caller's own faults and a refusal of the
   * content.
   */
  readonly on?: ReadonlyArray<FailureTag>
  readonly retries?: Retries
  readonly hedge?: Hedge
  /** Start all targets at once; the first content wins. */
  readonly race?: boolean
  /**
   * After the first content: tell a failure (`error`), or hold the answer back until it is whole (`hold`), so that it
   * can still be replaced.
   */
  readonly midStream?: "error" | "hold"
  /** The answer tells every attempt. */
  readonly trail?: boolean
}

/** Milliseconds for the parts of one attempt; a part that is absent was not said. */
export interface AttemptTimeouts {
  /** Until the connection stands, TLS included. */
  readonly connectMs?: number
  /** Until the provider's headers. */
  readonly headersMs?: number
  /**
   * Until the first content: a latency threshold. Hidden thoughts are no content, so there is none unless it is said.
   */
  readonly firstContentMs?: number
  /** Between two signs of life. */
  readonly idleMs?: number
  /** Until the end of the attempt's answer. */
  readonly totalMs?: number
}

/** More tries at the same target, for failures that allow it. */
export interface Retries {
  readonly attempts: number
  /** The first wait; doubled with each, with jitter. A provider's own word on when to come back goes before. */
  readonly backoffMs?: number
}

/** A second target that is started while the first is late. */
export interface Hedge {
  /** Milliseconds without content, or what 95 of 100 of the target's recent answers took. */
  readonly after: number | "p95"
  /** No hedge that may cost more than this, in nano-dollars; an unknown price is more. */
  readonly maxExtraCost?: number
}

/** Another way to answer, tried when the one before fails: the whole request with its overrides in place. */
export interface Alternative {
  /** Where it stands in the request, for a message (`fallbacks[1]`, `models[0]`). */
  readonly field: string
  readonly ask: Ask
  /** What was said beside these overrides alone. */
  readonly steering: Steering
}

/** OpenRouter's `provider`: which providers may serve, in which order. Names are the first parts of model ids. */
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
  readonly alternatives: ReadonlyArray<Alternative>
  /** How many alternatives are walked; absent: all. */
  readonly depth?: number
  readonly preferences: ProviderPreferences
}

/** Nothing was said. */
export const noRouting: Routing = { steering: {}, alternatives: [], preferences: {} }

/** A target of a named route: a model, and what is changed in the request for it. */
export interface RouteTarget {
  readonly model: string
  /** Share of the requests that come here first; all targets of a route have one, or none has. */
  readonly weight?: number
  /** OpenAI's fields that replace the caller's. */
  readonly overrides?: Readonly<Record<string, unknown>>
  readonly steering: Steering
}

/** A named route of `gateway.yaml` (`model: "route/support"`): its targets in order, or by weight. */
export interface Route {
  readonly targets: ReadonlyArray<RouteTarget>
  readonly steering: Steering
}
