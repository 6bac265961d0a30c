import { describe, expect, test } from "bun:test"
import { fold } from "../../src/domain/Answer.ts"
import type { Delta } from "../../src/domain/Delta.ts"
import { ServerFault } from "../../src/domain/Failure.ts"
import { noUsage } from "../../src/domain/usage/Usage.ts"

const start: Delta = { _tag: "Start", id: "x", model: "theirs", created: 5, extra: { service_tier: "default" } }
const stop: Delta = { _tag: "Finish", choice: 0, reason: "stop", native: "eos" }

describe("the deltas of an answer are put together", () => {
  test("text, reasoning and refusal are joined in order", () => {
    const { id, model, created, choices, usage, extra } = fold([
      start,
      { _tag: "Reasoning", choice: 0, text: "H" },
      { _tag: "Text", choice: 0, text: "Hel" },
      { _tag: "Reasoning", choice: 0, text: "m" },
      { _tag: "Text", choice: 0, text: "lo" },
      { _tag: "Refusal", choice: 0, text: "N" },
      { _tag: "Refusal", choice: 0, text: "o." },
      { _tag: "Usage", usage: { ...noUsage, inputTokens: 3 } },
      { ...stop, extra: { citations: [] }, choiceExtra: { stop_reason: 7 } }
    ])
    expect([id, model, created]).toEqual(["x", "theirs", 5])
    expect(choices).toMatchObject([
      {
        index: 0,
        text: "Hello",
        reasoning: "Hm",
        refusal: "No.",
        finishReason: "stop",
        nativeFinishReason: "eos",
        extra: { stop_reason: 7 }
      }
    ])
    expect(usage.inputTokens).toBe(3)
    expect(extra).toEqual({ service_tier: "default", citations: [] })
  })

  test("calls get their own fragments, however they interleave", () => {
    const call = (call: number, id: string): Delta => ({
      _tag: "ToolCallStart",
      choice: 0,
      call,
      id,
      name: `f${call}`,
      kind: "function"
    })
    const piece = (call: number, text: string): Delta => ({ _tag: "ToolCallArguments", choice: 0, call, text })
    const [choice] = fold([
      start,
      call(0, "a"),
      piece(0, "{"),
      call(1, "b"),
      piece(1, "["),
      piece(0, "}"),
      piece(1, "]"),
      piece(7, "lost")
    ]).choices
    expect(choice?.toolCalls).toEqual([
      { id: "a", name: "f0", kind: "function", arguments: "{}" },
      { id: "b", name: "f1", kind: "function", arguments: "[]" }
    ])
  })

  test("choices come out in the order of their numbers, each with its own end", () => {
    const { choices } = fold([
      start,
      { _tag: "Text", choice: 2, text: "C" },
      { _tag: "Text", choice: 0, text: "A" },
      { ...stop, choice: 2, reason: "length" },
      stop
    ])
    expect(choices.map(({ index, text, finishReason }) => [index, text, finishReason])).toEqual([
      [0, "A", "stop"],
      [2, "C", "length"]
    ])
  })

  test("nothing said is one empty choice without an end, and no usage is a usage of nothing", () => {
    const { choices, usage } = fold([])
    expect(choices).toMatchObject([{ index: 0, text: "", toolCalls: [], finishReason: undefined }])
    expect(usage).toEqual(noUsage)
  })

  test("log probabilities of text and of a refusal are joined, and null stays null", () => {
    const said = (logprobs: unknown): Delta => ({ _tag: "Text", choice: 0, text: "", logprobs })
    const joined = (...pieces: ReadonlyArray<unknown>) => fold(pieces.map(said)).choices[0]?.logprobs
    expect(joined({ content: [1], refusal: null }, { content: [2], refusal: null })).toEqual({
      content: [1, 2],
      refusal: null
    })
    expect(joined({ content: null, refusal: [1] }, { content: null, refusal: [2] })).toEqual({
      content: null,
      refusal: [1, 2]
    })
    expect(joined({ content: [1] }, "odd")).toEqual({ content: [1], refusal: null })
  })

  test("sound and its transcript are joined; its id and expiry are taken as they come", () => {
    const piece = (audio: Record<string, unknown>): Delta => ({ _tag: "Audio", choice: 0, audio })
    const pieces = [
      piece({ id: "audio_1", transcript: "He" }),
      piece({ data: "AA" }),
      piece({ transcript: "llo", data: "BB" }),
      piece({ expires_at: 9 })
    ]
    expect(fold(pieces).choices[0]?.audio).toEqual({ id: "audio_1", transcript: "Hello", data: "AABB", expires_at: 9 })
  })

  test("a piece of reasoning that came in parts is one again, with its signature", () => {
    const detail = (more: object): Delta => ({
      _tag: "ReasoningDetail",
      choice: 0,
      detail: { type: "reasoning.text", format: "anthropic-claude-v1", index: 0, ...more }
    })
    expect(
      fold([
        detail({ text: "H" }),
        detail({ text: "m" }),
        detail({ signature: "S" }),
        detail({ text: "Next", index: 1 })
      ]).choices[0]?.reasoningDetails
    ).toEqual([
      { type: "reasoning.text", format: "anthropic-claude-v1", text: "Hm", signature: "S", index: 0 },
      { type: "reasoning.text", format: "anthropic-claude-v1", text: "Next", index: 1 }
    ])
  })

  test("citations are collected, and a failure or relayed text is passed over", () => {
    const annotation = { url: "https://a.example", title: "A", start: 0, end: 1 }
    const { choices } = fold([
      { _tag: "Annotation", choice: 0, annotation },
      { _tag: "Relayed", text: "data", content: true },
      { _tag: "Failed", failure: new ServerFault({ message: "x" }) }
    ])
    expect(choices).toMatchObject([{ annotations: [annotation], text: "" }])
  })
})
