import { describe, expect, test } from "bun:test"
import { NamePatterns } from "../../../src/domain/keys/NamePatterns.ts"
import { processorTimeOf } from "../../ProcessorTime.ts"

const matches = (patterns: ReadonlyArray<string>, name: string) => new NamePatterns(patterns).match(name)

describe("a pattern", () => {
  const table: ReadonlyArray<readonly [pattern: string, name: string, means: boolean]> = [
    ["openai/gpt-5-nano", "openai/gpt-5-nano", true],
    ["openai/gpt-5-nano", "openai/gpt-5-nano-2026", false],
    ["OpenAI/GPT-5-Nano", "openai/gpt-5-nano", true],
    ["openai/*", "openai/gpt-5-nano", true],
    ["openai/*", "openai", false],
    ["*", "anything", true],
    ["*", "", true],
    ["*-nano", "openai/gpt-5-nano", true],
    ["*-nano", "openai/gpt-5-nano-2", false],
    ["openai/*-nano", "openai/-nano", true],
    ["openai/*-nano", "openai/nano", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["aa*aa", "aaa", false],
    ["**", "x", true],
    ["", "", true],
    ["", "x", false],
    // Nothing but `*` has a meaning of its own.
    ["gpt-5.1", "gpt-501", false],
    ["[a-z]+", "abc", false]
  ]
  for (const [pattern, name, means] of table) {
    test(`${JSON.stringify(pattern)} ${means ? "means" : "does not mean"} ${JSON.stringify(name)}`, () =>
      expect(matches([pattern], name)).toBe(means))
  }

  test("made to take long takes no time", () => {
    const took = processorTimeOf(() => {
      expect(matches([`${"*a".repeat(5_000)}b`], "a".repeat(50_000))).toBe(false)
    })
    expect(took).toBeLessThan(500)
  })
})

test("one of several is enough, and none of none", () => {
  expect([matches(["a/*", "b/*"], "b/c"), matches(["a/*"], "b/c"), matches([], "b/c")]).toEqual([true, false, false])
})
