import { Schema } from "effect"
import { failureKinds, type FailureTag } from "../../domain/Failure.ts"
import { decimal, duration, durationOr, flag, whole, words } from "./Values.ts"

const isFailureTag = (name: string): name is FailureTag => Object.hasOwn(failureKinds, name)

const failureClass = Schema.Literals(Object.keys(failureKinds).filter(isFailureTag)).annotate({
  message: "is not a class of failures (GET /v1/errors lists them)"
})

const TimeoutsEntry = Schema.Struct({
  connect: Schema.optionalKey(
    duration("Until the connection stands, TLS included. 3 seconds where nothing says another.")
  ),
  headers: Schema.optionalKey(
    duration(
      "Until the provider's headers, the connection included. Where nothing says another, 30 seconds; longer for an answer that is not streamed."
    )
  ),
  firstContent: Schema.optionalKey(
    duration(
      "Until the first content: the latency threshold. Not limited by default, because a model that thinks is not slow."
    )
  ),
  idle: Schema.optionalKey(
    duration(
      "Between two signs of life. Where nothing says another, 30 seconds; longer while a model reasons or makes an answer that is not streamed."
    )
  ),
  total: Schema.optionalKey(duration("Until the end of the attempt's answer. Not limited by default."))
}).annotate({
  description: 'How long the parts of one attempt may take, in words: "30 seconds", "500 millis".',
  elsewhere: { headersAfter: "timeouts", keepAlive: "timeouts", acceptAfterStop: "timeouts", drain: "timeouts" }
})

const RetriesEntry = Schema.Struct({
  // Waits double, up to a minute: ten tries outlast every usual deadline.
  attempts: whole(0, 10, "How many more tries the same target gets, for failures that allow it; 0 for none."),
  backoff: Schema.optionalKey(
    duration(
      "The first wait, doubled with each; a provider's own word goes before. 500 millis where nothing says another."
    )
  )
}).annotate({
  description: "Further tries of one target. By default one for a request with nowhere else to go, none for any other."
})

const HedgeEntry = Schema.Struct({
  after: durationOr(
    "p95",
    "Start the next target when the first has no content after this, or after its usual slowest (p95)."
  ),
  maxExtraCostUsd: Schema.optionalKey(
    decimal(0, 1000, 9, "No hedge that may cost more than this, in US dollars; an unknown price is more.")
  )
}).annotate({ description: "Asks the next target too when the first is slow; the first content wins. Off by default." })

/** The settings of how a request is served; the same under `defaults`, on a route and on a target of it. */
export const steeringFields = {
  latencyThreshold: Schema.optionalKey(
    duration("An attempt without content after this goes to the next target; the same as timeouts.firstContent.")
  ),
  deadline: Schema.optionalKey(
    duration("Within which the answer must have begun, over all attempts. 120 seconds where nothing says another.")
  ),
  timeouts: Schema.optionalKey(TimeoutsEntry),
  on: Schema.optionalKey(
    Schema.Array(failureClass).annotate({
      description:
        "The failures after which the next target is tried. By default all but the caller's own faults and a refusal of the content."
    })
  ),
  retries: Schema.optionalKey(RetriesEntry),
  hedge: Schema.optionalKey(HedgeEntry),
  race: Schema.optionalKey(flag("Start all targets at once; the first content wins. Off by default.")),
  midStream: Schema.optionalKey(
    words(
      ["error", "hold"],
      "A failure after the first content is told (error, the default), or the answer is held back until it is whole (hold)."
    )
  ),
  trail: Schema.optionalKey(flag("Answers tell every attempt. Off by default."))
}

/** How requests are served, as written. */
export const SteeringEntry = Schema.Struct(steeringFields)

/** How requests are served, as written. */
export type SteeringEntry = typeof SteeringEntry.Type
