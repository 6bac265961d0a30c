import type { Model, Rules } from "../../../src/domain/Model.ts"
import { budgetRules } from "../../wire/anthropic/Bodies.ts"
import { three } from "../../wire/gemini/GeminiModels.ts"

const rules: Readonly<Record<Rules["language"], Rules>> = {
  openai: { language: "openai", api: "chat", reasoning: false, sampling: "always", systemRole: "system" },
  anthropic: budgetRules,
  gemini: three,
  compatible: { language: "compatible", reasoningSwitch: "effort", reasoningBack: false, parallelToolCalls: true }
}

/** A model of this name, asked in this language. */
export const named = (name: string, language: Rules["language"] = "openai", facts: Partial<Model> = {}): Model => ({
  id: `host/${name}`,
  provider: "host",
  name,
  rules: rules[language],
  prices: [],
  listed: true,
  ...facts
})
