import type { Fields } from "../domain/Fields.ts"
import { isScript, scripts } from "./Vocabulary.ts"

/** Day from which the simulated models are said to be. */
const created = "2026-11-22T00:00:00Z"

const names = Object.keys(scripts).filter(isScript)

const forms: Readonly<Record<"openai" | "anthropic" | "gemini", Fields>> = {
  openai: {
    object: "list",
    data: names.map((id) => ({ id, object: "model", created: Date.parse(created) / 1000, owned_by: "simulator" }))
  },
  anthropic: {
    data: names.map((id) => ({ type: "model", id, display_name: `Simulator: ${id}`, created_at: created })),
    has_more: false,
    first_id: names[0],
    last_id: names.at(-1)
  },
  gemini: {
    models: names.map((id) => ({
      name: `models/${id}`,
      displayName: `Simulator: ${id}`,
      description: scripts[id],
      supportedGenerationMethods: ["generateContent"]
    }))
  }
}

/** The simulator's models as a provider lists its own. */
export const modelList = (form: "openai" | "anthropic" | "gemini"): Fields => forms[form]
