import type { AnthropicRules, CompatibleRules, GeminiRules, Model, OpenAiRules, Sampling } from "../domain/Model.ts"

const sampled = (sampling: Sampling, ...more: ReadonlyArray<string>): ReadonlyArray<string> =>
  sampling === "never" ? [] : ["temperature", "top_p", ...more]

const when = (is: boolean, ...names: ReadonlyArray<string>): ReadonlyArray<string> => (is ? names : [])

const openAi = (rules: OpenAiRules): ReadonlyArray<string> => [
  ...sampled(rules.sampling, "logprobs", "top_logprobs"),
  // Reasoning models refuse them in chat.
  ...when(!rules.reasoning, "stop", "frequency_penalty", "presence_penalty", "logit_bias"),
  // /responses has no equivalent.
  ...when(rules.api !== "responses", "seed", "n"),
  ...when(rules.reasoning, "reasoning", "reasoning_effort"),
  "parallel_tool_calls",
  "service_tier",
  "prompt_cache_key"
]

const anthropic = (rules: AnthropicRules): ReadonlyArray<string> => [
  ...sampled(rules.sampling, "top_k"),
  "stop",
  ...when(rules.thinking !== "none", "reasoning", "reasoning_effort"),
  "parallel_tool_calls",
  "service_tier",
  "cache_control"
]

const gemini = (rules: GeminiRules): ReadonlyArray<string> => [
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "n",
  "logprobs",
  "top_logprobs",
  "service_tier",
  ...when(rules.penalties, "frequency_penalty", "presence_penalty"),
  ...when(rules.thinking !== "none", "reasoning", "reasoning_effort")
]

const compatible = (rules: CompatibleRules): ReadonlyArray<string> => [
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "seed",
  "n",
  "logprobs",
  "top_logprobs",
  "logit_bias",
  "frequency_penalty",
  "presence_penalty",
  ...when(rules.reasoningSwitch !== "none", "reasoning", "reasoning_effort"),
  ...when(rules.parallelToolCalls, "parallel_tool_calls")
]

const byRules = ({ rules }: Model): ReadonlyArray<string> => {
  switch (rules.language) {
    case "openai":
      return openAi(rules)
    case "anthropic":
      return anthropic(rules)
    case "gemini":
      return gemini(rules)
    case "compatible":
      return compatible(rules)
  }
}

/**
 * The parameters of a chat completion that reach the model, in OpenAI's names. What is only maybe taken (tools of an
 * unknown model) is in it, for it is passed on.
 */
export const supportedParameters = (model: Model): ReadonlyArray<string> => [
  "max_tokens",
  "max_completion_tokens",
  "stream",
  ...when(model.tools !== false, "tools", "tool_choice"),
  ...when(model.structuredOutputs !== false, "response_format"),
  ...byRules(model)
]
