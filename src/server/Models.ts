import { Result } from "effect"
import type { Catalog } from "../catalog/Catalog.ts"
import { describe, describeForAssemblyAi } from "../catalog/ModelEntry.ts"
import type { Caller } from "../domain/keys/Caller.ts"
import { NoSuchModel } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { Model } from "../domain/Model.ts"
import { forbiddenModel, mayAsk } from "../routing/planning/Permitted.ts"
import { type Exchange, failureReply, jsonReply } from "./Exchange.ts"

const entry = (exchange: Exchange, model: Model, today: string): Fields => ({
  ...(exchange.compatibility === "assemblyai" ? describeForAssemblyAi(model, today) : describe(model, today))
})

/** `GET /v1/models`: every listed model that the configured providers serve and the caller may ask. */
export const modelsReply = (
  exchange: Exchange,
  catalog: Catalog["Service"],
  caller: Caller,
  today: string
): Response => {
  const models = catalog.all.filter((model) => mayAsk(caller, model))
  return jsonReply(exchange, { object: "list", data: models.map((model) => entry(exchange, model, today)) })
}

/** `GET /v1/models/{id}`: the id may hold slashes, plain or encoded, and may be an alias or an unlisted name. */
export const modelReply = (
  exchange: Exchange,
  catalog: Catalog["Service"],
  caller: Caller,
  today: string
): Response => {
  const asked = decoded(exchange.path.slice("/v1/models/".length))
  if (asked === undefined) {
    return failureReply(exchange, new NoSuchModel({ message: "The model's id is not well encoded.", param: "model" }))
  }
  const found = catalog.find(asked)
  if (Result.isFailure(found)) return failureReply(exchange, found.failure)
  const { model } = found.success
  if (!mayAsk(caller, model)) return failureReply(exchange, forbiddenModel(asked))
  return jsonReply(exchange, entry(exchange, model, today))
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
