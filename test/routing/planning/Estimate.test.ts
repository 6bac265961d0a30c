import { describe, expect, test } from "bun:test"
import { mostAround, mostMediaTokens, mostTextTokens } from "../../../src/catalog/tokens/MostTokens.ts"
import type { Part } from "../../../src/domain/Message.ts"
import type { Model } from "../../../src/domain/Model.ts"
import type { Request } from "../../../src/domain/Request.ts"
import { TextTally } from "../../../src/domain/usage/TextTally.ts"
import { inputTokensAtMost, outputTokensAtMost } from "../../../src/routing/planning/Estimate.ts"
import { fakeAsk } from "../simulation/fakes/FakeAsk.ts"
import { modelOf } from "../Stage.ts"

const ask = (maxOutputTokens?: number) =>
  fakeAsk("caller", "a/m", maxOutputTokens === undefined ? {} : { maxOutputTokens })

describe("a prompt has at most", () => {
  const model = modelOf("a/m")
  const said = (source: Partial<Request>) => {
    const one = ask()
    return { ...one, request: () => ({ ...one.request(), ...source }) }
  }
  const text = inputTokensAtMost(ask(), model)
  const user = (...content: ReadonlyArray<Part>) => said({ messages: [{ role: "user", content }] })
  const picture: Part = { type: "image", url: "https://a.example/b.png" }

  test("the tokens of its text", () => {
    const { text } = readText("The sea. ".repeat(1_000))
    expect(inputTokensAtMost({ ...ask(), text }, model)).toBe(Math.ceil(mostTextTokens(text(), model)))
  })

  test("those of its media besides", () => {
    const tokens = inputTokensAtMost(user(picture, { type: "text", text: "x" }, picture), model)
    expect(tokens).toBe(text + 2 * mostMediaTokens(picture, model))
  })

  test("what is put before tools, and before a schema", () => {
    const around = mostAround(model, true)
    const schema = { type: "json_schema", name: "n", schema: {}, strict: true } as const
    expect(inputTokensAtMost(said({ tools: [{ kind: "function", name: "f" }] }), model)).toBe(text + around)
    expect(inputTokensAtMost(said({ responseFormat: schema }), model)).toBe(text + around)
  })

  test("more than the model is said to take: it may have come to take more", () => {
    const short = modelOf("a/m", { contextTokens: 10 })
    expect(inputTokensAtMost(user(picture), short)).toBe(inputTokensAtMost(user(picture), model))
  })
})

const readText = (text: string) => {
  const tally = new TextTally()
  tally.add(text)
  return { text: () => tally }
}

describe("an answer is as long", () => {
  const table: ReadonlyArray<readonly [string, number | undefined, Partial<Model>, number | undefined]> = [
    ["as was asked for", 50, { maxOutputTokens: 1_000 }, 50],
    ["as the model can make it", undefined, { maxOutputTokens: 1_000 }, 1_000],
    ["as was asked for where nothing is known of the model", 50, {}, 50],
    ["as nobody knows", undefined, {}, undefined]
  ]
  for (const [what, asked, facts, expected] of table) {
    test(what, () => expect(outputTokensAtMost(ask(asked), modelOf("a/m", facts))).toBe(expected))
  }

  test("as often as answers are wanted", () => {
    const one = ask(50)
    const three = { ...one, request: () => ({ ...one.request(), choices: 3 }) }
    expect(outputTokensAtMost(three, modelOf("a/m"))).toBe(150)
  })
})
