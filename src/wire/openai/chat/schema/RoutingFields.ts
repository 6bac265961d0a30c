import { Schema } from "effect"
import { chatAliases } from "../routing/ChatAliases.ts"
import { failureTags } from "../routing/ChatSteering.ts"
import { maybe, open } from "./Forms.ts"
import { mostFallbacks, mostMilliseconds, mostRetries, mostSessionLength } from "./RoutingBounds.ts"

/** Most names in a list of models, providers or classes of failure; no gateway has more of them. */
const mostNames = 256

/** The lists that are measured before anything in them is looked at, by path, and how long they may be. */
export const boundedLists: ReadonlyArray<readonly [path: ReadonlyArray<string>, most: number]> = [
  [["fallbacks"], mostFallbacks],
  [["models"], mostNames],
  [["gateway", "on"], mostNames],
  ...["order", "only", "ignore"].map((name) => [["provider", name], mostNames] as const),
  ...["models", "order", "only"].map((name) => [["providerOptions", "gateway", name], mostNames] as const)
]

const text = Schema.String.check(Schema.isMinLength(1))
const retries = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: mostRetries }))
const milliseconds = Schema.Finite.check(
  Schema.isGreaterThan(0),
  Schema.isLessThanOrEqualTo(mostMilliseconds)
).annotate({ description: "Milliseconds." })

const say = <S extends Schema.Top>(description: string, schema: S) => maybe(schema).annotate({ description })

/** Ours alone, so that a misspelled field is a mistake and not somebody else's. */
const Timeouts = Schema.Struct({
  connect: say("Until the connection stands, TLS included.", milliseconds),
  headers: say("Until the provider's headers.", milliseconds),
  first_content: say("Until the first content; the same as latency_threshold_ms.", milliseconds),
  idle: say("Between two signs of life.", milliseconds),
  total: say("Until the end of the attempt's answer.", milliseconds)
})
const Retries = Schema.Struct({
  attempts: retries,
  backoff_ms: say(
    "The first wait, doubled with each; a provider's own word on when to come back goes before.",
    Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThanOrEqualTo(mostMilliseconds))
  )
})
const Hedge = Schema.Struct({
  after_ms: Schema.Union([milliseconds, Schema.Literal("p95")]).annotate({
    description: "Without content for so long, or for as long as 95 of 100 recent answers of the target took."
  }),
  max_extra_cost_usd: say(
    "No hedge that may cost more; an unknown price is more.",
    Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThanOrEqualTo(1000))
  )
})
const Gateway = Schema.Struct({
  latency_threshold_ms: say(
    "An attempt that has no content after this many milliseconds goes to the next target.",
    milliseconds
  ),
  deadline_ms: say("From the request until its answer must have begun, over all attempts.", milliseconds),
  timeout_ms: say("Milliseconds for the parts of one attempt.", Timeouts),
  on: say(
    "The classes of failure after which the next target is tried, as GET /v1/errors lists them; by default all but the caller's own faults and a refusal of the content.",
    Schema.Array(Schema.Literals(failureTags))
  ),
  retries: say("More tries at the same target, for failures that allow it.", Retries),
  hedge: say("Starts the next target too while the first is late; the first content wins.", Hedge),
  race: say("Starts all targets at once; the first content wins.", Schema.Boolean),
  mid_stream: say(
    "What a failure after the first content does: it is told (error, the default), or the answer is held back until it is whole, so that it can be replaced (hold).",
    Schema.Literals(["error", "hold"])
  ),
  trail: say("The answer tells every attempt.", Schema.Boolean)
})

/** The objects that take no other fields than ours, by the field that holds them, with what they take. */
export const closedObjects: Readonly<Record<string, ReadonlyArray<string>>> = {
  gateway: Object.keys(Gateway.fields),
  timeout_ms: Object.keys(Timeouts.fields),
  retries: Object.keys(Retries.fields),
  hedge: Object.keys(Hedge.fields)
}

const price = Schema.Union([
  Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.String.check(Schema.isPattern(/^\d{1,9}(?:\.\d{1,12})?$/))
]).annotate({ description: "US dollars for a million tokens, as a number or as text." })

const Provider = open({
  order: say("Providers (first parts of model ids) in the order in which to try them.", Schema.Array(text)),
  only: say("No other providers than these.", Schema.Array(text)),
  ignore: say("None of these providers.", Schema.Array(text)),
  allow_fallbacks: say("false: nothing but the first target.", Schema.Boolean),
  max_price: say(
    "A target that costs more, or whose price is unknown, is left out.",
    open({ prompt: maybe(price), completion: maybe(price) })
  ),
  require_parameters: say("Refuse, rather than drop, what a target cannot carry.", Schema.Boolean)
})

const gateway = say("How the request is served: limits of time, retries, hedges, the trail.", Gateway)
const provider = say("OpenRouter's preferences of providers.", Provider)

const Fallback = Schema.Union([text, open({ model: text, gateway, provider })])

const aliased = <S extends Schema.Top>(alias: string, schema: S) => {
  const row = chatAliases.find((one) => one.alias === alias)
  return say(`${row?.product}'s name of ${row?.field}: ${row?.meaning}.`, schema)
}

/** The fields of a request that say where it goes and how long it may take. */
export const routingFields = {
  models: say(
    "OpenRouter's list of models to try in order: after `model`, or, where that is absent, the first of them in its place.",
    Schema.Array(text)
  ),
  fallbacks: say(
    `What to try when the model fails, in order, after \`models\`; ${mostFallbacks} of both at most. Either the name of a model, or an object with \`model\` and any other fields of the request but \`stream\` and \`stream_options\`, which take the place of the request's own.`,
    Schema.Array(Fallback)
  ),
  fallback_config: say(
    "AssemblyAI's.",
    open({
      retry: aliased("fallback_config.retry", Schema.Boolean),
      depth: say("How many fallbacks are tried at most.", Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))
    })
  ),
  gateway,
  provider,
  usage: say(
    "OpenRouter's.",
    open({ include: say("The answer tells what it cost: `usage.cost` and `usage.cost_details`.", Schema.Boolean) })
  ),
  session_id: say("OpenRouter's: what the bill can be split by.", text.check(Schema.isMaxLength(mostSessionLength))),
  num_retries: aliased("num_retries", retries),
  timeout: aliased(
    "timeout",
    Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(mostMilliseconds / 1000))
  ),
  disable_fallbacks: aliased("disable_fallbacks", Schema.Boolean),
  providerOptions: say(
    "Vercel's; what else stands in it is dropped.",
    open({
      gateway: maybe(
        open({
          models: aliased("providerOptions.gateway.models", Schema.Array(text)),
          order: aliased("providerOptions.gateway.order", Schema.Array(text)),
          only: aliased("providerOptions.gateway.only", Schema.Array(text))
        })
      )
    })
  )
}
