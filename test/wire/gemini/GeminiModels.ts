import type { GeminiRules } from "../../../src/domain/Model.ts"

/** Rules of Gemini's generations, as the catalog has them. */
export const three: GeminiRules = {
  language: "gemini",
  thinking: "level",
  minimalLevel: false,
  penalties: false,
  jsonWithTools: true,
  signatures: true,
  imagesInResults: true,
  systemInstruction: true
}
export const flash25: GeminiRules = {
  ...three,
  thinking: "budget",
  budget: { min: 1, max: 24576, off: true },
  jsonWithTools: false,
  signatures: false,
  imagesInResults: false
}
export const gemma: GeminiRules = { ...flash25, thinking: "none", systemInstruction: false }
