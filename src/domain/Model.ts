import type { TokenClass } from "./usage/Cost.ts"
import type { Effort } from "./Reasoning.ts"

/** What can be sent in besides text. */
export type Modality = "text" | "image" | "audio" | "video" | "pdf"

/**
 * What one token costs, in whole nano-dollars (10⁻⁹ USD) by class; a class that is absent has no known price of its
 * own. $1 a million tokens is 1000 nano-dollars a token. Reasoning costs what output costs.
 */
export interface TokenPrices {
  readonly input: number
  readonly output: number
  readonly cachedInput?: number
  /** Writing to the cache for the usual time: Anthropic's five minutes, OpenAI's thirty. */
  readonly cacheWrite5m?: number
  /** Writing to the cache for the longer time: Anthropic's hour, OpenAI's twelve. */
  readonly cacheWrite1h?: number
  readonly audioInput?: number
  /**
   * Sound that was read from the cache; absent: as other cached input where sound costs no more than text, else not
   * known.
   */
  readonly cachedAudioInput?: number
  readonly imageInput?: number
  readonly audioOutput?: number
}

/**
 * Prices with those for long requests: other prices for the whole request once its input is longer than `above` tokens.
 */
export interface TieredPrices extends TokenPrices {
  readonly tiers?: ReadonlyArray<TokenPrices & { readonly above: number }>
}

/** A price list that holds from a day on. */
export interface Price extends TieredPrices {
  /** First day it is known to hold, `YYYY-MM-DD` (UTC). */
  readonly from: string
  /** Last day it holds, for a promotion that has an announced end. */
  readonly until?: string
}

/** Prices of a service tier that are no multiple of the list's; they hold for input of at most `upTo` tokens. */
export interface ServicePrices extends TieredPrices {
  readonly upTo?: number
}

/** Classes that some providers count apart and bill as plain input or output. */
export type PlainClass = Exclude<TokenClass, "input" | "output" | "reasoning">

/** What of a price depends on the request, besides its length. */
export interface Billing {
  /**
   * By the provider's word for the tier that served it: whole percent of the list's prices, or prices of its own. A
   * tier that is absent has no known price.
   */
  readonly serviceTiers?: ReadonlyMap<string, number | ServicePrices>
  /** By region: whole percent of the price, for processing that is kept there. */
  readonly regions?: ReadonlyMap<string, number>
  /**
   * Classes that cost what plain input (sound that is put out: output) costs, where the list has no price of theirs.
   */
  readonly plainPriced?: ReadonlyArray<PlainClass>
}

/**
 * Sampling parameters (temperature, top_p, logprobs): taken always, never, only when the model does not reason
 * (`reasoning_effort: "none"`), or one of temperature and top_p but not both.
 */
export type Sampling = "always" | "never" | "without-reasoning" | "one-of"

/** OpenAI's model rules. */
export interface OpenAiRules {
  readonly language: "openai"
  /**
   * `chat`: /chat/completions; `responses`: only /responses; `responses-for-tools`: /responses for function tools
   * unless the effort is `none`; `responses-for-tools-with-effort`: the same, but only when an effort is written.
   */
  readonly api: "chat" | "responses" | "responses-for-tools" | "responses-for-tools-with-effort"
  /** The model reasons: it takes `max_completion_tokens` only, and neither penalties, logit_bias nor stop. */
  readonly reasoning: boolean
  readonly sampling: Sampling
  /**
   * Roles that must be rewritten: `developer` where system is refused (reasoning models), `user` where both are
   * (o1-mini).
   */
  readonly systemRole: "system" | "developer" | "user"
}

/** Anthropic's model rules. */
export interface AnthropicRules {
  readonly language: "anthropic"
  readonly sampling: Sampling
  /**
   * `none`: cannot think; `budget`: `thinking.budget_tokens`; `adaptive-or-budget`, `adaptive`: `output_config.effort`.
   */
  readonly thinking: "none" | "budget" | "adaptive-or-budget" | "adaptive"
  /**
   * Whether thinking can be switched off: at will, only at effort high or less, not at all, or only `between_tools`.
   */
  readonly thinkingOff: "yes" | "up-to-high" | "no" | "between-tools"
  /** Thinks unless told not to. */
  readonly thinksByDefault: boolean
  /** `tool_choice` any and tool are taken: always, never, or only without thinking. */
  readonly forcedToolChoice: "yes" | "no" | "without-thinking"
  /** A trailing assistant message is continued rather than refused. */
  readonly prefill: boolean
  /** `output_config.format` is taken. */
  readonly structured: boolean
  /** A system message later than the first is taken as such; else it is sent as user text. */
  readonly lateSystem: boolean
}

/** Gemini's model rules. */
export interface GeminiRules {
  readonly language: "gemini"
  /** `budget`: `thinkingConfig.thinkingBudget` (2.5); `level`: `thinkingLevel` (3 and later); `none`: cannot think. */
  readonly thinking: "none" | "budget" | "level"
  /** Smallest and largest budget in tokens; `off` says whether 0 is taken. */
  readonly budget?: { readonly min: number; readonly max: number; readonly off: boolean }
  /** MINIMAL is taken (flash models). */
  readonly minimalLevel: boolean
  readonly penalties: boolean
  /** JSON output and function tools in one request are taken. */
  readonly jsonWithTools: boolean
  /** Function calls must come back with their `thoughtSignature`. */
  readonly signatures: boolean
  /** Images in function results are taken (3 and later). */
  readonly imagesInResults: boolean
  /** `systemInstruction` is taken (not by Gemma). */
  readonly systemInstruction: boolean
}

/** Rules of a server that speaks OpenAI chat but is not OpenAI. */
export interface CompatibleRules {
  readonly language: "compatible"
  /** How reasoning is switched: by `reasoning_effort`, by `chat_template_args.enable_thinking`, or not. */
  readonly reasoningSwitch: "effort" | "template" | "none"
  /** Assistant turns with tool calls must carry `reasoning_content` (Kimi while thinking). */
  readonly reasoningBack: boolean
  /** Takes `parallel_tool_calls`. */
  readonly parallelToolCalls: boolean
}

/** What a model takes and refuses, told apart by the language that it is asked in. */
export type Rules = OpenAiRules | AnthropicRules | GeminiRules | CompatibleRules

/** A model at a provider: what is known of it. What is not known is absent. */
export interface Model extends Billing {
  /** `provider/name`, the id that answers carry. */
  readonly id: string
  readonly provider: string
  /** The provider's own name for it. */
  readonly name: string
  /** Tokens of input and output together. */
  readonly contextTokens?: number
  readonly maxInputTokens?: number
  readonly maxOutputTokens?: number
  /** Tokens of an answer where a caller whose means are limited names no maximum; absent: the gateway's usual. */
  readonly defaultOutputTokens?: number
  readonly inputs?: ReadonlyArray<Modality>
  readonly tools?: boolean
  readonly structuredOutputs?: boolean
  readonly reasoning?: boolean
  readonly efforts?: ReadonlyArray<Effort>
  /** Shortest prompt prefix that Anthropic caches. */
  readonly minCacheTokens?: number
  readonly rules: Rules
  /** Price lists, oldest first; empty when no price is known. */
  readonly prices: ReadonlyArray<Price>
  /** Day the provider switches it off, `YYYY-MM-DD`. */
  readonly shutdown?: string
  /** False when only the caller named it: it gets the rules of its provider's newest models. */
  readonly listed: boolean
  /** Doubts about the figures above, for a reader. */
  readonly notes?: string
}
