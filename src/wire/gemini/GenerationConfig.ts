import type { Fields } from "../../domain/Fields.ts"
import type { GeminiRules } from "../../domain/Model.ts"
import type { Effort } from "../../domain/Reasoning.ts"
import type { Request, ResponseFormat } from "../../domain/Request.ts"
import { schemaDialect } from "./SchemaDialect.ts"

/** Sampling, limits, thinking and output form in Gemini's words. */
export interface WrittenConfig {
  readonly config: Fields
  /** OpenAI's names of what was left out. */
  readonly dropped: ReadonlyArray<string>
}

/** Gemini takes at most this many stop sequences. */
const maxStops = 5
/** Gemini's `seed` is a signed 32-bit number; OpenAI's has 64. */
const maxSeed = 2 ** 31 - 1

/**
 * Tokens to think with for each effort, as Google's own OpenAI endpoint has them; they are fitted to the model's
 * range.
 */
const budgets: Readonly<Record<Exclude<Effort, "none">, number>> = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24576,
  xhigh: 32768,
  max: 32768
}

/** Writes `generationConfig`. `json`: whether the output form may be asked for (not beside every choice of tools). */
export const generationConfig = (request: Request, rules: GeminiRules, json: boolean): WrittenConfig => {
  const dropped: Array<string> = []
  const config: Record<string, unknown> = {}
  const put = (name: string, value: unknown): void => {
    if (value !== undefined) config[name] = value
  }
  put("temperature", request.temperature)
  put("topP", request.topP)
  put("topK", request.topK)
  put("maxOutputTokens", request.maxOutputTokens)
  // One is the default, and models that take no more refuse the field.
  if (request.choices !== undefined && request.choices > 1) put("candidateCount", request.choices)
  const stops = (request.stop ?? []).filter((stop) => stop !== "")
  if (stops.length > 0) put("stopSequences", stops.slice(0, maxStops))
  if (stops.length > maxStops) dropped.push("stop")
  if (request.seed !== undefined && Math.abs(request.seed) > maxSeed) dropped.push("seed")
  else put("seed", request.seed)
  if (rules.penalties) {
    put("presencePenalty", request.presencePenalty)
    put("frequencyPenalty", request.frequencyPenalty)
  } else {
    if (request.presencePenalty !== undefined) dropped.push("presence_penalty")
    if (request.frequencyPenalty !== undefined) dropped.push("frequency_penalty")
  }
  if (request.logprobs === true) {
    put("responseLogprobs", true)
    if ((request.topLogprobs ?? 0) > 0) put("logprobs", request.topLogprobs)
  }
  put("thinkingConfig", thinkingConfig(request.reasoning, rules, dropped))
  if (json && request.responseFormat !== undefined) Object.assign(config, outputForm(request.responseFormat))
  return { config, dropped }
}

const outputForm = (format: ResponseFormat): Fields => {
  if (format.type === "text") return {}
  if (format.type === "json_object") return { responseMimeType: "application/json" }
  const schema = schemaDialect(format.schema)
  // The description of the format has no place of its own; a reference may have none beside it.
  const described =
    format.description !== undefined && schema["description"] === undefined && schema["$ref"] === undefined
      ? { ...schema, description: format.description }
      : schema
  return { responseMimeType: "application/json", responseJsonSchema: described }
}

const thinkingConfig = (
  asked: Request["reasoning"],
  rules: GeminiRules,
  dropped: Array<string>
): Fields | undefined => {
  const { effort, maxTokens } = asked ?? {}
  const unasked = effort === undefined && maxTokens === undefined
  if (rules.thinking === "none") {
    if (!unasked && effort !== "none" && maxTokens !== 0) dropped.push("reasoning_effort")
    return undefined
  }
  const { min, max, off } = rules.budget ?? { min: 128, max: 24576, off: true }
  if (unasked) {
    // Flash-Lite (the one model whose budget starts at 512 and can be off) thinks only when given a budget, and
    // "include_thoughts is
    // only enabled when thinking is enabled" is a 400.
    if (rules.thinking === "budget" && off && min >= 512) return undefined
    return { includeThoughts: true }
  }
  const none = maxTokens === undefined ? effort === "none" : maxTokens <= 0
  if (rules.thinking === "budget") {
    if (none && off) return { thinkingBudget: 0 }
    const wanted = none ? min : (maxTokens ?? budgets[effort === undefined || effort === "none" ? "medium" : effort])
    const thinkingBudget = Math.min(Math.max(Math.round(wanted), min), max)
    return none ? { thinkingBudget } : { thinkingBudget, includeThoughts: true }
  }
  const level = levelOf(effort ?? effortOf(maxTokens ?? 0), rules)
  // Thinking cannot be switched off by level: the least is asked for, and its thoughts are not shown.
  return none ? { thinkingLevel: level } : { thinkingLevel: level, includeThoughts: true }
}

/** The effort whose budget is nearest below a limit in tokens, for models that take levels only. */
const effortOf = (maxTokens: number): Effort => {
  if (maxTokens <= 0) return "none"
  if (maxTokens < budgets.medium) return maxTokens < budgets.low ? "minimal" : "low"
  return maxTokens < budgets.high ? "medium" : "high"
}

const levelOf = (effort: Effort, rules: GeminiRules): string => {
  if (effort === "none" || effort === "minimal") return rules.minimalLevel ? "MINIMAL" : "LOW"
  if (effort === "low") return "LOW"
  return effort === "medium" ? "MEDIUM" : "HIGH"
}
