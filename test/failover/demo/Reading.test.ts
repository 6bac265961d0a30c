import { afterAll, beforeAll, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { follow, type Reading } from "./Reading.ts"

let provider: Awaited<ReturnType<typeof running>>
beforeAll(async () => {
  provider = await running()
})
afterAll(() => provider.stop())

const read = async (model: string): Promise<{ readonly last: Reading; readonly told: ReadonlyArray<Reading> }> => {
  const told: Array<Reading> = []
  const last = await follow(`${provider.simulator.url}/v1`, model, {}, (reading) => told.push(reading), 1000)
  return { last, told }
}

test.each<[string, Partial<Reading>]>([
  ["words:count=3", { state: "whole", text: "The quick brown", reason: undefined, model: "words:count=3" }],
  ["words:count=5:cut=2:pace=100ms", { state: "failed", text: "The quick" }],
  [
    "words:count=5:no-finish",
    { state: "failed", text: "The quick brown fox naïvely", reason: "ended without its end" }
  ],
  ["words:status=400", { state: "failed", text: "", reason: expect.stringContaining("400") }],
  ["words:silent-after=1", { state: "left", text: "The" }],
  ["words:hang", { state: "left", text: "" }]
])("%s", async (model, expected) => {
  const { last } = await read(model)
  expect(last).toMatchObject(expected)
  expect(last.endedAt).toBeGreaterThan(last.startedAt)
})

test("each word is told as it comes", async () => {
  const { told } = await read("words:count=3:pace=5ms")
  expect(told.filter(({ state }) => state === "reading").map(({ text }) => text)).toEqual([
    "The",
    "The quick",
    "The quick brown"
  ])
})
