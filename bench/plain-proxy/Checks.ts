const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const roles: ReadonlySet<unknown> = new Set(["system", "developer", "user", "assistant", "tool", "function"])

const numbers = [
  "temperature",
  "top_p",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "seed",
  "presence_penalty",
  "frequency_penalty"
]

const isCall = (call: unknown): boolean =>
  isRecord(call) &&
  typeof call["id"] === "string" &&
  isRecord(call["function"]) &&
  typeof call["function"]["name"] === "string" &&
  typeof call["function"]["arguments"] === "string"

const messageMistake = (message: unknown, at: number): string | undefined => {
  if (!isRecord(message) || !roles.has(message["role"])) return `messages[${at}].role invalid`
  const content = message["content"]
  if (typeof content !== "string" && content !== null && content !== undefined) {
    if (!Array.isArray(content)) return `messages[${at}].content invalid`
    for (const part of content) {
      if (!isRecord(part) || typeof part["type"] !== "string") return `messages[${at}].content part invalid`
    }
  }
  const calls = message["tool_calls"]
  if (calls === undefined) return undefined
  if (!Array.isArray(calls)) return `messages[${at}].tool_calls invalid`
  for (const call of calls) if (!isCall(call)) return "tool_call invalid"
  return undefined
}

/** A request that has at least a model and messages; the rest is as the caller wrote it. */
export type PlainRequest = Record<string, unknown> & { model: string }

const hasModel = (body: Record<string, unknown>): body is PlainRequest => typeof body["model"] === "string"

/** A parsed body as a request, or what is wrong with it: the checks that a fast lane makes by hand. */
export const requestOf = (body: unknown): PlainRequest | string => {
  if (!isRecord(body)) return "body must be an object"
  if (!hasModel(body)) return "model is required"
  const messages = body["messages"]
  if (!Array.isArray(messages) || messages.length === 0) return "messages must be a non-empty array"
  for (let at = 0; at < messages.length; at++) {
    const mistake = messageMistake(messages[at], at)
    if (mistake !== undefined) return mistake
  }
  if (body["stream"] !== undefined && typeof body["stream"] !== "boolean") return "stream must be boolean"
  for (const name of numbers) {
    const value = body[name]
    if (value !== null && value !== undefined && typeof value !== "number") return `${name} must be a number`
  }
  const tools = body["tools"]
  if (tools !== undefined) {
    if (!Array.isArray(tools)) return "tools invalid"
    for (const tool of tools) {
      if (!isRecord(tool) || tool["type"] !== "function") return "tool invalid"
      if (!isRecord(tool["function"]) || typeof tool["function"]["name"] !== "string") return "tool invalid"
    }
  }
  const format = body["response_format"]
  if (format !== undefined && !(isRecord(format) && typeof format["type"] === "string")) {
    return "response_format invalid"
  }
  return body
}
