import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../src/domain/Fields.ts"
import { atlas, got, planOf } from "./Plans.ts"

describe("what is left out is told with its reason", () => {
  const table: ReadonlyArray<readonly [string, Fields, ReadonlyArray<readonly [string, string]>]> = [
    ["nothing", { fallbacks: ["b/two"] }, []],
    [
      "the depth",
      { fallbacks: ["b/two", "oss"], fallback_config: { depth: 1 } },
      [
        ["a/oss", "fallback_config.depth is 1"],
        ["b/oss", "fallback_config.depth is 1"],
        ["c/oss", "fallback_config.depth is 1"]
      ]
    ],
    [
      "no fallbacks",
      { fallbacks: ["b/two"], provider: { allow_fallbacks: false } },
      [["b/two", "provider.allow_fallbacks is false"]]
    ],
    [
      "other providers",
      { model: "oss", provider: { only: ["b"] } },
      [
        ["a/oss", "provider.only does not name a"],
        ["c/oss", "provider.only does not name c"]
      ]
    ],
    ["providers not wanted", { model: "oss", provider: { ignore: ["b"] } }, [["b/oss", "provider.ignore names b"]]],
    [
      "the price",
      { model: "oss", provider: { max_price: { completion: "4" } } },
      [
        ["a/oss", "it costs more than provider.max_price"],
        ["c/oss", "its price is not known, and provider.max_price is set"]
      ]
    ],
    ["a route's model that is gone", { model: "route/stale" }, [["gone/model", 'There is no model "gone/model".']]]
  ]
  for (const [what, fields, expected] of table) {
    test(what, () =>
      expect(got(fields).left.map(({ model, reason }) => [model, reason] as const)).toEqual([...expected])
    )
  }
})

describe("a mistake names its place", () => {
  const table: ReadonlyArray<readonly [string, Fields, string, string]> = [
    ["in the model", { model: "gone" }, "model", 'There is no model "gone".'],
    [
      "in a fallback",
      { fallbacks: ["b/two", { model: "gone" }] },
      "fallbacks[1].model",
      'fallbacks[1]: There is no model "gone".'
    ],
    [
      "in a fallback that the depth leaves out",
      { fallbacks: ["b/two", { model: "gone" }], fallback_config: { depth: 1 } },
      "fallbacks[1].model",
      'fallbacks[1]: There is no model "gone".'
    ],
    ["in a list of models", { models: ["a/one", "gone"] }, "models[1]", 'models[1]: There is no model "gone".'],
    [
      "in a route's name",
      { model: "route/none" },
      "model",
      'There is no route "route/none"; the routes are route/ordered, route/weighted, route/changing, route/stale, route/dead, route/shared.'
    ],
    [
      "in a route of which nothing is left",
      { model: "route/dead", gateway: { trail: true } },
      "model",
      'Nothing may serve "route/dead": gone/model: There is no model "gone/model"; gone/other: There is no model "gone/other".'
    ],
    [
      "in preferences that leave nothing",
      { model: "oss", provider: { only: ["nobody"] } },
      "provider",
      'Nothing may serve "oss": a/oss: provider.only does not name a; b/oss: provider.only does not name b; c/oss: provider.only does not name c.'
    ]
  ]
  for (const [what, fields, param, message] of table) {
    test(what, () => {
      const plan = planOf(fields)
      expect(Result.isFailure(plan) ? plan.failure : plan).toMatchObject({ _tag: "NoSuchModel", param, message })
    })
  }

  test("where there are no routes, that is said", () => {
    const plan = planOf({ model: "route/any" }, { ...atlas(), routes: new Map() })
    expect(Result.isFailure(plan) ? plan.failure.message : "").toBe(
      'There is no route "route/any"; gateway.yaml has no routes.'
    )
  })
})
