import { describe, expect, test } from "bun:test"
import type { Message, ToolCall } from "../../../src/domain/Message.ts"
import type { ReasoningDetail } from "../../../src/domain/Reasoning.ts"
import { adaptiveRules, at, bodyOf } from "./Bodies.ts"

const text = (value: string) => ({ type: "text", text: value })
const user = (content: string): Message => ({ role: "user", content })
const assistant = (content: string, toolCalls: ReadonlyArray<ToolCall> = []): Message => ({
  role: "assistant",
  content,
  toolCalls
})
const call = (id: string, name = "look", args = "{}"): ToolCall => ({ id, name, arguments: args, kind: "function" })
const tool = (callId: string, content: string): Message => ({ role: "tool", callId, content })
const use = (id: string, input: unknown = {}, name = "look") => ({ type: "tool_use", id, name, input })
describe("thinking that goes back", () => {
  const signed: ReadonlyArray<ReasoningDetail> = [
    { type: "reasoning.encrypted", format: "openai-responses-v1", data: "theirs", index: 0 },
    { type: "reasoning.text", format: "anthropic-claude-v1", text: "hm", signature: "s1", index: 0 },
    { type: "reasoning.encrypted", format: "anthropic-claude-v1", data: "d2", index: 1 },
    { type: "reasoning.text", format: "anthropic-claude-v1", text: "unsigned", index: 2 }
  ]
  const blocks = [
    { type: "thinking", thinking: "hm", signature: "s1" },
    { type: "redacted_thinking", data: "d2" }
  ]
  const asked = { reasoning: { effort: "high" } } as const
  const turn = (details?: ReadonlyArray<ReasoningDetail>): ReadonlyArray<Message> => [
    user("a"),
    {
      role: "assistant",
      content: "b",
      toolCalls: [call("x")],
      ...(details === undefined ? {} : { reasoningDetails: details })
    },
    tool("x", "1")
  ]

  test("Anthropic's own is first, unmodified and in order; what others signed is left out and told", () => {
    const { body, dropped } = bodyOf({ messages: turn(signed), ...asked })
    expect(at(body, "messages", 1, "content")).toEqual([...blocks, text("b"), use("x")])
    expect(dropped).toEqual(["messages[1].reasoning_details"])
  })
  test("Anthropic's own alone leaves nothing to tell, though this answer is not to think", () => {
    const own = signed.slice(1, 3)
    expect(bodyOf({ messages: turn(own), ...asked }).dropped).toEqual([])
    expect(bodyOf({ messages: turn(own) }).dropped).toEqual([])
  })
  test("Gemini's signature of a call is left out and told by its place", () => {
    const messages = [user("a"), assistant("b", [{ ...call("x"), signature: "S" }]), tool("x", "1")]
    expect(bodyOf({ messages }).dropped).toEqual(["messages[1].tool_calls[0].extra_content"])
    expect(JSON.stringify(bodyOf({ messages }).body)).not.toContain('"S"')
  })
  test("it is remembered by the call when the caller's library lost it", () => {
    const recall = (id: string) => (id === "x" ? signed : undefined)
    const { body } = bodyOf({ messages: turn(), ...asked }, { recall })
    expect(at(body, "messages", 1, "content")).toEqual([...blocks, text("b"), use("x")])
  })
  test("without it, a model with a budget does not think in this request, and the caller is told", () => {
    const { body, dropped } = bodyOf({ messages: turn(), ...asked })
    expect([body["thinking"], dropped]).toEqual([undefined, ["reasoning_effort"]])
  })
  test("later turns of one tool loop need none", () => {
    const messages = [...turn(signed), assistant("", [call("y")]), tool("y", "2")]
    expect(bodyOf({ messages, ...asked }).dropped).toEqual(["messages[1].reasoning_details"])
  })
  test("a model that thinks adaptively needs none", () => {
    expect(bodyOf({ messages: turn(), ...asked }, { rules: adaptiveRules }).dropped).toEqual([])
  })
  test("none is sent while thinking is off", () => {
    expect(at(bodyOf({ messages: turn(signed) }).body, "messages", 1, "content")).toEqual([text("b"), use("x")])
  })
})
