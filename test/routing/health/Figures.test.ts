import { expect, test } from "bun:test"
import { Result } from "effect"
import { makeCatalog } from "../../../src/catalog/Catalog.ts"
import { Figures } from "../../../src/routing/health/Figures.ts"

const catalog = Result.getOrThrow(
  makeCatalog({
    providers: [{ name: "own", language: "compatible", models: "any" }],
    unconfigured: [],
    aliases: new Map(),
    overrides: new Map()
  })
)
const target = (name: string) => Result.getOrThrow(catalog.find(`own/${name}`))

test("endings are counted by target, and failures by class", () => {
  const figures = new Figures()
  const eu = { ...target("m"), region: "eu" }
  for (const ending of ["answered", "Cut", "stopped", "answered", "Cut", "TimedOut"] as const) figures.note(eu, ending)
  figures.note(target("m"), "answered")
  const model = { model: "own/m", provider: "own" }
  expect(figures.snapshot()).toEqual([
    {
      target: "own/m@eu",
      ...model,
      answered: 2,
      stopped: 1,
      failures: new Map([["Cut", 2] as const, ["TimedOut", 1] as const])
    },
    { target: "own/m", ...model, answered: 1, stopped: 0, failures: new Map() }
  ])
})

test("names that callers make up do not fill the memory", () => {
  const figures = new Figures()
  for (let number = 0; number < 1_500; number++) figures.note(target(`m${number}`), "answered")
  const names = figures.snapshot().map(({ target }) => target)
  expect(names).toHaveLength(1_000)
  expect([names[0], names.at(-1)]).toEqual(["own/m500", "own/m1499"])
})
