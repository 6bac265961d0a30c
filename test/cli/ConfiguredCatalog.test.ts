import { expect, test } from "bun:test"
import { configurationFile } from "../journey/Configured.ts"
import { program } from "../Program.ts"

const check = (text: string) => {
  const { file, remove } = configurationFile(text)
  const checked = Bun.spawnSync([program(), "check", "--config", file], {
    env: { PATH: process.env["PATH"] ?? "", OPENAI_API_KEY: "sk-none" }
  })
  remove()
  return {
    code: checked.exitCode,
    said: (checked.stdout.toString() + checked.stderr.toString()).replaceAll(file, "FILE")
  }
}

const route = (target: string) =>
  `version: 1
aliases: { fast: openai/gpt-5-nano }
routes:
  support:
    targets:
      - fast
      - ${target}
`

test.each([["gpt-5-nan"], ["{ model: gpt-5-nan }"]])("a route to no model is refused with its line: %s", (target) => {
  const { code, said } = check(route(target))
  expect(said).toStartWith('FILE:7:9 routes.support.targets[1]: There is no model "gpt-5-nan". Did you mean')
  expect(code).toBe(1)
})

test.each([["openai/gpt-5"], ["anthropic/claude-sonnet-5"], ["openai/a-name-of-tomorrow"]])(
  "a route to a model that lacks a key at most is in order: %s",
  (target) => {
    expect(check(route(target))).toEqual({ code: 0, said: "FILE is in order.\n" })
  }
)
