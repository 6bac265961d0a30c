import type { CacheControl } from "../../domain/Message.ts"
import { marked, type Block } from "./Parts.ts"

/** Most cache marks of one request; the automatic one at its end counts. */
const mostMarks = 4

/** The parts of a prompt that carry cache marks, in the order in which Anthropic reads them. */
export interface Prompt {
  readonly tools: ReadonlyArray<Block>
  readonly system: ReadonlyArray<Block>
  readonly messages: ReadonlyArray<{ readonly role: string; readonly content: ReadonlyArray<Block> }>
}

/** A prompt whose cache marks Anthropic takes. */
export interface SettledPrompt extends Prompt {
  /** More marks were asked than Anthropic takes. */
  readonly dropped: boolean
}

type Section = "tools" | "system" | "messages"

interface Mark {
  readonly section: Section
  readonly long: boolean
}

const markOf = (section: Section, block: Block): Mark | undefined => {
  const control = block["cache_control"]
  if (typeof control !== "object" || control === null) return undefined
  return { section, long: "ttl" in control && control.ttl === "1h" }
}

/**
 * Which marks stay when there are too many: the last one of the tools and of the system prompt, because every later
 * request shares those prefixes, and the latest of the messages. Left out first are earlier marks of tools, then of
 * system, then of messages.
 */
const choose = (marks: ReadonlyArray<Mark>, most: number): ReadonlySet<number> => {
  const at = (section: Section): ReadonlyArray<number> =>
    marks.flatMap((mark, place) => (mark.section === section ? [place] : []))
  const [tools, system, messages] = [at("tools"), at("system"), at("messages")]
  const expendable = [
    ...tools.slice(0, -1),
    ...system.slice(0, -1),
    ...messages,
    ...tools.slice(-1),
    ...system.slice(-1)
  ]
  return new Set(expendable.slice(Math.max(0, marks.length - most)))
}

/**
 * Makes a prompt's cache marks valid: at most four, and none of an hour after one of five minutes (Anthropic reads
 * tools, system, messages, and answers 400), so that earlier marks live as long as the longest later one.
 */
export const settleMarks = (prompt: Prompt, automatic: CacheControl | undefined): SettledPrompt => {
  const marks: Array<Mark> = []
  const collect = (section: Section, blocks: ReadonlyArray<Block>): void => {
    for (const block of blocks) {
      const mark = markOf(section, block)
      if (mark !== undefined) marks.push(mark)
    }
  }
  collect("tools", prompt.tools)
  collect("system", prompt.system)
  for (const { content } of prompt.messages) collect("messages", content)
  if (marks.length === 0) return { ...prompt, dropped: false }

  const stay = choose(marks, mostMarks - (automatic === undefined ? 0 : 1))
  const lastLong = automatic?.ttl === "1h" ? marks.length : marks.findLastIndex((mark, at) => mark.long && stay.has(at))
  let at = -1
  const settle = (block: Block): Block => {
    if (markOf("messages", block) === undefined) return block
    at++
    if (stay.has(at)) return at < lastLong ? { ...block, ...marked({ type: "ephemeral", ttl: "1h" }) } : block
    const { cache_control: _mark, ...rest } = block
    return rest
  }
  return {
    tools: prompt.tools.map(settle),
    system: prompt.system.map(settle),
    messages: prompt.messages.map(({ role, content }) => ({ role, content: content.map(settle) })),
    dropped: stay.size < marks.length
  }
}
