import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../src/domain/Fields.ts"
import type { Steering } from "../../../src/domain/routing/Steering.ts"
import { type Atlas, type Plan, planner } from "../../../src/routing/planning/Plan.ts"
import { policyOf } from "../../../src/routing/planning/Policy.ts"
import { atlas, got, read, stepsOf } from "./Plans.ts"

describe("the targets", () => {
  const table: ReadonlyArray<readonly [what: string, fields: Fields, expected: ReadonlyArray<string>]> = [
    ["of a model are that model", {}, ["a/one"]],
    ["of a bare name are what it means", { model: "two" }, ["b/two"]],
    [
      "follow in the order of the fallbacks",
      { fallbacks: ["c/three", { model: "b/two" }] },
      ["a/one", "c/three", "b/two"]
    ],
    [
      "are the models before the fallbacks",
      { models: ["a/one", "b/two"], fallbacks: ["c/three"] },
      ["a/one", "b/two", "c/three"]
    ],
    [
      "are no more fallbacks than the depth",
      { fallbacks: ["c/three", "b/two"], fallback_config: { depth: 1 } },
      ["a/one", "c/three"]
    ],
    ["are none of them at a depth of 0", { fallbacks: ["c/three"], fallback_config: { depth: 0 } }, ["a/one"]],
    [
      "are the same model again where its fields differ",
      { fallbacks: [{ model: "a/one", temperature: 0.9 }] },
      ["a/one", "a/one"]
    ],
    ["of a shared name are all its providers", { model: "oss" }, ["a/oss", "b/oss", "c/oss"]],
    ["of a full name are one provider, though others have it too", { model: "b/oss" }, ["b/oss"]],
    ["of a fallback may be a shared name", { fallbacks: ["oss"] }, ["a/one", "a/oss", "b/oss", "c/oss"]],
    ["of a route are in its order", { model: "route/ordered" }, ["b/two", "a/one"]],
    ["of a route may be a fallback", { fallbacks: ["route/ordered"] }, ["a/one", "b/two"]],
    ["are not asked the same twice", { model: "a/one", fallbacks: ["b/two", "a/one", "b/two"] }, ["a/one", "b/two"]],
    [
      "are asked again with other fields or limits",
      {
        model: "a/one",
        fallbacks: [
          { model: "a/one", temperature: 0 },
          { model: "a/one", gateway: { deadline_ms: 9 } }
        ]
      },
      ["a/one", "a/one", "a/one"]
    ],
    ["of a route may be a shared name", { model: "route/shared" }, ["a/oss", "b/oss", "c/oss"]],
    [
      "come in the order of providers asked for, the others after",
      { model: "oss", provider: { order: ["c", "b"] } },
      ["c/oss", "b/oss", "a/oss"]
    ],
    [
      "may be ordered by a provider's name in any case",
      { model: "oss", provider: { order: ["B"] } },
      ["b/oss", "a/oss", "c/oss"]
    ],
    [
      "are opened to other providers by an order, though one was named",
      { model: "a/oss", provider: { order: ["c"] } },
      ["c/oss", "a/oss", "b/oss"]
    ],
    ["are only those of some providers", { model: "oss", provider: { only: ["c", "B"] } }, ["b/oss", "c/oss"]],
    ["are not those of some providers", { model: "oss", provider: { ignore: ["A"] } }, ["b/oss", "c/oss"]],
    ["are those that cost no more", { model: "oss", provider: { max_price: { prompt: 4 } } }, ["b/oss"]],
    [
      "are those that cost as much and no more",
      { model: "oss", provider: { max_price: { prompt: 3, completion: 3 } } },
      ["b/oss"]
    ],
    [
      "are the first alone without fallbacks",
      { model: "oss", fallbacks: ["b/two"], provider: { allow_fallbacks: false } },
      ["a/oss"]
    ],
    [
      "of a fallback follow its own preferences",
      { model: "oss", provider: { only: ["b"] }, fallbacks: [{ model: "oss", provider: { only: ["c"] } }] },
      ["b/oss", "c/oss"]
    ],
    [
      "of a fallback follow the request's preferences",
      { model: "oss", provider: { only: ["b"] }, fallbacks: ["b/two", "c/three"] },
      ["b/oss", "b/two"]
    ]
  ]
  for (const [what, fields, expected] of table) {
    test(what, () => expect(stepsOf(got(fields))).toEqual([...expected]))
  }

  test("of a route with weights are drawn by weight, and those without weight come last", () => {
    const firsts = new Map<string, number>()
    for (let draw = 0; draw < 400; draw++) {
      const numbers = [((draw * 7) % 20) / 20, Math.floor(draw / 20) / 20]
      const random = () => numbers.pop() ?? 0.5
      const steps = stepsOf(got({ model: "route/weighted" }, { ...atlas(), random }))
      expect(steps.at(-1)).toBe("c/three")
      firsts.set(steps[0] ?? "", (firsts.get(steps[0] ?? "") ?? 0) + 1)
    }
    const share = (firsts.get("b/two") ?? 0) / 400
    expect(Math.abs(share - 0.75)).toBeLessThan(0.05)
  })

  test("of a model that says nothing of its way share one policy and one list of what is left out", () => {
    const plan = planner(atlas())
    const [one, other] = [Result.getOrThrow(plan(read({}))), Result.getOrThrow(plan(read({ model: "b/two" })))]
    expect(one.steps[0].policy).toBe(other.steps[0].policy)
    expect(one.left).toBe(other.left)
    expect(one.steps[0].policy).toEqual(policyOf([], true))
  })
})

