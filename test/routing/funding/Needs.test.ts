import { describe, expect, test } from "bun:test"
import type { Part } from "../../../src/domain/Message.ts"
import type { Model, Price } from "../../../src/domain/Model.ts"
import type { Request } from "../../../src/domain/Request.ts"
import { lengthFor, needByLength, needOf } from "../../../src/routing/funding/Needs.ts"
import { fakeAsk } from "../simulation/fakes/FakeAsk.ts"
import { modelOf } from "../Stage.ts"

const model = modelOf("a/m", { maxOutputTokens: 100_000 })
const ask = fakeAsk("k", "a/m", { maxOutputTokens: 1 })

const need = (price: Partial<Price> | undefined, said: Partial<Request> = {}, facts: Partial<Model> = {}) =>
  needByLength({ ...ask, request: () => ({ ...ask.request(), ...said }) }, { ...model, ...facts }, () =>
    price === undefined ? undefined : { from: "", input: 10, output: 100, ...price }
  )
const user = (...content: ReadonlyArray<Part>): Partial<Request> => ({ messages: [{ role: "user", content }] })

/** Nano-dollars for a token of the prompt and of the answer. */
const prices = (...said: Parameters<typeof need>) => {
  const { inputTokens, inputNanos = Number.NaN, outputNanos } = need(...said)
  return [inputNanos / inputTokens, outputNanos]
}

const picture: Part = { type: "image", url: `data:image/png;base64,${"A".repeat(3_000_000)}` }
const document: Part = { type: "file", data: "A".repeat(300) }
const sound: Part = { type: "audio", data: "A".repeat(50_000), format: "mp3" }
const spoken = { extra: { modalities: ["text", "audio"] } }
const flex = { serviceTier: "flex" }
const tiers = (tier: number | Pick<Price, "input" | "output" | "tiers">) => ({
  serviceTiers: new Map([["flex", tier]])
})

describe("a token of a prompt and one of its answer cost at most", () => {
  const table: ReadonlyArray<readonly [string, Parameters<typeof need>, readonly [number, number]]> = [
    ["the list's price", [{}], [10, 100]],
    ["that of writing it to the cache, where there is one", [{ cacheWrite5m: 12, cacheWrite1h: 20 }], [12, 100]],
    [
      "that of writing it there for long, where it is marked",
      [{ cacheWrite1h: 20 }, { cache: { type: "ephemeral" } }],
      [20, 100]
    ],
    ["that of sound, where there is some", [{ audioInput: 30, imageInput: 40 }, user(sound)], [30, 100]],
    ["that of pictures, where there is one", [{ audioInput: 30, imageInput: 40 }, user(picture)], [40, 100]],
    ["that of pictures, where there is a document", [{ imageInput: 40 }, user(document)], [40, 100]],
    ["what text costs, where there is nothing else", [{ audioInput: 30, imageInput: 40, audioOutput: 400 }], [10, 100]],
    ["that of spoken answers, where one is wanted", [{ audioOutput: 400 }, spoken], [10, 400]],
    [
      "that of spoken answers, where it is said how",
      [{ audioOutput: 400 }, { extra: { audio: { voice: "a" } } }],
      [10, 400]
    ],
    ["no less than text, where speech is cheaper", [{ audioOutput: 1 }, spoken], [10, 100]],
    ["so many times as much in a tier", [{}, flex, tiers(200)], [20, 200]],
    ["the usual price, as a cheaper tier may refuse it", [{}, flex, tiers(50)], [10, 100]],
    ["the prices of a tier that has its own", [{}, flex, tiers({ input: 15, output: 90 })], [15, 100]],
    ["those where the list's are nothing", [{ input: 0, output: 0 }, flex, tiers({ input: 15, output: 90 })], [15, 90]],
    ["nothing where all prices are nothing", [{ input: 0, output: 0 }, flex, tiers({ input: 0, output: 0 })], [0, 0]],
    ["that of a long prompt", [{ tiers: [{ above: 0, input: 20, output: 150 }] }], [20, 150]],
    ["that of a shorter one, where it is dearer", [{ tiers: [{ above: 0, input: 5, output: 50 }] }], [10, 100]],
    ["more where it may be processed in a dearer place", [{}, {}, { regions: new Map([["eu", 110]]) }], [11, 110]]
  ]
  test.each(table)("%s", (_what, said, expected) => {
    const [input, output] = prices(...said)
    expect(input).toBeCloseTo(expected[0], 1)
    expect(output).toBeCloseTo(expected[1], 9)
  })
})

describe("what is put aside for a prompt", () => {
  test("counts a picture as a picture and not as text", () => {
    expect(need({}, user(picture)).inputTokens).toBeWithin(5_000, 5_100)
    expect(need({}, user({ type: "image", url: "https://a.example/b.png" })).inputTokens).toBeWithin(5_000, 5_100)
  })

  test("counts sound by its length", () => {
    expect(need({}, user(sound)).inputTokens).toBeWithin(1_000, 1_100)
  })

  test("is not known where the price is not", () => {
    const unknown = need(undefined)
    expect(needOf(unknown, 10)).toEqual({ tokens: unknown.inputTokens + 10 })
  })
})

describe("the longest answer that is paid for", () => {
  test("is as long as tokens and money last, in all answers together", () => {
    const one = need({}, { choices: 2 })
    const nanos = (one.inputNanos ?? 0) + 100 * 2 * 50
    expect(lengthFor(one, { tokens: 1e9, nanos })).toBe(50)
    expect(lengthFor(one, { tokens: one.inputTokens + 60, nanos })).toBe(30)
  })

  test("is as long as tokens last where answers cost nothing", () => {
    expect(lengthFor(need({ output: 0 }), { tokens: 1e6, nanos: 0 })).toBe(1e6 - need({}).inputTokens)
  })
})
