import type { Language } from "../../../src/simulator/languages/Language.ts"

export type Body = Readonly<Record<string, unknown>>

/** What a language says of a request: that it takes it, or the status and reason of its refusal. */
export const said = (
  language: Language,
  model: string,
  body: Body,
  headers: Readonly<Record<string, string>>
): string => {
  const refusal = language.check({ body, model, stream: false, header: (name) => headers[name] })
  return refusal === undefined ? "taken" : `${refusal.status} ${refusal.message}`
}

export const user = { role: "user", content: "x" }
export const schema = { type: "object", properties: { a: { type: "string" } } }
export const strict = { ...schema, required: ["a"], additionalProperties: false }
