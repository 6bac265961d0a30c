import type { Fields } from "../../domain/Fields.ts"
import type { AnthropicRules } from "../../domain/Model.ts"
import { efforts as allEfforts, type Effort } from "../../domain/Reasoning.ts"

/** What is asked of a model's thinking, and within which limits. */
export interface ThinkingAsk {
  readonly rules: AnthropicRules
  /** Efforts that the model takes, when they are known. */
  readonly efforts?: ReadonlyArray<Effort> | undefined
  readonly effort?: Effort | undefined
  /** Most tokens to think with (`reasoning.max_tokens`). */
  readonly budget?: number | undefined
  /** Most tokens of the answer, thinking included, as the caller said. */
  readonly maxTokens?: number | undefined
  readonly modelMaxTokens?: number | undefined
  /** Something else in the request cannot be with thinking. */
  readonly without?: boolean
}

/** How a body asks for thinking, or for none. */
export interface ThinkingPlan {
  readonly thinking?: Fields
  /** `output_config.effort`. */
  readonly effort?: string
  /** Whether the model may think in this answer. */
  readonly on: boolean
  /** `max_tokens`, which Anthropic requires. */
  readonly maxTokens: number
  readonly dropped: ReadonlyArray<string>
}

/** `max_tokens` where neither the caller nor the catalog says one: every Claude since 3 takes it. */
const defaultMaxTokens = 4096

/** Anthropic's smallest budget. */
const leastBudget = 1024

/**
 * Tokens to think with for an effort, on models that know only budgets. Ours: Anthropic names no such figures; each
 * step doubles or more.
 */
const budgets: Readonly<Record<Exclude<Effort, "none">, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_768,
  max: 49_152
}

/** Efforts of models whose catalog entry lists none; `xhigh` came with the models that only think adaptively. */
const knownEfforts = {
  "adaptive-or-budget": ["low", "medium", "high", "max"],
  adaptive: ["low", "medium", "high", "xhigh", "max"]
} as const

/** The effort, or the nearest lower one that the model takes; the lowest when there is no lower. */
const nearest = (effort: Effort, taken: ReadonlyArray<Effort>): Effort | undefined => {
  const possible = allEfforts.filter((name) => name !== "none" && name !== "minimal" && taken.includes(name))
  const most = allEfforts.indexOf(effort)
  return possible.findLast((name) => allEfforts.indexOf(name) <= most) ?? possible[0]
}

/** The effort whose budget comes nearest from below. */
const effortOf = (budget: number): Effort =>
  (["max", "xhigh", "high", "medium"] as const).find((name) => budget >= budgets[name]) ?? "low"

/** Whether thinking can be switched off for a request. */
export const canBeOff = (rules: AnthropicRules): boolean =>
  rules.thinking === "none" || rules.thinkingOff === "yes" || rules.thinkingOff === "up-to-high"

/**
 * How to ask for the thinking that the caller wants, or for none.
 * Where a model knows efforts only, `reasoning.max_tokens` becomes the nearest effort and is told as dropped, for its
 * limit does not hold; where thinking cannot be switched off, `none` becomes the lowest effort and is told too.
 */
export const planThinking = (ask: ThinkingAsk): ThinkingPlan => {
  const { rules, budget } = ask
  const most = ask.modelMaxTokens ?? Number.POSITIVE_INFINITY
  const maxTokens = Math.min(ask.maxTokens ?? ask.modelMaxTokens ?? defaultMaxTokens, most)
  const refused = ask.effort === "none" || (ask.effort === undefined && budget === 0)
  const wanted = !refused && (ask.effort !== undefined || budget !== undefined)
  const told = [
    ...(ask.effort === undefined || ask.effort === "none" ? [] : ["reasoning_effort"]),
    ...(budget === undefined || budget === 0 ? [] : ["reasoning.max_tokens"])
  ]
  if (rules.thinking === "none") return { on: false, maxTokens, dropped: refused ? [] : told }
  if (ask.without === true && canBeOff(rules)) return { ...off(rules), maxTokens, dropped: told }
  if (refused) return refusedPlan(ask, maxTokens)
  if (!wanted) return { on: rules.thinksByDefault, maxTokens, dropped: [] }
  if (rules.thinking === "budget" || (rules.thinking === "adaptive-or-budget" && budget !== undefined)) {
    return budgetPlan(ask, maxTokens, told)
  }
  const effort = nearest(ask.effort ?? effortOf(budget ?? 0), ask.efforts ?? knownEfforts[rules.thinking])
  return {
    // Newer models leave the text of their thinking out unless asked.
    thinking: { type: "adaptive", display: "summarized" },
    ...(effort === undefined ? {} : { effort }),
    on: true,
    maxTokens,
    dropped: budget === undefined ? [] : ["reasoning.max_tokens"]
  }
}

/** Thinking switched off; nothing need be said to a model that does not think by itself. */
const off = (rules: AnthropicRules): { readonly on: false; readonly thinking?: Fields } =>
  rules.thinksByDefault ? { on: false, thinking: { type: "disabled" } } : { on: false }

const refusedPlan = (ask: ThinkingAsk, maxTokens: number): ThinkingPlan => {
  const { rules } = ask
  // "up-to-high" forbids only an effort above high beside it, and none is sent.
  if (canBeOff(rules)) return { ...off(rules), maxTokens, dropped: [] }
  if (rules.thinkingOff === "between-tools") {
    return { thinking: { type: "between_tools" }, on: true, maxTokens, dropped: [] }
  }
  const lowest = nearest("low", ask.efforts ?? knownEfforts.adaptive)
  return { ...(lowest === undefined ? {} : { effort: lowest }), on: true, maxTokens, dropped: ["reasoning_effort"] }
}

const budgetPlan = (ask: ThinkingAsk, maxTokens: number, told: ReadonlyArray<string>): ThinkingPlan => {
  const effort = ask.effort === undefined || ask.effort === "none" ? undefined : ask.effort
  const wanted = Math.max(leastBudget, ask.budget ?? budgets[effort ?? "medium"])
  // Without a word of the caller or the catalog, the answer gets its default on top of the thinking.
  const room = ask.maxTokens === undefined && ask.modelMaxTokens === undefined ? maxTokens + wanted : maxTokens
  // The caller's limit counts thinking as OpenAI's does; a fifth of it is left for the answer. `max_tokens` must exceed
  // the budget.
  const budget = wanted < room && ask.budget !== undefined ? wanted : Math.min(wanted, Math.floor(room * 0.8))
  if (budget < leastBudget) return { ...off(ask.rules), maxTokens, dropped: told }
  const combined = ask.rules.thinking === "adaptive-or-budget" && effort !== undefined
  const level = combined ? nearest(effort, ask.efforts ?? knownEfforts["adaptive-or-budget"]) : undefined
  return {
    thinking: { type: "enabled", budget_tokens: budget },
    ...(level === undefined ? {} : { effort: level }),
    on: true,
    maxTokens: room,
    dropped: []
  }
}
