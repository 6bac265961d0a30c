import { expect } from "bun:test"
import { Effect, Result } from "effect"
import { Catalog } from "../../src/catalog/Catalog.ts"
import type { CatalogOptions } from "../../src/catalog/Models.ts"
import { it } from "../effect.ts"

const options: CatalogOptions = {
  providers: [{ name: "openai", language: "openai", models: "catalog" }],
  unconfigured: [],
  aliases: new Map([["fast", "gpt-5-nano"]]),
  overrides: new Map()
}

it.layer(Catalog.layer(options)).effect("finds models and lists those that can be called", () =>
  Effect.gen(function* () {
    const catalog = yield* Catalog
    const nano = yield* Effect.fromResult(catalog.find("fast"))
    expect(nano.model.id).toBe("openai/gpt-5-nano")
    expect(catalog.find("nothing")).toMatchObject({ failure: { _tag: "NoSuchModel" } })
    expect(catalog.all.map(({ id }) => id)).toContain("openai/gpt-5-nano")
  })
)

it.layer(Catalog.layer(options)).effect("still finds an unlisted model after more names than it remembers", () =>
  Effect.gen(function* () {
    const catalog = yield* Catalog
    const first = catalog.find("openai/gpt-9-0")
    expect(catalog.find("openai/gpt-9-0")).toBe(first)
    for (let index = 0; index <= 1000; index++) catalog.find(`openai/gpt-9-${index}`)
    const again = catalog.find("openai/gpt-9-0")
    expect(again).not.toBe(first)
    expect(Result.getOrThrow(again)).toEqual(Result.getOrThrow(first))
  })
)

it.effect("an alias that leads nowhere keeps it from starting, with the place", () =>
  Effect.gen(function* () {
    const aliases = new Map([["fast", "gpt-5-nan"]])
    const failure = yield* Effect.flip(Effect.provide(Catalog, Catalog.layer({ ...options, aliases })))
    expect(failure.mistakes.map(({ path }) => path)).toEqual([["aliases", "fast"]])
    expect(failure.message).toStartWith('aliases.fast: There is no model "gpt-5-nan".')
  })
)
