import type { Ask } from "../../domain/Ask.ts"
import { listOf, objectOf } from "../../domain/Fields.ts"
import type { Model } from "../../domain/Model.ts"

/** Fields that OpenAI takes from every model as the caller wrote them. */
const always = new Set(
  (
    "model messages stream tools tool_choice parallel_tool_calls response_format max_completion_tokens seed n user metadata " +
    "safety_identifier service_tier prompt_cache_key prompt_cache_retention verbosity"
  ).split(" ")
)

/** Fields that models which do not reason take besides. */
const withoutReasoning = new Set([
  ...always,
  ..."max_tokens temperature top_p logprobs top_logprobs stop presence_penalty frequency_penalty logit_bias".split(" ")
])

/**
 * What callers send back from other providers' answers and no model of OpenAI's takes, and calls whose arguments are
 * not even JSON.
 */
const foreign = [
  "reasoning_content",
  "extra_content",
  "prompt_cache_breakpoint",
  '"arguments":""',
  '"arguments": ""'
] as const

const modelKey = '"model"'

/**
 * What a stream is asked besides: its usage, for the books, and none of the padding that OpenAI adds against traffic
 * analysis.
 */
const streamOptions = '"stream_options":{"include_usage":true,"include_obfuscation":false},'

/**
 * The body for OpenAI made of the caller's own text, with the model's name put in: the quick way where nothing has to
 * be rewritten, left out or told. Nothing when anything has; then the protocol writes the body.
 */
export const verbatimBody = (ask: Ask, model: Model): string | undefined => {
  const text = ask.usualText
  const { rules } = model
  if (text === undefined || rules.language !== "openai") return undefined
  // Some models must be asked through /responses, always or for tools.
  if (rules.api === "responses" || (rules.api === "responses-for-tools" && ask.plain["tools"] !== undefined))
    return undefined
  const taken = rules.reasoning ? always : withoutReasoning
  for (const name in ask.plain) if (!taken.has(name)) return undefined
  let isSimple = true
  for (const value of listOf(ask.plain["messages"])) {
    const { role, content, tool_calls: calls, reasoning_content: reasoning } = objectOf(value)
    if ((role === "system" || role === "developer") && role !== rules.systemRole) return undefined
    if (typeof content !== "string" || calls !== undefined || reasoning !== undefined) isSimple = false
  }
  // Looking through the whole text is dear, and messages of plain text hold nothing foreign.
  if (!isSimple) for (const word of foreign) if (text.includes(word)) return undefined
  const named = withModel(text, ask.model, model.name)
  if (named === undefined || !ask.stream) return named
  const brace = named.indexOf("{") + 1
  return named.slice(0, brace) + streamOptions + named.slice(brace)
}

/**
 * JSON text with another `model`, where it has that key once only: inside a JSON string a quote is escaped, so what is
 * found is the key. Nothing when it is there more often, escaped, or otherwise written.
 */
export const withModel = (text: string, theirs: string, ours: string): string | undefined => {
  const at = text.indexOf(modelKey)
  if (at < 0 || text.indexOf(modelKey, at + 1) >= 0 || text.charAt(at - 1) === "\\") return undefined
  // Python's JSON writes a space behind the colon, JavaScript's does not.
  const valueAt = at + modelKey.length + (text.startsWith(": ", at + modelKey.length) ? 2 : 1)
  const value = JSON.stringify(theirs)
  if (text.charAt(at + modelKey.length) !== ":" || !text.startsWith(value, valueAt)) return undefined
  if (theirs === ours) return text
  return text.slice(0, valueAt) + JSON.stringify(ours) + text.slice(valueAt + value.length)
}
