import type { InvalidRequest } from "../../../../domain/Failure.ts"
import { type Fields, listOf } from "../../../../domain/Fields.ts"
import { excessIn, type RequestLimits } from "../ChatLimits.ts"
import { isUsualChatRequest } from "../schema/ChatCheck.ts"
import { conversationMistake, mistakeIn } from "../schema/ChatMistakes.ts"
import { withOwnNames } from "./ChatAliases.ts"

/** Fields that say what another one says too: whoever writes the one means it in place of the other. */
const twins: Readonly<Record<string, ReadonlyArray<string>>> = {
  max_tokens: ["max_completion_tokens"],
  max_completion_tokens: ["max_tokens"],
  messages: ["prompt"],
  prompt: ["messages"],
  reasoning: ["reasoning_effort"],
  reasoning_effort: ["reasoning"],
  tools: ["functions", "function_call"],
  functions: ["tools", "tool_choice"],
  tool_choice: ["function_call"],
  function_call: ["tool_choice"]
}

/** Fields that are refused by providers where there are no tools. */
const besideTools = ["tool_choice", "parallel_tool_calls", "function_call"] as const

const isSaid = (fields: Fields, name: string): boolean => (fields[name] ?? undefined) !== undefined

/** The fields with the overrides in place; `null` and `undefined` take a field away. */
const merged = (fields: Fields, overrides: Fields): Fields => {
  const result: Record<string, unknown> = { ...fields }
  for (const name of Object.keys(overrides)) {
    if (!isSaid(overrides, name) || !Object.hasOwn(twins, name)) continue
    for (const twin of twins[name] ?? []) delete result[twin]
  }
  const whole: Record<string, unknown> = { ...result, ...overrides }
  for (const name of Object.keys(overrides)) if (!isSaid(overrides, name)) delete whole[name]
  const takesToolsAway = Object.hasOwn(overrides, "tools") || Object.hasOwn(overrides, "functions")
  if (takesToolsAway && listOf(whole["tools"]).length === 0 && listOf(whole["functions"]).length === 0) {
    for (const name of besideTools) if (!isSaid(overrides, name)) delete whole[name]
  }
  return whole
}

/** Stands in the place of messages that have been looked at before. */
export const lookedAt = [{ role: "user", content: "" }]

/** What is wrong with the overrides by themselves. */
const mistakeInOverrides = (fields: Fields, overrides: Fields): InvalidRequest | undefined => {
  const isOfConversation = isSaid(overrides, "messages") || isSaid(overrides, "prompt")
  const alone: Fields = {
    model: fields["model"],
    ...(isOfConversation ? {} : { messages: lookedAt }),
    ...Object.fromEntries(
      Object.entries(overrides).filter(([name, value]) => value !== undefined && !isUnsaid(name, value))
    )
  }
  return isUsualChatRequest(alone) ? undefined : mistakeIn(alone)
}

/** `messages: null` is no conversation of its own. */
const isUnsaid = (name: string, value: unknown): boolean => name === "messages" && value === null

/**
 * What is wrong with a checked body once some of its fields are replaced. Only what is new is looked at: what stays has
 * been, and a long conversation with sixteen fallbacks would cost sixteen times as much. `length`: that of the text
 * which the overrides are a part of, where it is known.
 */
export const mistakeWith = (
  fields: Fields,
  overrides: Fields,
  limits: RequestLimits,
  length: number | undefined
): InvalidRequest | undefined => {
  const mistake = mistakeInOverrides(fields, overrides) ?? excessIn(overrides, limits, length)
  if (mistake !== undefined) return mistake
  const isOfConversation = Object.hasOwn(overrides, "messages") || Object.hasOwn(overrides, "prompt")
  return isOfConversation ? conversationMistake(overridden(fields, overrides)) : undefined
}

/** A body with some of its fields replaced. */
export const overridden = (fields: Fields, overrides: Fields): Fields => merged(fields, withOwnNames(overrides))
