import { Schema } from "effect"
import {
  HttpApi,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  HttpApiSecurity,
  OpenApi
} from "effect/http-api"
import { ErrorView } from "./ErrorView.ts"
import { keyEndpoints } from "./KeysApi.ts"

const Time = Schema.String.annotate({ description: "ISO 8601, UTC." })
const Count = Schema.Natural

/** `GET /admin/config`. */
export const ConfigurationView = Schema.Struct({
  object: Schema.Literal("configuration"),
  running: Schema.Struct({
    fingerprint: Schema.String.annotate({ description: "The same wherever the same is configured, secrets included." }),
    file: Schema.NullOr(Schema.String).annotate({ description: "null: the environment is all there is." }),
    loaded_at: Time
  }),
  refused: Schema.NullOr(
    Schema.Struct({
      at: Time,
      reasons: Schema.Array(Schema.String).annotate({ description: "Each with its place in the file." })
    })
  ).annotate({ description: "Why a newer version was not taken; null once one was." })
})

const TargetView = Schema.Struct({
  target: Schema.String.annotate({ description: "provider/model@region#key-alias" }),
  attempts: Count,
  answered: Count,
  stopped: Count.annotate({ description: "The caller left, or another target was earlier." }),
  failures: Schema.Record(Schema.String, Count).annotate({ description: "By class, as GET /v1/errors lists them." }),
  p95_first_content_ms: Schema.NullOr(Schema.Finite).annotate({
    description: "What 95 of 100 recent answers of the model stayed within; null before there are twenty."
  })
})

const BreakerView = Schema.Struct({
  scope: Schema.Literals(["host", "key", "key-and-model"]),
  name: Schema.String,
  state: Schema.Literals(["closed", "open", "half-open"]),
  reason: Schema.String.annotate({ description: "The class of failure that it counts or that opened it." }),
  failures: Count,
  samples: Count,
  open_for_seconds: Schema.NullOr(Schema.Finite).annotate({ description: "Length of the present opening." }),
  opens_to_probe_at: Schema.NullOr(Time).annotate({ description: "When one request tries whether it is back." }),
  seconds_left: Schema.NullOr(Schema.Finite)
})

/** `GET /admin/targets`. */
export const TargetsView = Schema.Struct({
  object: Schema.Literal("targets"),
  since: Time.annotate({ description: "The start of the process; a reload keeps the figures." }),
  targets: Schema.Array(TargetView),
  breakers: Schema.Array(BreakerView).annotate({ description: "Those that have seen a failure of late." }),
  retry_budgets: Schema.Array(Schema.Struct({ provider: Schema.String, left: Count }))
})

const parameter = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

/** The query of `GET /admin/usage`; the ledger reads it. */
const usageParameters = {
  by: Schema.optionalKey(
    Schema.Union([Schema.String, Schema.Array(Schema.String)]).annotate({
      description: "What to split by: key, team, tag, model, provider, day; several with commas or one each."
    })
  ),
  from: parameter("First day, or a time; 30 days ago if absent."),
  to: parameter("Last day, counted in, or a time; today if absent."),
  month: parameter("Instead of both: YYYY-MM."),
  zone: parameter("Time zone in which days begin; UTC if absent."),
  key: parameter("Only this key, by its id or its name."),
  team: parameter("Only this team."),
  tag: parameter("Only requests with this tag."),
  model: parameter("Only this model."),
  provider: parameter("Only this provider.")
}

/** `GET /admin/usage`. */
const UsageView = Schema.Record(Schema.String, Schema.Unknown).annotate({
  description:
    "Totals, and data: one entry for each group. Money is US dollars as decimal text, null where a price is not known."
})

/** What the documents say of keys; `Admin.ts` has checked them before anything of this is reached. */
export class AdminKey extends HttpApiMiddleware.Service<AdminKey>()("gateway/server/admin/AdminKey", {
  security: { admin: HttpApiSecurity.bearer }
}) {}

class Sight extends HttpApiGroup.make("admin")
  .add(
    HttpApiEndpoint.get("config", "/config", { success: ConfigurationView }).annotate(
      OpenApi.Summary,
      "Which version of the configuration runs, and why a newer one does not."
    ),
    HttpApiEndpoint.get("targets", "/targets", { success: TargetsView }).annotate(
      OpenApi.Summary,
      "How the targets fare: figures, breakers, and the retries that providers may still get."
    ),
    HttpApiEndpoint.get("usage", "/usage", {
      query: usageParameters,
      success: UsageView,
      error: [400, 404, 503].map((status) => ErrorView.pipe(HttpApiSchema.status(status)))
    }).annotate(OpenApi.Summary, "What was used and what it cost, by whatever it is to be split by."),
    ...keyEndpoints
  )
  .middleware(AdminKey)
  .prefix("/admin") {}

/** The admin plane, as its handlers and its documents know it. */
export class AdminApi extends HttpApi.make("gateway-admin")
  .add(Sight)
  .annotate(OpenApi.Title, "LLM gateway: admin")
  .annotate(OpenApi.Version, "1")
  .annotate(OpenApi.Description, "Seeing and steering the gateway. Errors have OpenAI's envelope.") {}
