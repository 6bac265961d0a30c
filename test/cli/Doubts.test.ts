import { expect, test } from "bun:test"
import { check } from "./Check.ts"

test("what works and is probably not meant is warned of, with its line", () => {
  const text = `version: 1
data: /tmp
teams:
  sales: { requestsAtOnce: 5 }
keys:
  - { name: a, key: secret-of-a, team: sale, models: [openai/*, gpt-5-nano, openai/gtp-5-nano] }
  - { name: b, key: secret-of-b, team: sales, models: [nothing/*] }
models:
  openai/gpt-5-nano: { prices: [{ from: 2098-01-01, input: 1, output: 2 }] }
  openai/gpt-5: { prices: [{ from: 2020-01-01, until: 2020-12-31, input: 1, output: 2 }] }
  openai/gpt-5-mini: { prices: [{ from: 2020-01-01, input: 1, output: 2 }] }
`
  expect(check(text)).toEqual({
    code: 0,
    said: `warning: FILE:6:40 keys[0].team: has no entry in teams; did you mean "sales"?
warning: FILE:6:77 keys[0].models[2]: means none of the models that are known here; did you mean openai/gpt-5-nano or openai/gpt-5.4-nano?
warning: FILE:7:56 keys[1].models[0]: means none of the models that are known here; \`models\` lists them
warning: FILE:9:24 models["openai/gpt-5-nano"].prices: has no price that holds today, and the next one from 2098-01-01; what its answers cost is unknown
warning: FILE:10:19 models["openai/gpt-5"].prices: has no price that holds today; what its answers cost is unknown
FILE is in order.
`
  })
})
