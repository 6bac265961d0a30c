import { Result } from "effect"
import type { Ask } from "../../../../../src/domain/Ask.ts"
import type { InvalidRequest } from "../../../../../src/domain/Failure.ts"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import type { Routing } from "../../../../../src/domain/routing/Steering.ts"
import { type Coming, readChat } from "../../../../../src/wire/openai/chat/ChatRead.ts"

export const limits = { depth: 16, messages: 3, tools: 2, schemaBytes: 200 }

/** The least that a request needs. */
export const plain: Fields = { model: "m", messages: [{ role: "user", content: "Hi" }] }

export const reading = (
  body: Fields,
  compatibility: Coming["compatibility"] = "openai"
): Result.Result<Ask, InvalidRequest> =>
  readChat(body, { text: JSON.stringify(body), caller: "test", compatibility }, limits)

/** A plain request with more fields, read. */
export const read = (more: Fields, compatibility?: Coming["compatibility"]): Ask =>
  Result.getOrThrow(reading({ ...plain, ...more }, compatibility))

export const routing = (more: Fields, compatibility?: Coming["compatibility"]): Routing =>
  read(more, compatibility).routing

/** What is wrong with a plain request that has more fields. */
export const mistake = (more: Fields, compatibility?: Coming["compatibility"]): InvalidRequest => {
  const result = reading({ ...plain, ...more }, compatibility)
  if (Result.isSuccess(result)) throw new Error("It is right.")
  return result.failure
}