describe("the request as a target gets it", () => {
  const fieldsOf = (plan: Plan): ReadonlyArray<Fields> => plan.steps.map(({ ask }) => ask.source)

  test("has the fields of its fallback in place of the request's", () => {
    const plan = got({ fallbacks: [{ model: "b/two", temperature: 0.9 }, "c/three"] })
    expect(fieldsOf(plan).map(({ model, temperature }) => [model, temperature])).toEqual([
      ["a/one", 0.1],
      ["b/two", 0.9],
      ["c/three", 0.1]
    ])
  })

  test("has the fields of its route's target in place of the caller's, and lacks those that it takes away", () => {
    const plan = got({ model: "route/changing", max_completion_tokens: 100 })
    expect(plan.steps.map(({ ask }) => [ask.request().temperature, ask.request().maxOutputTokens])).toEqual([
      [0.5, 7],
      [undefined, 100]
    ])
  })
})

describe("how a target is tried", () => {
  test("is laid together from fallback, request, route's target, route and defaults, the nearest first", () => {
    const defaults: Steering = { timeouts: { idleMs: 9 }, retries: { attempts: 1, backoffMs: 30 } }
    const fields = {
      model: "route/changing",
      gateway: { trail: false },
      fallbacks: [{ model: "c/three", gateway: { deadline_ms: 77, retries: { attempts: 2 } } }]
    }
    const { steps } = got(fields, atlas(0.5, defaults))
    const seen = steps.map(({ policy: { deadlineMs, trail, retries, backoffMs, timeouts } }) => ({
      deadlineMs,
      trail,
      retries,
      backoffMs,
      idleMs: timeouts.idleMs
    }))
    expect(seen).toEqual([
      { deadlineMs: 2, trail: false, retries: 4, backoffMs: 30, idleMs: 9 },
      { deadlineMs: 1, trail: false, retries: 1, backoffMs: 30, idleMs: 9 },
      { deadlineMs: 77, trail: false, retries: 2, backoffMs: 30, idleMs: 9 }
    ])
  })

  const retries: ReadonlyArray<readonly [string, Fields, ReadonlyArray<number>]> = [
    ["once more where it is the only one", {}, [1]],
    ["not again where another is at hand", { fallbacks: ["b/two"] }, [0, 0]],
    ["once more where the depth leaves it alone", { fallbacks: ["b/two"], fallback_config: { depth: 0 } }, [1]],
    ["once more where it is alone by preference", { model: "oss", provider: { only: ["c"] } }, [1]],
    ["once more where it may have no other", { fallbacks: ["b/two"], provider: { allow_fallbacks: false } }, [1]],
    ["not again where its name has several providers", { model: "oss" }, [0, 0, 0]]
  ]
  for (const [what, fields, expected] of retries) {
    test(what, () => expect(got(fields).steps.map(({ policy }) => policy.retries)).toEqual([...expected]))
  }
})

test("one request with the same model twice is tried there once", () => {
  const twice: Atlas = { ...atlas(), namesakes: ({ model }) => [{ model }, { model }] }
  expect(stepsOf(got({ model: "oss" }, twice))).toEqual(["a/oss"])
})
