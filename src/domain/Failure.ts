import { Data } from "effect"

/**
 * What the provider said when it failed, kept for the caller (not for the log: it can echo a prompt). Never holds a
 * key.
 */
export interface ProviderWords {
  readonly provider: string
  readonly status?: number
  readonly message?: string
  readonly type?: string
  readonly code?: string
  readonly param?: string
  /** The provider's id of the request, for its support. */
  readonly requestId?: string
}

interface Details {
  /** A sentence for the caller: what happened and, where it helps, what to do. */
  readonly message: string
  /** The field of the request that is at fault (`messages[2].content[0].type`). */
  readonly param?: string
  /** A code more exact than the class's own (`unsupported_parameter`). */
  readonly code?: string
  readonly words?: ProviderWords
  /** Milliseconds after which another try may do better. */
  readonly retryAfterMs?: number
}

/** The provider asks for fewer requests or tokens. */
export class RateLimited extends Data.TaggedError("RateLimited")<Details> {}
/** The provider has no room now. */
export class Overloaded extends Data.TaggedError("Overloaded")<Details> {}
/** The provider broke. */
export class ServerFault extends Data.TaggedError("ServerFault")<Details> {}
/** No connection: refused, reset before the headers, no such host, TLS. */
export class Unreachable extends Data.TaggedError("Unreachable")<Details> {}
/** The provider was slower than a limit. */
export class TimedOut extends Data.TaggedError("TimedOut")<Details & { readonly stage: Stage }> {}
/** The answer broke off before its end. */
export class Cut extends Data.TaggedError("Cut")<Details> {}
/** The provider's answer cannot be read. */
export class Garbled extends Data.TaggedError("Garbled")<Details> {}
/** The prompt is longer than the model takes. */
export class ContextTooLong extends Data.TaggedError("ContextTooLong")<Details> {}
/** The provider's content policy refused the prompt. */
export class ContentRefused extends Data.TaggedError("ContentRefused")<Details> {}
/** The provider does not accept the gateway's key. */
export class Unauthorized extends Data.TaggedError("Unauthorized")<Details> {}
/** The gateway's account at the provider is empty or over its limit. */
export class QuotaExhausted extends Data.TaggedError("QuotaExhausted")<Details> {}
/** The request is wrong: found by us or by the provider. */
export class InvalidRequest extends Data.TaggedError("InvalidRequest")<Details> {}
/** No such model, at the gateway or at the provider. */
export class NoSuchModel extends Data.TaggedError("NoSuchModel")<Details> {}
/** The answer does not fit the schema that was asked for. */
export class SchemaInvalid extends Data.TaggedError("SchemaInvalid")<Details> {}
/** The target cannot carry something that the request needs. */
export class Unable extends Data.TaggedError("Unable")<Details> {}
/** The caller's key is missing, unknown or wrong. */
export class UnknownKey extends Data.TaggedError("UnknownKey")<Details> {}
/**
 * The request comes from a place that may not ask (a web page of another origin), or the caller's key may not ask for
 * this.
 */
export class Forbidden extends Data.TaggedError("Forbidden")<Details> {}
/** The request is at odds with another one of the caller's: the same `Idempotency-Key`, in use or with another body. */
export class Conflict extends Data.TaggedError("Conflict")<Details> {}
/** The caller's key is over its rate limit. */
export class OverLimit extends Data.TaggedError("OverLimit")<Details> {}
/** The caller's budget is spent. */
export class OverBudget extends Data.TaggedError("OverBudget")<Details> {}
/** No target in the region that the request must stay in. */
export class RegionUnavailable extends Data.TaggedError("RegionUnavailable")<Details> {}
/** The body is larger than the gateway takes. */
export class TooLarge extends Data.TaggedError("TooLarge")<Details> {}
/** The body did not arrive within the time that the gateway waits for it. */
export class TooSlow extends Data.TaggedError("TooSlow")<Details> {}
/** No such path. */
export class NotFound extends Data.TaggedError("NotFound")<Details> {}
/** The path exists, not with this method. */
export class MethodNotAllowed extends Data.TaggedError("MethodNotAllowed")<Details & { readonly allow: string }> {}
/** The gateway is stopping or has no room. */
export class Unavailable extends Data.TaggedError("Unavailable")<Details> {}
/** A fault of the gateway itself. */
export class Internal extends Data.TaggedError("Internal")<Details> {}

/** The part of an attempt that ran out of time. */
export type Stage = "connect" | "headers" | "first_content" | "idle" | "total" | "deadline"

/** Every way in which a request can fail: one class each, told apart by `_tag`. */
export type Failure =
  | RateLimited
  | Overloaded
  | ServerFault
  | Unreachable
  | TimedOut
  | Cut
  | Garbled
  | ContextTooLong
  | ContentRefused
  | Unauthorized
  | QuotaExhausted
  | InvalidRequest
  | NoSuchModel
  | SchemaInvalid
  | Unable
  | UnknownKey
  | Forbidden
  | Conflict
  | OverLimit
  | OverBudget
  | RegionUnavailable
  | TooLarge
  | TooSlow
  | NotFound
  | MethodNotAllowed
  | Unavailable
  | Internal

