import {
  Conflict,
  ContentRefused,
  ContextTooLong,
  Cut,
  type Failure,
  type FailureTag,
  Forbidden,
  Garbled,
  Internal,
  InvalidRequest,
  MethodNotAllowed,
  NoSuchModel,
  NotFound,
  OverBudget,
  Overloaded,
  OverLimit,
  QuotaExhausted,
  RateLimited,
  RegionUnavailable,
  SchemaInvalid,
  ServerFault,
  TimedOut,
  TooLarge,
  TooSlow,
  Unable,
  Unauthorized,
  Unavailable,
  UnknownKey,
  Unreachable
} from "../../src/domain/Failure.ts"

const message = "no"

/** One failure of each class, with nothing but what the class must have. */
export const everyFailure: Readonly<Record<FailureTag, Failure>> = {
  RateLimited: new RateLimited({ message }),
  Overloaded: new Overloaded({ message }),
  ServerFault: new ServerFault({ message }),
  Unreachable: new Unreachable({ message }),
  TimedOut: new TimedOut({ message, stage: "headers" }),
  Cut: new Cut({ message }),
  Garbled: new Garbled({ message }),
  ContextTooLong: new ContextTooLong({ message }),
  ContentRefused: new ContentRefused({ message }),
  Unauthorized: new Unauthorized({ message }),
  QuotaExhausted: new QuotaExhausted({ message }),
  InvalidRequest: new InvalidRequest({ message }),
  NoSuchModel: new NoSuchModel({ message }),
  SchemaInvalid: new SchemaInvalid({ message }),
  Unable: new Unable({ message }),
  UnknownKey: new UnknownKey({ message }),
  Forbidden: new Forbidden({ message }),
  Conflict: new Conflict({ message }),
  OverLimit: new OverLimit({ message }),
  OverBudget: new OverBudget({ message }),
  RegionUnavailable: new RegionUnavailable({ message }),
  TooLarge: new TooLarge({ message }),
  TooSlow: new TooSlow({ message }),
  NotFound: new NotFound({ message }),
  MethodNotAllowed: new MethodNotAllowed({ message, allow: "POST" }),
  Unavailable: new Unavailable({ message }),
  Internal: new Internal({ message })
}

/** Every class with a failure of it. */
export const failures: ReadonlyArray<Failure> = Object.values(everyFailure)
