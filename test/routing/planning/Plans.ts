import { Result } from "effect"
import type { Ask } from "../../../src/domain/Ask.ts"
import { type Failure, NoSuchModel } from "../../../src/domain/Failure.ts"
import type { Fields } from "../../../src/domain/Fields.ts"
import type { Route, RouteTarget, Steering } from "../../../src/domain/routing/Steering.ts"
import { type Atlas, type Plan, planner } from "../../../src/routing/planning/Plan.ts"
import { readChat } from "../../../src/wire/openai/chat/ChatRead.ts"
import { modelOf } from "../Stage.ts"

/** `oss` is a name of two providers' models. Prices are dollars a million tokens. */
const models = [
  modelOf("a/one", { prices: [{ from: "2026-01-01", input: 1_000, output: 4_000 }] }),
  modelOf("b/two", { prices: [{ from: "2026-01-01", input: 2_000, output: 8_000 }] }),
  modelOf("c/three"),
  modelOf("a/oss", { prices: [{ from: "2026-01-01", input: 5_000, output: 5_000 }] }),
  modelOf("b/oss", { prices: [{ from: "2026-01-01", input: 3_000, output: 3_000 }] }),
  modelOf("c/oss")
]

const target = (model: string): RouteTarget => ({ model, steering: {} })

const routes: Readonly<Record<string, Route>> = {
  ordered: { targets: [target("b/two"), target("a/one")], steering: { deadlineMs: 5_000 } },
  weighted: {
    targets: [
      { ...target("a/one"), weight: 1 },
      { ...target("b/two"), weight: 3 },
      { ...target("c/three"), weight: 0 }
    ],
    steering: {}
  },
  changing: {
    targets: [
      { model: "a/one", overrides: { temperature: 0.5, max_tokens: 7 }, steering: { retries: { attempts: 4 } } },
      { model: "b/two", overrides: { temperature: undefined }, steering: { deadlineMs: 1 } }
    ],
    steering: { deadlineMs: 2, trail: true }
  },
  stale: { targets: [target("gone/model"), target("a/one")], steering: {} },
  dead: { targets: [target("gone/model"), target("gone/other")], steering: {} },
  shared: { targets: [target("oss")], steering: {} }
}

/** What a made-up configuration knows of. */
export const atlas = (random = 0.5, defaults: Steering = {}): Atlas => ({
  find: (asked) => {
    const found = models.find(({ id, name }) => id === asked || name === asked)
    const message = `There is no model "${asked}".`
    return found === undefined
      ? Result.fail(new NoSuchModel({ message, code: "model_not_found", param: "model" }))
      : Result.succeed({ model: found })
  },
  namesakes: ({ model }) =>
    models.filter(({ id, name }) => name === model.name && id !== model.id).map((model) => ({ model })),
  isShared: (asked) => asked === "oss",
  priceOf: ({ prices }) => prices[0],
  routes: new Map(Object.entries(routes)),
  defaults,
  random: () => random
})

const limits = { depth: 50, messages: 100, tools: 100, schemaBytes: 10_000 }

/** A request as it is read at the door; it is for `a/one` and says nothing of its way unless told. */
export const read = (fields: Fields): Ask => {
  const body = { model: "a/one", messages: [{ role: "user", content: "Hi" }], temperature: 0.1, ...fields }
  return Result.getOrThrow(readChat(body, { caller: "caller" }, limits))
}

export const planOf = (fields: Fields, from: Atlas = atlas()): Result.Result<Plan, Failure> =>
  planner(from)(read(fields))

export const stepsOf = (plan: Plan): ReadonlyArray<string> => plan.steps.map(({ target }) => target.model.id)

/** The plan of a request without mistakes. */
export const got = (fields: Fields, from?: Atlas): Plan => Result.getOrThrow(planOf(fields, from))