/** The names of the classes, as `GET /v1/errors` lists them. */
export type FailureTag = Failure["_tag"]

/**
 * What a class of failure means to the engine: whose fault it is, where another try may go, which breaker it counts
 * for.
 */
export interface FailureKind {
  readonly fault: "caller" | "gateway" | "provider"
  /**
   * `same`: the same target may do better, as may the next; `next`: only another target; `none`: no other try helps.
   */
  readonly retry: "same" | "next" | "none"
  /** What is left alone for a while when it happens: an address, a key, or one model with one key. */
  readonly breaker: "host" | "key" | "key-and-model" | "none"
  readonly meaning: string
}

/** The vocabulary of failures, as data: what each class means and what may follow it, as `GET /v1/errors` serves it. */
export const failureKinds: Readonly<Record<FailureTag, FailureKind>> = {
  RateLimited: {
    fault: "provider",
    retry: "same",
    breaker: "key-and-model",
    meaning: "The provider's rate limit was reached."
  },
  Overloaded: {
    fault: "provider",
    retry: "same",
    breaker: "key-and-model",
    meaning: "The provider has no room at the moment."
  },
  ServerFault: { fault: "provider", retry: "same", breaker: "key-and-model", meaning: "The provider failed." },
  Unreachable: {
    fault: "provider",
    retry: "same",
    breaker: "host",
    meaning: "No connection to the provider could be made, or it closed before answering."
  },
  TimedOut: {
    fault: "provider",
    retry: "next",
    breaker: "key-and-model",
    meaning: "The provider was slower than the limit of that stage."
  },
  Cut: {
    fault: "provider",
    retry: "same",
    breaker: "key-and-model",
    meaning: "The provider's answer broke off before its end."
  },
  Garbled: {
    fault: "provider",
    retry: "same",
    breaker: "key-and-model",
    meaning: "The provider's answer could not be read."
  },
  ContextTooLong: {
    fault: "caller",
    retry: "next",
    breaker: "none",
    meaning: "The prompt is longer than the model's context."
  },
  ContentRefused: {
    fault: "caller",
    retry: "next",
    breaker: "none",
    meaning: "The provider's content policy refused the prompt."
  },
  Unauthorized: {
    fault: "gateway",
    retry: "next",
    breaker: "key",
    meaning: "The provider did not accept the gateway's key for it."
  },
  QuotaExhausted: {
    fault: "gateway",
    retry: "next",
    breaker: "key",
    meaning: "The gateway's account at the provider has no credit or quota left."
  },
  InvalidRequest: {
    fault: "caller",
    retry: "none",
    breaker: "none",
    meaning: "The request is wrong; `param` names the field."
  },
  NoSuchModel: {
    fault: "caller",
    retry: "next",
    breaker: "none",
    meaning: "The model does not exist here or at the provider."
  },
  SchemaInvalid: {
    fault: "provider",
    retry: "same",
    breaker: "none",
    meaning: "The answer does not fit the schema that was asked for."
  },
  Unable: {
    fault: "caller",
    retry: "next",
    breaker: "none",
    meaning: "The model cannot take something that the request needs; `param` names the field."
  },
  UnknownKey: { fault: "caller", retry: "none", breaker: "none", meaning: "The gateway key is missing or not known." },
  Forbidden: {
    fault: "caller",
    retry: "none",
    breaker: "none",
    meaning:
      "The request comes from a web page or by a host name that this gateway does not answer, or the key may not ask for what it names."
  },
  Conflict: {
    fault: "caller",
    retry: "none",
    breaker: "none",
    meaning: "The `Idempotency-Key` belongs to a request that still runs, or to one with another body."
  },
  OverLimit: { fault: "caller", retry: "none", breaker: "none", meaning: "The gateway key is over its rate limit." },
  OverBudget: { fault: "caller", retry: "none", breaker: "none", meaning: "The budget of the gateway key is spent." },
  RegionUnavailable: {
    fault: "caller",
    retry: "none",
    breaker: "none",
    meaning: "No target serves the region that the request must stay in."
  },
  TooLarge: { fault: "caller", retry: "none", breaker: "none", meaning: "The body is larger than the gateway takes." },
  TooSlow: {
    fault: "caller",
    retry: "none",
    breaker: "none",
    meaning: "The body took longer to arrive than the gateway waits."
  },
  NotFound: { fault: "caller", retry: "none", breaker: "none", meaning: "There is nothing at this path." },
  MethodNotAllowed: { fault: "caller", retry: "none", breaker: "none", meaning: "The path does not take this method." },
  Unavailable: {
    fault: "gateway",
    retry: "none",
    breaker: "none",
    meaning: "The gateway is stopping or has no room; try again."
  },
  Internal: {
    fault: "gateway",
    retry: "none",
    breaker: "none",
    meaning: "The gateway itself failed; its log has the request id."
  }
}
