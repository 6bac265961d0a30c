import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Ask } from "../../../src/domain/Ask.ts"
import type { Caller } from "../../../src/domain/keys/Caller.ts"
import { NamePatterns } from "../../../src/domain/keys/NamePatterns.ts"
import { mayAsk, permitted } from "../../../src/routing/planning/Permitted.ts"
import type { Plan } from "../../../src/routing/planning/Plan.ts"
import { policyOf } from "../../../src/routing/planning/Policy.ts"
import { fakeAsk } from "../simulation/fakes/FakeAsk.ts"
import { modelOf } from "../Stage.ts"

/** Patterns of what a key may ask and give. */
interface May {
  readonly models?: ReadonlyArray<string>
  readonly tools?: ReadonlyArray<string>
}

const callerOf = ({ models, tools }: May): Caller => ({
  keyId: "k",
  name: "k",
  tags: [],
  quotas: [],
  ...(models === undefined ? {} : { models: new NamePatterns(models) }),
  ...(tools === undefined ? {} : { tools: new NamePatterns(tools) })
})

const policy = policyOf([], true)
const step = (ask: Ask, model: string) => ({ target: { model: modelOf(model) }, ask, policy })

/** A plan of a request's own model and of two fallbacks. */
const planOf = (ask: Ask): Plan => ({
  steps: [step(ask, "a/one"), step(fakeAsk("k", "b/two"), "b/two"), step(fakeAsk("k", "c/three"), "c/three")],
  left: []
})

const stepsFor = (ask: Ask, may: May) =>
  Result.map(permitted(ask, planOf(ask), callerOf(may)), ({ steps, left }) => ({
    steps: steps.map(({ target }) => target.model.id),
    left: left.map(({ model }) => model)
  }))

describe("a key may ask a model", () => {
  const table: ReadonlyArray<readonly [ReadonlyArray<string> | undefined, boolean]> = [
    [undefined, true],
    [[], false],
    [["openai/*"], true],
    [["gpt-5-*"], true],
    [["anthropic/*", "gpt-4*"], false]
  ]
  for (const [models, may] of table) {
    test(`${may} with ${JSON.stringify(models)}`, () =>
      expect(mayAsk(callerOf(models === undefined ? {} : { models }), { id: "openai/gpt-5-nano" })).toBe(may))
  }
})

describe("a plan", () => {
  const ask = fakeAsk("k", "a/one")

  test("is what it was where a key may ask everything", () => {
    expect(stepsFor(ask, {})).toEqual(Result.succeed({ steps: ["a/one", "b/two", "c/three"], left: [] }))
  })

  test("loses the fallbacks that its key may not ask, and says so", () => {
    expect(stepsFor(ask, { models: ["a/*", "c/*"] })).toEqual(
      Result.succeed({ steps: ["a/one", "c/three"], left: ["b/two"] })
    )
  })

  test("is refused where its own model may not be asked, whatever its fallbacks", () => {
    expect(stepsFor(ask, { models: ["b/*", "c/*"] })).toMatchObject({
      failure: { _tag: "Forbidden", param: "model", code: "model_not_allowed" }
    })
  })

  test("of a route is refused only where none of its targets may be asked", () => {
    const route = fakeAsk("k", "route/support")
    expect(stepsFor(route, { models: ["c/*"] })).toMatchObject({ success: { steps: ["c/three"] } })
    expect(stepsFor(route, { models: ["d/*"] })).toMatchObject({ failure: { _tag: "Forbidden" } })
  })

  test("is refused where a tool may not be given", () => {
    const tools = [{ kind: "function", name: "read_mail" } as const]
    const withTools = { ...ask, request: () => ({ ...ask.request(), tools }) }
    expect(stepsFor(withTools, { tools: ["read_*"] })).toMatchObject({ _tag: "Success" })
    expect(stepsFor(withTools, { tools: ["weather"] })).toMatchObject({
      failure: { _tag: "Forbidden", param: "tools", code: "tool_not_allowed" }
    })
  })

  test("is refused where a fallback of its own has a tool that may not be given", () => {
    const tools = [{ kind: "function", name: "delete_mail" } as const]
    const withTools = { ...ask, request: () => ({ ...ask.request(), tools }) }
    const plan: Plan = { steps: [step(ask, "a/one"), step(withTools, "b/two")], left: [] }
    const mayRead = callerOf({ tools: ["read_*"] })
    expect(permitted(ask, plan, mayRead)).toMatchObject({ failure: { code: "tool_not_allowed" } })
    expect(permitted(ask, plan, callerOf({ tools: ["*_mail"] }))).toMatchObject({ _tag: "Success" })
  })
})
