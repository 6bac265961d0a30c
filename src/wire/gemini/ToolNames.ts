import type { Tool } from "../../domain/Request.ts"

/** What a tool is called by the caller. */
export interface NamedTool {
  readonly name: string
  readonly kind: "function" | "custom"
}

/** The two names of each tool: the caller's, and one that Gemini takes. */
export interface ToolNames {
  readonly toGemini: (name: string) => string
  readonly fromGemini: (name: string) => NamedTool
}

/** Gemini's longest function name, in characters. */
const maxLength = 128
const legal = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/

/**
 * Names for the tools of one request; the same tools always get the same names, so that an answer can be turned back
 * without keeping anything.
 */
export const toolNames = (tools: ReadonlyArray<Tool>): ToolNames => {
  const outward = new Map<string, string>()
  const inward = new Map<string, NamedTool>()
  // Legal names first, so that a rewritten one cannot take the place of another tool's own.
  for (const { name, kind } of tools) {
    if (!legal.test(name)) continue
    outward.set(name, name)
    inward.set(name, { name, kind })
  }
  for (const { name, kind } of tools) {
    if (outward.has(name)) continue
    const wanted = rewritten(name)
    let free = wanted
    for (let count = 2; inward.has(free); count++) free = `${wanted.slice(0, maxLength - 5)}_${count}`
    outward.set(name, free)
    inward.set(free, { name, kind })
  }
  return {
    // A call of an earlier turn may name a tool that this request no longer offers.
    toGemini: (name) => outward.get(name) ?? rewritten(name),
    fromGemini: (name) => inward.get(name) ?? { name, kind: "function" }
  }
}

const rewritten = (name: string): string => {
  if (legal.test(name)) return name
  const clean = name.replace(/[^A-Za-z0-9_.:-]/g, "_")
  return (/^[A-Za-z_]/.test(clean) ? clean : `_${clean}`).slice(0, maxLength)
}
