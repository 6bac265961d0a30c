import { describe, expect, test } from "bun:test"
import type { AnthropicRules } from "../../../src/domain/Model.ts"
import { planThinking, type ThinkingAsk, type ThinkingPlan } from "../../../src/wire/anthropic/Thinking.ts"
import { adaptiveRules, alwaysRules, budgetRules } from "./Bodies.ts"

const eitherRules: AnthropicRules = { ...budgetRules, thinking: "adaptive-or-budget" }
const noRules: AnthropicRules = { ...budgetRules, thinking: "none" }
const byDefault: AnthropicRules = { ...adaptiveRules, thinksByDefault: true }
const upToHigh: AnthropicRules = { ...byDefault, thinkingOff: "up-to-high" }
const betweenTools: AnthropicRules = { ...alwaysRules, thinkingOff: "between-tools" }

const adaptive = { type: "adaptive", display: "summarized" }
const enabled = (budget_tokens: number) => ({ type: "enabled", budget_tokens })
const max = 64_000

describe("thinking", () => {
  const cases: ReadonlyArray<
    readonly [string, Partial<ThinkingAsk> & { readonly rules: AnthropicRules }, ThinkingPlan]
  > = [
    ["nothing asked, nothing said", { rules: budgetRules }, { on: false, maxTokens: max, dropped: [] }],
    [
      "a limit that nobody knows is one that every Claude takes",
      { rules: budgetRules, modelMaxTokens: undefined },
      { on: false, maxTokens: 4096, dropped: [] }
    ],
    ["a model that thinks by default does", { rules: byDefault }, { on: true, maxTokens: max, dropped: [] }],
    [
      "a model that cannot think",
      { rules: noRules, effort: "high" },
      { on: false, maxTokens: max, dropped: ["reasoning_effort"] }
    ],
    [
      "none from a model that cannot think",
      { rules: noRules, effort: "none" },
      { on: false, maxTokens: max, dropped: [] }
    ],
    [
      "effort as budget",
      { rules: budgetRules, effort: "high" },
      { thinking: enabled(16_384), on: true, maxTokens: max, dropped: [] }
    ],
    [
      "minimal as the smallest budget",
      { rules: budgetRules, effort: "minimal" },
      { thinking: enabled(1024), on: true, maxTokens: max, dropped: [] }
    ],
    [
      "a budget as it is",
      { rules: budgetRules, budget: 5000 },
      { thinking: enabled(5000), on: true, maxTokens: max, dropped: [] }
    ],
    [
      "a budget under Anthropic's smallest is raised",
      { rules: budgetRules, budget: 100 },
      { thinking: enabled(1024), on: true, maxTokens: max, dropped: [] }
    ],
    [
      "max_tokens stays above the budget, and the caller's limit stays",
      { rules: budgetRules, effort: "high", maxTokens: 8000 },
      { thinking: enabled(6400), on: true, maxTokens: 8000, dropped: [] }
    ],
    [
      "a budget above the caller's limit is cut",
      { rules: budgetRules, budget: 9000, maxTokens: 8000 },
      { thinking: enabled(6400), on: true, maxTokens: 8000, dropped: [] }
    ],
    [
      "no room to think in: told",
      { rules: budgetRules, effort: "low", maxTokens: 1000 },
      { on: false, maxTokens: 1000, dropped: ["reasoning_effort"] }
    ],
    [
      "an unknown output limit leaves room for the answer",
      { rules: budgetRules, effort: "medium", modelMaxTokens: undefined },
      { thinking: enabled(8192), on: true, maxTokens: 4096 + 8192, dropped: [] }
    ],
    [
      "effort as effort",
      { rules: adaptiveRules, effort: "xhigh" },
      { thinking: adaptive, effort: "xhigh", on: true, maxTokens: max, dropped: [] }
    ],
    [
      "minimal is low",
      { rules: adaptiveRules, effort: "minimal" },
      { thinking: adaptive, effort: "low", on: true, maxTokens: max, dropped: [] }
    ],
    [
      "an effort that the model lacks is the next lower (opus-4-6 answered 400 to xhigh)",
      { rules: eitherRules, effort: "xhigh" },
      { thinking: adaptive, effort: "high", on: true, maxTokens: max, dropped: [] }
    ],
    [
      "the catalog's efforts count",
      { rules: adaptiveRules, effort: "max", efforts: ["low", "medium"] },
      { thinking: adaptive, effort: "medium", on: true, maxTokens: max, dropped: [] }
    ],
    [
      "a budget where only efforts are taken is the nearest one, and told",
      { rules: adaptiveRules, budget: 10_000 },
      { thinking: adaptive, effort: "medium", on: true, maxTokens: max, dropped: ["reasoning.max_tokens"] }
    ],
    [
      "a budget where both are taken",
      { rules: eitherRules, budget: 10_000 },
      { thinking: enabled(10_000), on: true, maxTokens: max, dropped: [] }
    ],
    [
      "a budget and an effort where both are taken",
      { rules: eitherRules, budget: 10_000, effort: "low" },
      { thinking: enabled(10_000), effort: "low", on: true, maxTokens: max, dropped: [] }
    ],
    [
      "none of a model that does not think by itself",
      { rules: adaptiveRules, effort: "none" },
      { on: false, maxTokens: max, dropped: [] }
    ],
    [
      "none of one that does",
      { rules: byDefault, effort: "none" },
      { thinking: { type: "disabled" }, on: false, maxTokens: max, dropped: [] }
    ],
    [
      "none as a budget of 0",
      { rules: byDefault, budget: 0 },
      { thinking: { type: "disabled" }, on: false, maxTokens: max, dropped: [] }
    ],
    [
      "none up to effort high: no effort beside it",
      { rules: upToHigh, effort: "none" },
      { thinking: { type: "disabled" }, on: false, maxTokens: max, dropped: [] }
    ],
    [
      "none only between tools",
      { rules: betweenTools, effort: "none" },
      { thinking: { type: "between_tools" }, on: true, maxTokens: max, dropped: [] }
    ],
    [
      "none where it cannot be: the least, and told",
      { rules: alwaysRules, effort: "none" },
      { effort: "low", on: true, maxTokens: max, dropped: ["reasoning_effort"] }
    ],
    [
      "switched off for something else: told",
      { rules: upToHigh, effort: "max", without: true },
      { thinking: { type: "disabled" }, on: false, maxTokens: max, dropped: ["reasoning_effort"] }
    ],
    [
      "a limit above the model's is the model's",
      { rules: budgetRules, maxTokens: 1_000_000 },
      { on: false, maxTokens: max, dropped: [] }
    ]
  ]
  test.each(cases)("%s", (_name, ask, plan) => {
    expect(planThinking({ modelMaxTokens: max, ...ask })).toEqual(plan)
  })
})
