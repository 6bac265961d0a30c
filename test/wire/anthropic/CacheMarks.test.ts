import { describe, expect, test } from "bun:test"
import type { CacheControl } from "../../../src/domain/Message.ts"
import { settleMarks } from "../../../src/wire/anthropic/CacheMarks.ts"
import { at, bodyOf } from "./Bodies.ts"

const short: CacheControl = { type: "ephemeral" }
const long: CacheControl = { type: "ephemeral", ttl: "1h" }

/** Marks as one letter a block: `.` none, `s` five minutes, `l` an hour. */
const blocks = (marks: string) =>
  [...marks].map((mark) => (mark === "." ? { text: "x" } : { text: "x", cache_control: mark === "l" ? long : short }))

const letters = (made: ReadonlyArray<{ readonly [name: string]: unknown }>): string =>
  made
    .map((block) => {
      if (block["cache_control"] === undefined) return "."
      return JSON.stringify(block["cache_control"]).includes("1h") ? "l" : "s"
    })
    .join("")

describe("cache marks", () => {
  const cases: ReadonlyArray<
    readonly [
      string,
      readonly [string, string, string],
      CacheControl | undefined,
      readonly [string, string, string],
      boolean
    ]
  > = [
    ["four stay", ["s", "s", "s.s"], undefined, ["s", "s", "s.s"], false],
    ["of five, the earliest message's goes", ["s", "s", "sss"], undefined, ["s", "s", ".ss"], true],
    ["earlier ones of tools and system go before messages'", ["ss", "ss", "ss"], undefined, [".s", ".s", "ss"], true],
    ["many tools keep the latest", ["sssss", "", "s"], undefined, ["..sss", "", "s"], true],
    ["the automatic one counts", ["s", "s", "ss"], short, ["s", "s", ".s"], true],
    ["an hour after five minutes lengthens what is before it", ["s", "s", "ls"], undefined, ["l", "l", "ls"], false],
    ["an automatic hour lengthens all", ["s", "", "s"], long, ["l", "", "l"], false],
    ["an hour that goes lengthens nothing", ["s", "s", "lsss"], undefined, ["s", "s", "..ss"], true]
  ]
  test.each(cases)("%s", (_name, [tools, system, messages], automatic, expected, dropped) => {
    const made = settleMarks(
      { tools: blocks(tools), system: blocks(system), messages: [{ role: "user", content: blocks(messages) }] },
      automatic
    )
    expect([letters(made.tools), letters(made.system), letters(made.messages[0]?.content ?? [])]).toEqual([...expected])
    expect(made.dropped).toBe(dropped)
  })

  test("a message's mark goes on its last block, a request's on the body, a result's part's on the result", () => {
    const { body } = bodyOf({
      cache: long,
      messages: [
        {
          role: "user",
          cache: short,
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
            { type: "text", text: "" }
          ]
        },
        { role: "assistant", content: "", toolCalls: [{ id: "x", name: "f", arguments: "", kind: "function" }] },
        { role: "tool", callId: "x", content: [{ type: "text", text: "1", cache: long }] }
      ]
    })
    expect(body["cache_control"]).toEqual(long)
    expect(at(body, "messages", 0, "content")).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b", cache_control: long }
    ])
    expect(at(body, "messages", 2, "content", 0)).toEqual({
      type: "tool_result",
      tool_use_id: "x",
      content: "1",
      cache_control: long
    })
  })

  test("marks that are too many are told", () => {
    const content = Array.from({ length: 5 }, () => ({ type: "text" as const, text: "a", cache: short }))
    expect(bodyOf({ messages: [{ role: "user", content }] }).dropped).toEqual(["cache_control"])
  })
})
