import { describe, expect, test } from "bun:test"
import { listOf, objectOf, textOf } from "../../../../src/domain/Fields.ts"
import type { AssistantMessage, Message, ToolMessage, UserMessage } from "../../../../src/domain/Message.ts"
import type { ReasoningDetail } from "../../../../src/domain/Reasoning.ts"
import { type InputRules, inputOf } from "../../../../src/wire/openai/responses/ResponsesInput.ts"

const write = (messages: ReadonlyArray<Message>, rules: Partial<InputRules> = {}) =>
  inputOf(messages, { systemRole: "developer", reasoning: true, recall: () => undefined, ...rules })

const input = (messages: ReadonlyArray<Message>, rules?: Partial<InputRules>): unknown => write(messages, rules).items

const assistant = (said: Partial<AssistantMessage>): AssistantMessage => ({
  role: "assistant",
  content: "",
  toolCalls: [],
  ...said
})
const tool = (callId: string, content: ToolMessage["content"]): ToolMessage => ({ role: "tool", callId, content })
const call = (id: string, text = "{}") => ({ id, name: "look", arguments: text, kind: "function" }) as const
const user = { type: "message", role: "user" }

describe("messages", () => {
  test("keep their order, system messages included, and their phase", () => {
    const items = input([
      { role: "system", content: "S" },
      { role: "user", content: "U" },
      assistant({ content: "A", extra: { phase: "commentary" } }),
      { role: "developer", content: [{ type: "text", text: "D" }] }
    ])
    const said = [{ type: "output_text", text: "A", annotations: [] }]
    expect(items).toEqual([
      { type: "message", role: "developer", content: "S" },
      { ...user, content: "U" },
      { type: "message", role: "assistant", content: said, phase: "commentary" },
      { type: "message", role: "developer", content: "D" }
    ])
  })

  const breakpoint = { prompt_cache_breakpoint: { mode: "explicit" } }
  const pdf = "data:application/pdf;base64,AA"
  const plain = "data:text/plain;base64,AA"
  const parts: ReadonlyArray<readonly [part: Exclude<UserMessage["content"], string>[number], written: unknown]> = [
    [
      { type: "text", text: "t", extra: breakpoint },
      { type: "input_text", text: "t", ...breakpoint }
    ],
    [
      { type: "image", url: "https://x" },
      { type: "input_image", image_url: "https://x", detail: "auto" }
    ],
    [
      { type: "image", url: "data:i", detail: "low" },
      { type: "input_image", image_url: "data:i", detail: "low" }
    ],
    [
      { type: "audio", data: "AA", format: "wav" },
      { type: "input_audio", input_audio: { data: "AA", format: "wav" } }
    ],
    [
      { type: "file", data: pdf },
      { type: "input_file", file_data: pdf, filename: "document.pdf" }
    ],
    [
      { type: "file", data: plain, name: "n.md" },
      { type: "input_file", file_data: plain, filename: "n.md" }
    ],
    [
      { type: "file", data: plain },
      { type: "input_file", file_data: plain, filename: "document.txt" }
    ],
    [
      { type: "file", url: "https://x", name: "n" },
      { type: "input_file", file_url: "https://x" }
    ],
    [
      { type: "file", id: "file-1" },
      { type: "input_file", file_id: "file-1" }
    ]
  ]
  for (const [part, written] of parts) {
    test(`carry a part: ${JSON.stringify(part)}`, () => {
      expect(input([{ role: "user", content: [part] }])).toEqual([{ ...user, content: [written] }])
    })
  }

  test("pair calls with outputs, custom tools and images included", () => {
    const custom = { ...call("c2", "select 1"), kind: "custom" } as const
    const items = input([
      assistant({ content: "Let me see.", toolCalls: [call("c1", ""), custom] }),
      tool("c2", "1"),
      tool("c1", [
        { type: "text", text: "a" },
        { type: "image", url: "data:i" }
      ])
    ])
    const image = { type: "input_image", image_url: "data:i", detail: "auto" }
    const said = [{ type: "output_text", text: "Let me see.", annotations: [] }]
    expect(items).toEqual([
      { type: "message", role: "assistant", content: said },
      { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
      { type: "custom_tool_call", call_id: "c2", name: "look", input: "select 1" },
      { type: "custom_tool_call_output", call_id: "c2", output: "1" },
      { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "a" }, image] }
    ])
  })

  test("give a call without its output one, for the API refuses it alone", () => {
    expect(input([assistant({ toolCalls: [call("c1")] }), { role: "user", content: "Never mind." }])).toEqual([
      { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "No output was recorded for this call." },
      { ...user, content: "Never mind." }
    ])
  })

  test("make an output without its call the user's text, and a second one for the same call too", () => {
    const second = tool("c1", [{ type: "text", text: "9" }])
    const items = input([tool("gone", "7"), assistant({ toolCalls: [call("c1")] }), tool("c1", "8"), second])
    expect(items).toMatchObject([
      { ...user, content: "Output of the tool call gone:\n7" },
      { type: "function_call" },
      { type: "function_call_output", output: "8" },
      { ...user, content: [{ text: "Output of the tool call c1:" }, { text: "9" }] }
    ])
  })

  test("pair ids that a host counts from 0 again in every turn", () => {
    const turn = [assistant({ toolCalls: [call("call_0")] }), tool("call_0", "x")]
    const pair = [{ type: "function_call" }, { type: "function_call_output", output: "x" }]
    expect(input([...turn, ...turn])).toMatchObject([...pair, ...pair])
  })

  test("shorten ids above 64 characters alike in call and output, and apart from each other", () => {
    const id = `call_${"x".repeat(100)}`
    const items = input([assistant({ toolCalls: [call(id), call(`${id}y`)] }), tool(id, "1"), tool(`${id}y`, "2")])
    const ids = listOf(items).map((item) => textOf(objectOf(item)["call_id"]))
    expect(ids.every((short) => short.length > 0 && short.length <= 64)).toBe(true)
    expect(ids.slice(2)).toEqual(ids.slice(0, 2))
    expect(new Set(ids).size).toBe(2)
  })

  test("give a refusal back as such, and tell what has no place", () => {
    const written = write([
      { role: "user", content: "x", name: "Ann" },
      assistant({ refusal: "No.", extra: { audio: {} } })
    ])
    expect(written.items).toMatchObject([{}, { content: [{ type: "refusal", refusal: "No." }] }])
    expect(written.dropped).toEqual(["messages[0].name", "messages[1].audio"])
  })
})

