import type { Tool } from "../../domain/Request.ts"

/** Anthropic's pattern for tool names and for the ids of calls. */
const allowed = /^[a-zA-Z0-9_-]+$/

const safe = (name: string, fallback: string): string => {
  const replaced = name.replace(/[^a-zA-Z0-9_-]/g, "_")
  return replaced === "" ? fallback : replaced
}

/**
 * Gives each name of a conversation, in order, a form that Anthropic takes and that no other has. It depends only on
 * what came before it, so a conversation that grows keeps its beginning, and with it the prompt cache.
 */
export const freshNames = (fallback: string): ((name: string) => string) => {
  const used = new Set<string>()
  return (name) => {
    const base = safe(name, fallback)
    let made = base
    for (let count = 2; used.has(made); count++) made = `${base}_${count}`
    used.add(made)
    return made
  }
}

/** Anthropic's names for the tools of a request, by the caller's; names that Anthropic takes stay as they are. */
export const toolNames = (tools: ReadonlyArray<Tool>): ReadonlyMap<string, string> => {
  const fresh = freshNames("tool")
  const names = new Map<string, string>()
  const all = tools.map(({ name }) => name)
  for (const name of [...all.filter((name) => allowed.test(name)), ...all]) {
    if (!names.has(name)) names.set(name, fresh(name))
  }
  return names
}

/** The name of a tool that an earlier turn called, whether or not it is declared any more. */
export const toolName = (names: ReadonlyMap<string, string>, name: string): string =>
  names.get(name) ?? safe(name, "tool")
