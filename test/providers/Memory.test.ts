import { describe, expect, test } from "bun:test"
import type { Delta } from "../../src/domain/Delta.ts"
import { Memory } from "../../src/providers/Memory.ts"

const caller = "team-a"

/** An id as providers make them: nobody guesses it, and none comes twice. */
const idOf = (name: string): string => `call_${Bun.SHA256.hash(name, "hex").slice(0, 24)}`

const call = (name: string, more: { readonly signature?: string; readonly choice?: number } = {}): Delta => ({
  _tag: "ToolCallStart",
  choice: 0,
  call: 0,
  id: idOf(name),
  name: "f",
  kind: "function",
  ...more
})
const thought = (text: string, choice = 0): Delta => ({ _tag: "Reasoning", choice, text })
const stop = (choice = 0): Delta => ({ _tag: "Finish", choice, reason: "tool_calls" })

const remembering = (...answers: ReadonlyArray<ReadonlyArray<Delta>>): Memory => {
  const memory = new Memory()
  for (const deltas of answers) memory.listener(caller)(deltas)
  return memory
}

describe("of an answer with tool calls is remembered", () => {
  test("its reasoning with the first call, and each call's own signature", () => {
    const memory = remembering([
      thought("H"),
      thought("m"),
      call("a", { signature: "S" }),
      call("b"),
      call("c", { signature: "T" }),
      stop()
    ])
    expect(memory.find(caller, idOf("a"))).toEqual({ signature: "S", reasoning: "Hm" })
    expect(memory.find(caller, idOf("b"))).toBeUndefined()
    expect(memory.find(caller, idOf("c"))).toEqual({ signature: "T" })
  })

  test("a piece of reasoning in one, though it was streamed in parts", () => {
    const part = (more: object): Delta => ({
      _tag: "ReasoningDetail",
      choice: 0,
      detail: { type: "reasoning.text", format: "anthropic-claude-v1", index: 0, ...more }
    })
    const memory = remembering([part({ text: "H" }), part({ text: "m" }), part({ signature: "S" }), call("a"), stop()])
    expect(memory.find(caller, idOf("a"))?.reasoningDetails).toEqual([
      { type: "reasoning.text", format: "anthropic-claude-v1", index: 0, text: "Hm", signature: "S" }
    ])
  })

  test("what each choice thought, apart", () => {
    const memory = remembering([thought("A"), thought("B", 1), call("a"), call("b", { choice: 1 }), stop(), stop(1)])
    expect([memory.find(caller, idOf("a")), memory.find(caller, idOf("b"))]).toEqual([
      { reasoning: "A" },
      { reasoning: "B" }
    ])
  })

  test("the same however the deltas come", () => {
    const memory = new Memory()
    const listen = memory.listener(caller)
    for (const delta of [thought("Hm"), call("a"), stop()]) listen([delta])
    expect(memory.find(caller, idOf("a"))).toEqual({ reasoning: "Hm" })
  })

  test("nothing before its end, without calls, or of another answer", () => {
    const memory = remembering([thought("Hm"), call("a")], [thought("Hm"), stop()], [call("b"), stop()])
    expect([memory.find(caller, idOf("a")), memory.find(caller, idOf("b")), memory.find(caller, idOf("x"))]).toEqual([
      undefined,
      undefined,
      undefined
    ])
  })
})

test("a caller never sees what another's call left behind", () => {
  const memory = remembering([thought("of team a"), call("a"), stop()])
  expect(memory.find("team-b", idOf("a"))).toBeUndefined()
})

test("a call whose id comes back in every conversation is not remembered", () => {
  for (const id of ["functions.get_weather:0", "call_0", "0", "get_current_temperature"]) {
    const memory = new Memory()
    const start: Delta = { _tag: "ToolCallStart", choice: 0, call: 0, id, name: "f", kind: "function" }
    memory.listener(caller)([thought("Hm"), start, stop()])
    expect({ id, found: memory.find(caller, id) }).toEqual({ id, found: undefined })
  }
})

test("the ids of every provider that signs are remembered", () => {
  for (const id of [
    "toolu_01A09q90qw90lq917835lq9",
    "call_A7KZPr5kGAGlQ8C14181Vvhy",
    "call_9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "call_00_0fNHtWpqNIVzQbOqBMHWLYdC"
  ]) {
    const memory = new Memory()
    const start: Delta = { _tag: "ToolCallStart", choice: 0, call: 0, id, name: "f", kind: "function" }
    memory.listener(caller)([thought("Hm"), start, stop()])
    expect({ id, found: memory.find(caller, id) }).toEqual({ id, found: { reasoning: "Hm" } })
  }
})

describe("the memory is bounded", () => {
  test("by the number of calls: the oldest goes first, and a call that comes again is new", () => {
    const memory = remembering(
      [call("first", { signature: "1" }), stop()],
      [call("second", { signature: "2" }), stop()],
      [call("first", { signature: "3" }), stop()]
    )
    for (let made = 0; made < 35_999; made++)
      memory.listener(caller)([call(`call_${made}`, { signature: "S" }), stop()])
    expect(memory.find(caller, idOf("second"))).toBeUndefined()
    expect(memory.find(caller, idOf("first"))).toEqual({ signature: "3" })
    expect(memory.find(caller, idOf("call_35998"))).toEqual({ signature: "S" })
  })

  test("by the length of what is remembered: a few long thoughts push the old ones out", () => {
    const long = "x".repeat(8 * 1024 * 1024)
    const memory = new Memory()
    for (const id of ["a", "b", "c", "d", "d", "e"]) memory.listener(caller)([thought(long), call(id), stop()])
    expect(["a", "b", "c", "d", "e"].map((id) => memory.find(caller, idOf(id)) !== undefined)).toEqual([
      false,
      true,
      true,
      true,
      true
    ])
    memory.listener(caller)([thought(long.repeat(5)), call("huge"), stop()])
    expect([memory.find(caller, idOf("huge")), memory.find(caller, idOf("e"))]).toEqual([undefined, undefined])
    memory.listener(caller)([thought("Hm"), call("small"), stop()])
    expect(memory.find(caller, idOf("small"))).toEqual({ reasoning: "Hm" })
  })
})