describe("reasoning", () => {
  const format = "openai-responses-v1"
  const own: ReadonlyArray<ReasoningDetail> = [
    { type: "reasoning.encrypted", format, id: "rs_1", data: "E1", index: 0 },
    { type: "reasoning.summary", format, id: "rs_1", summary: "S1", index: 1 }
  ]
  const summary = [{ type: "summary_text", text: "S1" }]
  const item = { type: "reasoning", id: "rs_1", summary, encrypted_content: "E1" }

  test("goes back directly before the text that it led to", () => {
    const items = input([assistant({ content: "A", reasoningDetails: own, toolCalls: [call("c1")] }), tool("c1", "")])
    const rest = [{ type: "message" }, { type: "function_call" }, { type: "function_call_output" }]
    expect(items).toMatchObject([item, ...rest])
  })

  test("goes back directly before the call where there is no text", () => {
    const items = input([assistant({ reasoningDetails: own, toolCalls: [call("c1")] }), tool("c1", "")])
    expect(items).toMatchObject([item, { type: "function_call" }, { type: "function_call_output" }])
  })

  test("is never sent without an item after it, which the API refuses", () => {
    expect(input([assistant({ reasoningDetails: own }), { role: "user", content: "x" }])).toEqual([
      { ...user, content: "x" }
    ])
  })

  test("of other providers, or without the part that OpenAI needs, stays away and is told", () => {
    const reasoningDetails: ReadonlyArray<ReasoningDetail> = [
      { type: "reasoning.encrypted", format: "anthropic-claude-v1", data: "A", id: "x", index: 0 },
      { type: "reasoning.summary", format, id: "rs_2", summary: "only a summary", index: 1 },
      { type: "reasoning.text", format: "unknown", text: "t", index: 2 }
    ]
    const written = write([assistant({ content: "A", reasoning: "r", reasoningDetails })])
    expect(written.items.map((item) => item["type"])).toEqual(["message"])
    expect(written.dropped).toEqual(["messages[0].reasoning_details"])
  })

  test("stays away from a model that does not reason", () => {
    const messages = [assistant({ content: "A", reasoningDetails: own })]
    expect(input(messages, { reasoning: false })).toMatchObject([{ type: "message" }])
    expect(write(messages, { reasoning: false }).dropped).toEqual(["messages[0].reasoning_details"])
    expect(write(messages).dropped).toEqual([])
  })

  test("that the caller's library lost is remembered by the call, once, each before its own call", () => {
    const later: ReasoningDetail = { type: "reasoning.encrypted", format, id: "rs_2", data: "E2", index: 2 }
    const remembered = new Map([
      ["c1", own],
      ["c2", [...own, later]]
    ])
    const turn = [assistant({ toolCalls: [call("c1"), call("c2")] }), tool("c1", "1"), tool("c2", "2")]
    const outputs = [{ type: "function_call_output" }, { type: "function_call_output" }]
    expect(input(turn, { recall: (id) => remembered.get(id) })).toMatchObject([
      item,
      { type: "function_call", call_id: "c1" },
      { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "E2" },
      { type: "function_call", call_id: "c2" },
      ...outputs
    ])
  })
})
