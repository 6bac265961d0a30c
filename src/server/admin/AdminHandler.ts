import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { type AdminKnowledge, documentPath } from "./Admin.ts"
import { AdminApi, AdminKey } from "./AdminApi.ts"
import { targetsView } from "./TargetsView.ts"

/** The admin plane as a web handler. Whoever asks has been let in. */
export const makeHandler = (knowledge: AdminKnowledge): ((request: Request) => Promise<Response>) => {
  const handlers = HttpApiBuilder.group(AdminApi, "admin", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        config: () => Effect.sync(() => knowledge.configuration()),
        targets: () => Effect.sync(() => targetsView(knowledge))
      })
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
