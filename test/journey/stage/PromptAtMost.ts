import { Result } from "effect"
import { inputTokensAtMost } from "../../../src/routing/planning/Estimate.ts"
import { readChat } from "../../../src/wire/openai/chat/ChatRead.ts"
import { named } from "../../catalog/tokens/Named.ts"

const limits = { depth: 100, messages: 100, tools: 100, schemaBytes: 1_000 }

/**
 * The tokens that the gateway takes a prompt to have at most, for a model of a server that is not known, or of OpenAI.
 */
export const promptAtMost = (body: object, language: "compatible" | "openai" = "compatible"): number =>
  inputTokensAtMost(
    Result.getOrThrow(readChat(body, { text: JSON.stringify(body), caller: "k" }, limits)),
    named("model", language)
  )
