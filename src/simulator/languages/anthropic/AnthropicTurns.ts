import { asObject, asText, type Fields, listOf, objectOf } from "../../../domain/Fields.ts"
import { isSealOf } from "../../script/Seal.ts"
import { anthropicInvalid } from "./AnthropicErrors.ts"
import type { Refusal } from "../Language.ts"

interface Turn {
  readonly at: number
  readonly role: string
  readonly content: unknown
  readonly blocks: ReadonlyArray<Fields>
}

const turnsOf = (body: Fields): ReadonlyArray<Turn> =>
  listOf(body["messages"]).map((message, at) => {
    const { role, content } = objectOf(message)
    return { at, role: asText(role) ?? "", content, blocks: listOf(content).map(objectOf) }
  })

const idsOf = (turn: Turn | undefined, type: string, field: string): ReadonlyArray<string> =>
  (turn?.blocks ?? []).filter((block) => block["type"] === type).map((block) => String(block[field]))

const isLast = (turn: Turn, turns: ReadonlyArray<Turn>): boolean => turn.at === turns.length - 1

const roles = (turns: ReadonlyArray<Turn>): Refusal | undefined => {
  const [first] = turns
  if (first?.role === "assistant") {
    return anthropicInvalid('messages: first message must use the "user" role')
  }
  for (const turn of turns) {
    if (!["user", "assistant", "system"].includes(turn.role)) {
      return anthropicInvalid(`messages: Unexpected role "${turn.role}". Allowed roles are "user" or "assistant".`)
    }
    // The API itself joins neighbours of one role; Anthropic's models elsewhere refuse them, and so does the simulator,
    // the stricter way.
    if (turn.role !== "system" && turns[turn.at - 1]?.role === turn.role) {
      return anthropicInvalid(
        `messages: roles must alternate between "user" and "assistant", but found multiple "${turn.role}" roles in a row`
      )
    }
  }
  return undefined
}

const content = (turn: Turn, turns: ReadonlyArray<Turn>): Refusal | undefined => {
  const finalAssistant = turn.role === "assistant" && isLast(turn, turns)
  const empty = turn.content === "" || (Array.isArray(turn.content) && turn.content.length === 0)
  if (empty && !finalAssistant) {
    return anthropicInvalid(
      `messages.${turn.at}: all messages must have non-empty content except for the optional final assistant message`
    )
  }
  if (typeof turn.content !== "string" && !Array.isArray(turn.content)) {
    return anthropicInvalid(`messages.${turn.at}.content: Input should be a valid list`)
  }
  for (const [index, block] of turn.blocks.entries()) {
    const refusal = blockFault(block, `messages.${turn.at}.content.${index}`)
    if (refusal !== undefined) return refusal
  }
  const last = turn.blocks.at(-1)
  const text = typeof turn.content === "string" ? turn.content : last?.["type"] === "text" ? last["text"] : ""
  if (finalAssistant && typeof text === "string" && text !== text.trimEnd()) {
    return anthropicInvalid("messages: final assistant content cannot end with trailing whitespace")
  }
  return undefined
}

const blockFault = (block: Fields, place: string): Refusal | undefined => {
  switch (block["type"]) {
    case "text": {
      const text = asText(block["text"])
      if (text === undefined) return anthropicInvalid(`${place}.text.text: Field required`)
      if (text === "") return anthropicInvalid("messages: text content blocks must be non-empty")
      return text.trim() === ""
        ? anthropicInvalid("messages: text content blocks must contain non-whitespace text")
        : undefined
    }
    case "tool_use": {
      if (!/^[a-zA-Z0-9_-]+$/.test(String(block["id"]))) {
        return anthropicInvalid(`${place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
      }
      if (asObject(block["input"]) !== undefined) return undefined
      return anthropicInvalid(`${place}.tool_use.input: Input should be a valid dictionary`)
    }
    case "thinking": {
      const unchanged = isSealOf(String(block["thinking"]), String(block["signature"]))
      return unchanged ? undefined : anthropicInvalid(`${place}: Invalid \`signature\` in \`thinking\` block`)
    }
    case undefined:
      return anthropicInvalid(`${place}.type: Field required`)
    default:
      return undefined
  }
}

/** Every `tool_use` is answered at the beginning of the next message, and nothing else is. */
const pairing = (turn: Turn, turns: ReadonlyArray<Turn>): Refusal | undefined => {
  const next = turns[turn.at + 1]
  const calls = turn.role === "assistant" ? idsOf(turn, "tool_use", "id") : []
  const resultsFirst = next?.blocks.findIndex((block) => block["type"] !== "tool_result") ?? 0
  const leading = resultsFirst < 0 ? next?.blocks : next?.blocks.slice(0, resultsFirst)
  const answered = (leading ?? []).map((block) => String(block["tool_use_id"]))
  const missing = calls.filter((id) => !answered.includes(id))
  if (missing.length > 0) {
    return anthropicInvalid(
      `messages.${turn.at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`
    )
  }
  const results = idsOf(turn, "tool_result", "tool_use_id")
  const before = idsOf(turns[turn.at - 1], "tool_use", "id")
  const unexpected = results.findIndex((id) => !before.includes(id))
  if (unexpected >= 0) {
    return anthropicInvalid(
      `messages.${turn.at}.content.${unexpected}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${results[unexpected]}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`
    )
  }
  if (new Set(results).size === results.length) return undefined
  return anthropicInvalid(
    `messages.${turn.at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with the same id.`
  )
}

/** While the model thinks, a turn that called tools must come back with its thinking first. */
const thinkingFirst = (body: Fields, turns: ReadonlyArray<Turn>): Refusal | undefined => {
  if (objectOf(body["thinking"])["type"] !== "enabled") return undefined
  const last = turns.at(-1)
  const before = turns.at(-2)
  const inLoop = idsOf(last, "tool_result", "tool_use_id").length > 0
  const [first] = before?.blocks ?? []
  if (!inLoop || before === undefined || first?.["type"] === "thinking" || first?.["type"] === "redacted_thinking") {
    return undefined
  }
  return anthropicInvalid(
    `messages.${before.at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first?.["type"])}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`
  )
}

/** What is wrong with the turns of a conversation, in Anthropic's words. */
export const checkTurns = (body: Fields): Refusal | undefined => {
  const turns = turnsOf(body)
  for (const turn of turns) {
    const refusal = content(turn, turns)
    if (refusal !== undefined) return refusal
  }
  const wrongRoles = roles(turns)
  if (wrongRoles !== undefined) return wrongRoles
  for (const turn of turns) {
    const refusal = pairing(turn, turns)
    if (refusal !== undefined) return refusal
  }
  return thinkingFirst(body, turns)
}
