import { Schema } from "effect"
import { failureTags } from "../../wire/openai/chat/routing/ChatSteering.ts"

const say = <S extends Schema.Top>(description: string, schema: S) => schema.annotate({ description })
const text = Schema.String
const object = Schema.Record(Schema.String, Schema.Unknown)
const milliseconds = Schema.Finite

// No addresses: a caller need not know what stands where in the operator's network; the command line tells them.
const Place = Schema.Struct({
  target: say("provider/model@region#key-alias.", text),
  available: say("Whether the breakers would let an attempt go there now.", Schema.Boolean)
})

const Timeouts = say(
  "Milliseconds that an attempt has if it starts at once; a later one has what the deadline leaves.",
  Schema.Struct({
    connect: milliseconds,
    headers: milliseconds,
    first_content: say("null: no limit, because none was set.", Schema.NullOr(milliseconds)),
    silence: say("Between two signs of life before the first content.", milliseconds),
    idle: say("The same afterwards.", milliseconds),
    total: say("null: no limit.", Schema.NullOr(milliseconds)),
    deadline: say("From the request until its answer must have begun, over all attempts.", milliseconds)
  })
)

const Hedge = Schema.Struct({
  after_ms: Schema.Union([milliseconds, Schema.Literal("p95")]),
  max_extra_cost_usd: Schema.NullOr(Schema.Finite)
})

const Cost = Schema.Struct({
  input_tokens: Schema.Int,
  output_tokens_at_most: say("null: not known.", Schema.NullOr(Schema.Int)),
  usd_at_most: say("A decimal number as text; null: not known, and the note says why.", Schema.NullOr(text)),
  note: text
})

const Target = Schema.Struct({
  target: text,
  kind: Schema.Literals(["first", "fallback"]),
  places: say("Its addresses and keys, in the order in which they are tried.", Schema.Array(Place)),
  asked_as_stream: say(
    "Whether the provider is asked for a stream, as it is where its first content must be seen.",
    Schema.Boolean
  ),
  timeouts_ms: Timeouts,
  retries: Schema.Struct({ attempts: Schema.Int, backoff_ms: milliseconds }),
  on: say("The classes of failure after which the next target is tried.", Schema.Array(Schema.Literals(failureTags))),
  hedge: Schema.NullOr(Hedge),
  race: Schema.Boolean,
  mid_stream: Schema.Literals(["error", "hold"]),
  trail: Schema.Boolean,
  provider_request: say(
    "What would be sent below the address, without headers; null when this target cannot be asked.",
    Schema.NullOr(Schema.Struct({ language: text, path: text, body: object }))
  ),
  dropped: say("Fields of the request that this target cannot carry.", Schema.Array(text)),
  error: say("Why this target cannot be asked, as the error that the caller would get.", Schema.NullOr(object)),
  estimated_cost: Cost
})

/** What `POST /v1/route/explain` answers. */
export const RouteExplanation = Schema.Struct({
  object: Schema.Literal("route.explanation"),
  model: say("As the request says it.", text),
  targets: say("In the order in which they would be tried.", Schema.Array(Target)),
  left_out: say(
    "Models that were named and would not be tried.",
    Schema.Array(Schema.Struct({ model: text, reason: text }))
  ),
  unserved: say("Fields of the request that nothing reads.", Schema.Array(text))
})
export type RouteExplanation = typeof RouteExplanation.Type

/** One target of an explanation. */
export type ExplainedTarget = typeof Target.Type
