import { expect, test } from "bun:test"
import type { Tool } from "../../../src/domain/Request.ts"
import { toolNames } from "../../../src/wire/gemini/ToolNames.ts"

const tools = (...names: ReadonlyArray<string>): ReadonlyArray<Tool> =>
  names.map((name) => ({ kind: "function", name }))

const cases: ReadonlyArray<readonly [name: string, given: string, wanted: string]> = [
  ["a legal name stays", "get_weather.v2:x-1", "get_weather.v2:x-1"],
  ["a name that starts with a digit gets an underscore", "2fa", "_2fa"],
  ["other characters become underscores", "naïve tool/α", "na_ve_tool__"],
  ["a long name is cut to 128", "x".repeat(200), "x".repeat(128)]
]

for (const [name, given, wanted] of cases) {
  test(name, () => {
    const names = toolNames(tools(given))
    expect(names.toGemini(given)).toBe(wanted)
    expect(names.fromGemini(wanted)).toEqual({ name: given, kind: "function" })
  })
}

test("tools whose names become the same stay apart, and a legal name keeps its own", () => {
  const given = ["a b", "a/b", "a_b", `${"x".repeat(130)}1`, `${"x".repeat(130)}2`]
  const names = toolNames(tools(...given))
  const outward = given.map(names.toGemini)
  expect(new Set(outward).size).toBe(given.length)
  expect(outward[2]).toBe("a_b")
  expect(outward.every((name) => /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/.test(name))).toBe(true)
  expect(outward.map((name) => names.fromGemini(name).name)).toEqual(given)
})

test("a tool that is no longer offered is rewritten too", () => {
  expect(toolNames([]).toGemini("old tool")).toBe("old_tool")
})
