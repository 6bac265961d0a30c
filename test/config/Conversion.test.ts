import { describe, expect, test } from "bun:test"
import { loadFrom, settingsFrom } from "./Loading.ts"

describe("sharing the port", () => {
  for (const [text, variable, shared] of [
    ["version: 1\n", undefined, false],
    ["version: 1\nreusePort: true\n", undefined, true],
    ["version: 1\nreusePort: true\n", "false", false],
    ["version: 1\n", "true", true],
    ["version: 1\nreusePort: true\n", "", true],
    [undefined, "true", true]
  ] as const) {
    test(`is ${shared} with ${JSON.stringify(text)} and REUSE_PORT=${variable ?? "unset"}`, async () => {
      const environment = variable === undefined ? {} : { REUSE_PORT: variable }
      expect((await settingsFrom(text, environment)).reusePort).toBe(shared)
    })
  }

  test("is true or false and nothing else, wherever it is written", async () => {
    expect((await loadFrom("version: 1\nreusePort: perhaps\n")).mistakes).toEqual([
      "gateway.yaml:2:12 reusePort: must be true or false"
    ])
    expect((await loadFrom("version: 1\n", { REUSE_PORT: "1" })).mistakes).toEqual([
      "REUSE_PORT: must be true or false"
    ])
  })
})
