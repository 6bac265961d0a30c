import { Schema } from "effect"
import { steeringFields } from "./SteeringEntry.ts"
import { decimal, text } from "./Values.ts"

/** Fields of a request that people write beside `model`, where they are taken for settings. */
const requestFields = [
  "frequency_penalty",
  "logit_bias",
  "max_completion_tokens",
  "max_tokens",
  "messages",
  "parallel_tool_calls",
  "presence_penalty",
  "prompt",
  "reasoning",
  "reasoning_effort",
  "response_format",
  "seed",
  "service_tier",
  "stop",
  "temperature",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
  "verbosity"
]

const RouteTargetEntry = Schema.Struct({
  model: text("A model by its id (provider/name), bare name or alias."),
  weight: Schema.optionalKey(
    decimal(
      0.001,
      1_000_000,
      3,
      "Share of the requests that come to this target first; on all targets of a route, or on none."
    )
  ),
  overrides: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Unknown).annotate({
      description:
        "Fields of the request, by OpenAI's names (temperature, max_tokens, messages, tools, …), that this target gets instead of the caller's."
    })
  ),
  ...steeringFields
}).annotate({ elsewhere: Object.fromEntries(requestFields.map((name) => [name, "overrides"])) })

/** A target as written when it is more than the name of a model. */
export type RouteTargetEntry = typeof RouteTargetEntry.Type

/** A named route as written. */
export const RouteEntry = Schema.Struct({
  targets: Schema.Array(
    Schema.Union([Schema.String, RouteTargetEntry]).annotate({
      message: "must be the name of a model, or a mapping with model and the target's own settings"
    })
  ).annotate({ description: "The models that answer: tried in this order, or drawn by weight." }),
  ...steeringFields
})

/** A named route as written. */
export type RouteEntry = typeof RouteEntry.Type
