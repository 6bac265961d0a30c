import { expect, test } from "bun:test"
import { check } from "./Check.ts"

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
