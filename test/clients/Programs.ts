/**
 * The two programs of the README and the issue, word for word but for model, address and key (which the SDK reads from
 * the environment).
 */
const tools = `tools=[{"type":"function","function":{"name":"get_order_status","description":"Look up an order by ID","parameters":{"type":"object","properties":{"order_id":{"type":"string"}},"required":["order_id"]}}}]`

/** Prints the answer as it streams. */
export const textProgram = (model: string): string => `
from openai import OpenAI
client = OpenAI()
stream = client.chat.completions.create(model=${JSON.stringify(model)}, messages=[{"role": "user", "content": "Summarize this transcript."}], stream=True)
for chunk in stream: print(chunk.choices[0].delta.content, end="")
`

/** Collects the streamed tool calls as every tutorial does, and prints them as JSON. */
export const toolProgram = (model: string): string => `
import json
from openai import OpenAI
client = OpenAI()
stream = client.chat.completions.create(model=${JSON.stringify(model)}, messages=[{"role": "user", "content": "What's the status of order #4821?"}], stream=True,
  ${tools})
calls, finish, text = {}, None, ""
for chunk in stream:
  choice = chunk.choices[0]
  text += choice.delta.content
  finish = choice.finish_reason or finish
  for piece in choice.delta.tool_calls or []:
    call = calls.setdefault(piece.index, {"id": piece.id, "type": piece.type, "name": piece.function.name, "arguments": ""})
    call["arguments"] += piece.function.arguments or ""
print(json.dumps({"calls": list(calls.values()), "finish": finish, "text": text}))
`

/** A model for each of the four languages, as the gateway asks it: `tools` where only tools lead to that language. */
export const languages = [
  { language: "OpenAiChat", text: "openai/gpt-5-nano", tool: "openai/gpt-5-nano" },
  { language: "OpenAiResponses", text: "openai/gpt-5.2-pro", tool: "openai/gpt-5.6-luna" },
  { language: "AnthropicMessages", text: "anthropic/claude-haiku-4-5", tool: "anthropic/claude-sonnet-5-5" },
  { language: "GeminiContent", text: "google/gemini-2.5-flash", tool: "google/gemini-3.5-flash" },
  { language: "OpenAiChat at Baseten", text: "baseten/kimi-k3", tool: "baseten/glm-5.3" }
] as const
