import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"

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
    )
  )
  .middleware(AdminKey)
  .prefix("/admin") {}

/** The admin plane, as its handlers and its documents know it. */
export class AdminApi extends HttpApi.make("gateway-admin")
  .add(Sight)
  .annotate(OpenApi.Title, "LLM gateway: admin")
  .annotate(OpenApi.Version, "1")
  .annotate(OpenApi.Description, "Seeing the gateway. Errors have OpenAI's envelope.") {}
