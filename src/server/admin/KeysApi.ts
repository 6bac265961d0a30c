import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { ErrorView } from "./ErrorView.ts"

const Time = Schema.String.annotate({ description: "ISO 8601, UTC." })
const Usd = Schema.String.annotate({ description: "US dollars as decimal text." })
const List = Schema.Array(Schema.String)

const BudgetView = Schema.Struct({
  day: Schema.NullOr(Usd),
  month: Schema.NullOr(Usd),
  total: Schema.NullOr(Usd),
  zone: Schema.String.annotate({ description: "Time zone in which days and months begin." }),
  unknown_prices: Schema.Literals(["refuse", "allow"])
})

const keyFields = {
  object: Schema.Literal("gateway_key"),
  id: Schema.String,
  name: Schema.String,
  state: Schema.Literals(["active", "expired", "disabled"]),
  team: Schema.NullOr(Schema.String),
  tags: List,
  models: Schema.NullOr(List).annotate({ description: "Patterns; null: all." }),
  tools: Schema.NullOr(List).annotate({ description: "Patterns; null: all." }),
  requests_per_minute: Schema.NullOr(Schema.Natural),
  tokens_per_minute: Schema.NullOr(Schema.Natural),
  requests_at_once: Schema.NullOr(Schema.Natural),
  budget: Schema.NullOr(BudgetView),
  created_at: Schema.NullOr(Time),
  expires_at: Schema.NullOr(Time),
  disabled_at: Schema.NullOr(Time),
  secrets: Schema.Array(
    Schema.Struct({
      start: Schema.String.annotate({ description: "Its first letters, to be recognised by." }),
      created_at: Schema.NullOr(Time),
      expires_at: Schema.NullOr(Time)
    })
  ).annotate({ description: "The newest first; those before it are taken until they expire." })
}

/** A key as `/admin/keys` tells it. */
export const KeyView = Schema.Struct(keyFields)

/** The same when its secret was made: this once it is told. */
export const MadeKeyView = Schema.Struct({
  ...keyFields,
  secret: Schema.String.annotate({ description: "What callers send. It is told this once." })
})

/** `GET /admin/keys`. */
export const KeysView = Schema.Struct({ object: Schema.Literal("list"), data: Schema.Array(KeyView) })

const text = (description: string) =>
  Schema.optionalKey(Schema.NullOr(Schema.String).annotate({ message: "must be a text", description }))
const number = (description: string) =>
  Schema.optionalKey(Schema.NullOr(Schema.Finite).annotate({ message: "must be a number", description }))
const texts = (description: string) =>
  Schema.optionalKey(Schema.NullOr(List).annotate({ message: "must be a list of texts", description }))
const usd = (description: string) =>
  Schema.optionalKey(
    Schema.NullOr(Schema.Union([Schema.String, Schema.Finite])).annotate({
      message: "must be an amount in US dollars as decimal text",
      description
    })
  )

/** The body of `POST /admin/keys`. What is absent or null is not limited. */
export const KeyToCreate = Schema.Struct({
  name: Schema.String.annotate({
    message: "must be a text",
    description: "Unique among the keys that are not disabled."
  }),
  team: text("Whose limits hold besides the key's own, and what the ledger counts for."),
  tags: texts("What the ledger can be split by."),
  models: texts("Models that may be asked, * for any part."),
  tools: texts("Tools that models may be given, * for any part; none for an empty list."),
  expires_at: text("A day, a time, or a duration from now such as 90d."),
  requests_per_minute: number("Requests in a minute."),
  tokens_per_minute: number("Tokens in a minute, input and output together."),
  requests_at_once: number("Requests under way at once."),
  budget: Schema.optionalKey(
    Schema.NullOr(
      Schema.Struct({
        day: usd("US dollars in a day of zone."),
        month: usd("US dollars in a month of zone."),
        total: usd("US dollars in all."),
        zone: text("Time zone in which days and months begin; UTC by default."),
        unknown_prices: Schema.optionalKey(
          Schema.NullOr(Schema.Literals(["refuse", "allow"])).annotate({
            message: "must be refuse or allow",
            description: "Whether models whose price is not known may be asked; refuse by default."
          })
        )
      })
    ).annotate({ message: "must be an object" })
  )
})

/** The body of `POST /admin/keys/{id}/rotate`. */
export const Rotation = Schema.Struct({
  overlap: text("How long the present secret is taken beside the new one, such as 24h (the default) or 0s.")
})

const params = { id: Schema.String.annotate({ description: "The key's id, or its name." }) }
const invalid = ErrorView.pipe(HttpApiSchema.status(400))
const missing = ErrorView.pipe(HttpApiSchema.status(404))
const conflict = ErrorView.pipe(HttpApiSchema.status(409))
const unavailable = ErrorView.pipe(HttpApiSchema.status(503))

/** What can be done with keys over HTTP. */
export const keyEndpoints = [
  HttpApiEndpoint.get("listKeys", "/keys", { success: KeysView, error: [missing, unavailable] }).annotate(
    OpenApi.Summary,
    "The keys that were created, the disabled included. Those of gateway.yaml are not here."
  ),
  HttpApiEndpoint.post("createKey", "/keys", {
    payload: KeyToCreate,
    success: MadeKeyView.pipe(HttpApiSchema.status(201)),
    error: [invalid, missing, conflict, unavailable]
  }).annotate(OpenApi.Summary, "Makes a key. Its secret is in the answer, and nowhere afterwards."),
  HttpApiEndpoint.post("rotateKey", "/keys/:id/rotate", {
    params,
    payload: Rotation,
    success: MadeKeyView,
    error: [invalid, missing, conflict, unavailable]
  }).annotate(
    OpenApi.Summary,
    "Makes another secret for a key, whose limits and bill go on; the present one is taken for a while."
  ),
  HttpApiEndpoint.post("disableKey", "/keys/:id/disable", {
    params,
    success: KeyView,
    error: [missing, unavailable]
  }).annotate(OpenApi.Summary, "Ends a key for good, within a second in every process.")
] as const
