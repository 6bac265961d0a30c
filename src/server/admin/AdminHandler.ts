import { Clock, Effect, Layer, Result } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse, type HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { usageFields } from "../../ledger/reports/UsageFields.ts"
import { adminBounds, usageQueryOf } from "../../ledger/reports/UsageQuery.ts"
import { errorObject, retryHeaders, statusOf } from "../Reply.ts"
import { notKept, parametersOf } from "../Usage.ts"
import type { AdminKnowledge } from "./Admin.ts"
import { AdminApi, AdminKey } from "./AdminApi.ts"
import { documentPath } from "./AdminPaths.ts"
import { createKey, deskOf, disableKey, listKeys, rotateKey } from "./KeysDesk.ts"
import { Refused } from "./Refused.ts"
import { targetsView } from "./TargetsView.ts"

type Asked = { readonly request: HttpServerRequest.HttpServerRequest }

/**
 * What was asked for, or the refusal in OpenAI's envelope. Whoever calls the handler writes the request's id into its
 * headers.
 */
const answered = <A, R>({ request }: Asked, work: Effect.Effect<A, Refused, R>, status = 200) =>
  work.pipe(
    Effect.map((body) => HttpServerResponse.jsonUnsafe(body, { status })),
    Effect.catchTag("Refused", ({ failure, status = statusOf(failure) }) => {
      const error = errorObject(failure, request.headers["x-request-id"] ?? "")
      return Effect.succeed(HttpServerResponse.jsonUnsafe({ error }, { status, headers: retryHeaders(failure) }))
    })
  )

const textOf = ({ request }: Asked) => Effect.orDie(request.text)

const usage = Effect.fnUntraced(function* ({ reports }: AdminKnowledge, url: string) {
  if (reports === undefined) return yield* new Refused({ failure: notKept() })
  const query = usageQueryOf(parametersOf(url), { ...adminBounds, now: yield* Clock.currentTimeMillis })
  if (Result.isFailure(query)) return yield* new Refused({ failure: query.failure })
  return usageFields(yield* Effect.mapError(reports.usage(query.success), (failure) => new Refused({ failure })))
})

/** The admin plane as a web handler. Whoever asks has been let in. */
export const makeHandler = (knowledge: AdminKnowledge): ((request: Request) => Promise<Response>) => {
  const desk = deskOf(knowledge.keys)
  const handlers = HttpApiBuilder.group(AdminApi, "admin", (handlers) =>
    Effect.succeed(
      handlers
        .handle("config", () => Effect.sync(() => knowledge.configuration()))
        .handle("targets", () => Effect.sync(() => targetsView(knowledge)))
        .handle("usage", (asked) => answered(asked, usage(knowledge, asked.request.url)))
        .handle("listKeys", (asked) => answered(asked, Effect.flatMap(desk, listKeys)))
        .handleRaw("createKey", (asked) =>
          answered(
            asked,
            Effect.flatMap(desk, (keys) => Effect.flatMap(textOf(asked), (text) => createKey(keys, text))),
            201
          )
        )
        .handleRaw("rotateKey", (asked) =>
          answered(
            asked,
            Effect.flatMap(desk, (keys) =>
              Effect.flatMap(textOf(asked), (text) => rotateKey(keys, asked.params.id, text))
            )
          )
        )
        .handle("disableKey", (asked) =>
          answered(
            asked,
            Effect.flatMap(desk, (keys) => disableKey(keys, asked.params.id))
          )
        )
    )
  )
  const letIn = Layer.succeed(AdminKey, AdminKey.of({ admin: (effect) => effect }))
  const routes = HttpApiBuilder.layer(AdminApi, { openapiPath: documentPath }).pipe(
    Layer.provide(handlers),
    Layer.provide(letIn),
    Layer.provide(HttpServer.layerServices)
  )
  const { handler } = HttpRouter.toWebHandler(routes, { disableLogger: true })
  return (request) => handler(request)
}
