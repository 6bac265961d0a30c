import { Data } from "effect"
import type { Failure } from "../../domain/Failure.ts"

/** A request to the admin plane that is not fulfilled. */
export class Refused extends Data.TaggedError("Refused")<{
  readonly failure: Failure
  /** Where it is not the failure's own: 409 for what does not go with what is there. */
  readonly status?: 409
}> {}
