import { Result } from "effect"
import type { Ask } from "../../domain/Ask.ts"
import { type Failure, NoSuchModel } from "../../domain/Failure.ts"
import type { Fields } from "../../domain/Fields.ts"
import type { Model } from "../../domain/Model.ts"
import { noRouting, type ProviderPreferences, type Route, type Steering } from "../../domain/routing/Steering.ts"
import type { Target } from "../../domain/routing/Target.ts"
import { type Policy, policyOf } from "./Policy.ts"
import { byWeight } from "./Weights.ts"

/** One model to try, with the request as it is meant for it and how it is tried. */
export interface Step {
  readonly target: Target
  readonly ask: Ask
  readonly policy: Policy
}

/** A model that was named and is not tried, with the reason in words. */
export interface LeftOut {
  readonly model: string
  readonly reason: string
}

/** Where a request goes, in order, and how long each place has: a value that can be printed and tested. */
export interface Plan {
  readonly steps: readonly [Step, ...ReadonlyArray<Step>]
  readonly left: ReadonlyArray<LeftOut>
}

/** What the configuration knows of where requests may go. */
export interface Atlas {
  readonly find: (asked: string) => Result.Result<Target, NoSuchModel>
  /** The same model at other providers, by its bare name. */
  readonly namesakes: (target: Target) => ReadonlyArray<Target>
  /** Whether a name says the model but not which of its providers, so that each of them may serve it. */
  readonly isShared: (asked: string) => boolean
  /** What one token costs today, in nano-dollars; nothing when it is not known. */
  readonly priceOf: (model: Model) => { readonly input: number; readonly output: number } | undefined
  readonly routes: ReadonlyMap<string, Route>
  readonly defaults: Steering
  /** From 0 to 1, for routes with weights. */
  readonly random: () => number
}

/** How a named route is asked for in `model`. */
export const routePrefix = "route/"

interface Draft {
  readonly target: Target
  readonly ask: Ask
  /** What was said of it, nearest first. */
  readonly said: ReadonlyArray<Steering>
}

const nothingLeft: ReadonlyArray<LeftOut> = []

/** Makes plans. A request that says nothing of its way gets a policy that is made once. */
export const planner = (atlas: Atlas): ((ask: Ask) => Result.Result<Plan, Failure>) => {
  const usual = policyOf([atlas.defaults], true)
  return (ask) => {
    if (ask.routing !== noRouting || ask.model.startsWith(routePrefix) || atlas.isShared(ask.model)) {
      return planAll(ask, atlas)
    }
    const found = atlas.find(ask.model)
    if (Result.isFailure(found)) return Result.fail(found.failure)
    return Result.succeed({ steps: [{ target: found.success, ask, policy: usual }], left: nothingLeft })
  }
}

const planAll = (ask: Ask, atlas: Atlas): Result.Result<Plan, Failure> => {
  const { alternatives, depth, steering, preferences } = ask.routing
  const left: Array<LeftOut> = []
  const first = draftsOf(ask, [steering], atlas, left)
  if (Result.isFailure(first)) return Result.fail(first.failure)
  const drafts = [...first.success]
  for (const [index, alternative] of alternatives.entries()) {
    // Named, so read and checked, though the depth leaves it out: a mistake in it is told at once and not on the day it
    // is needed.
    const more = draftsOf(alternative.ask, [alternative.steering, steering], atlas, left)
    if (Result.isFailure(more)) return Result.fail(within(alternative.field, more.failure))
    if (depth === undefined || index < depth) drafts.push(...more.success)
    else leave(left, more.success, `fallback_config.depth is ${depth}`)
  }
  const unique = withoutTwins(drafts)
  const kept = preferences.allowFallbacks === false ? unique.slice(0, 1) : unique
  leave(left, unique.slice(kept.length), "provider.allow_fallbacks is false")
  const alone = kept.length === 1
  const [one, ...others] = kept.map(({ target, ask, said }): Step => ({
    target,
    ask,
    policy: policyOf([...said, atlas.defaults], alone)
  }))
  if (one === undefined) return Result.fail(nowhere(ask, left))
  return Result.succeed({ steps: [one, ...others], left })
}

/**
 * The models that may answer one request, its own one first: a route's targets, or the model at each provider that may
 * serve it.
 */
const draftsOf = (
  ask: Ask,
  said: ReadonlyArray<Steering>,
  atlas: Atlas,
  left: Array<LeftOut>
): Result.Result<ReadonlyArray<Draft>, Failure> => {
  if (ask.model.startsWith(routePrefix)) return routeDrafts(ask, said, atlas, left)
  const found = atlas.find(ask.model)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  return Result.succeed(placesOf(ask, found.success, atlas, left).map((target): Draft => ({ target, ask, said })))
}

const routeDrafts = (
  ask: Ask,
  said: ReadonlyArray<Steering>,
  atlas: Atlas,
  left: Array<LeftOut>
): Result.Result<ReadonlyArray<Draft>, Failure> => {
  const route = atlas.routes.get(ask.model.slice(routePrefix.length))
  if (route === undefined) return Result.fail(noSuchRoute(ask.model, atlas))
  const isWeighted = route.targets.some(({ weight }) => weight !== undefined)
  const targets = isWeighted ? byWeight(route.targets, atlas.random) : route.targets
  const drafts: Array<Draft> = []
  for (const { model, overrides, steering } of targets) {
    const asked = ask.with({ ...overrides, model })
    if (Result.isFailure(asked)) return Result.fail(asked.failure)
    const found = atlas.find(model)
    if (Result.isFailure(found)) left.push({ model, reason: found.failure.message })
    else {
      const places = placesOf(asked.success, found.success, atlas, left)
      for (const target of places) {
        drafts.push({ target, ask: asked.success, said: [...said, steering, route.steering] })
      }
    }
  }
  return Result.succeed(drafts)
}

/** The providers at which a model is asked for, in the order of the caller's preferences. */
const placesOf = (ask: Ask, target: Target, atlas: Atlas, left: Array<LeftOut>): ReadonlyArray<Target> => {
  const { preferences } = ask.routing
  const { order, only } = preferences
  const isOpen = order !== undefined || only !== undefined || atlas.isShared(ask.model)
  const all = isOpen ? [target, ...atlas.namesakes(target)] : [target]
  const rank = ({ model }: Target): number => {
    const index = order === undefined ? -1 : order.findIndex((name) => isSame(name, model.provider))
    return index < 0 ? all.length + (order?.length ?? 0) : index
  }
  const sorted = order === undefined ? all : [...all].sort((one, other) => rank(one) - rank(other))
  return sorted.filter(({ model }) => {
    const reason = objection(model, preferences, atlas)
    if (reason !== undefined) left.push({ model: model.id, reason })
    return reason === undefined
  })
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Why the caller's preferences leave a model out. */
const objection = (model: Model, preferences: ProviderPreferences, atlas: Atlas): string | undefined => {
  const { only, ignore, maxPrice } = preferences
  const named = (names: ReadonlyArray<string>) => names.some((name) => isSame(name, model.provider))
  if (only !== undefined && !named(only)) return `provider.only does not name ${model.provider}`
  if (ignore !== undefined && named(ignore)) return `provider.ignore names ${model.provider}`
  if (maxPrice === undefined) return undefined
  const price = atlas.priceOf(model)
  if (price === undefined) return "its price is not known, and provider.max_price is set"
  const isDear = price.input > (maxPrice.input ?? Infinity) || price.output > (maxPrice.output ?? Infinity)
  return isDear ? "it costs more than provider.max_price" : undefined
}

/** The same model with the same request twice would only fail twice. */
const withoutTwins = (drafts: ReadonlyArray<Draft>): ReadonlyArray<Draft> =>
  drafts.filter((draft, index) => !drafts.slice(0, index).some((before) => isTwin(before, draft)))

const isTwin = (before: Draft, { target, ask, said }: Draft): boolean => {
  if (before.target.model.id !== target.model.id) return false
  if (before.ask === ask) return true
  const [nearest] = said
  // With other limits the same request is another try.
  return (nearest === undefined || isEmpty(nearest)) && isSameApartFromModel(before.ask.plain, ask.plain)
}

const isEmpty = (steering: Steering): boolean => Object.keys(steering).length === 0

/** A fallback's fields are the request's own where it does not replace them, so that they need not be looked into. */
const isSameApartFromModel = (one: Fields, other: Fields): boolean => {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  names.delete("model")
  return names.values().every((name) => one[name] === other[name])
}

const leave = (left: Array<LeftOut>, drafts: ReadonlyArray<Draft>, reason: string): void => {
  for (const { target } of drafts) left.push({ model: target.model.id, reason })
}

/** A failure that names where in the request the model stands. */
const within = (field: string, failure: Failure): Failure =>
  failure._tag === "NoSuchModel"
    ? new NoSuchModel({
        message: `${field}: ${failure.message}`,
        code: failure.code ?? "model_not_found",
        // An entry of `models` is nothing but the name.
        param: field.startsWith("models") ? field : `${field}.model`
      })
    : failure

const noSuchRoute = (model: string, atlas: Atlas): NoSuchModel => {
  const names = [...atlas.routes.keys()].map((name) => routePrefix + name)
  const known = names.length === 0 ? "gateway.yaml has no routes" : `the routes are ${names.join(", ")}`
  return new NoSuchModel({
    message: `There is no route ${JSON.stringify(model.slice(0, 100))}; ${known}.`,
    code: "model_not_found",
    param: "model"
  })
}

const nowhere = (ask: Ask, left: ReadonlyArray<LeftOut>): NoSuchModel => {
  const reasons = left.map(({ model, reason }) => `${model}: ${reason.replace(/\.$/, "")}`)
  return new NoSuchModel({
    message: `Nothing may serve ${JSON.stringify(ask.model.slice(0, 100))}: ${reasons.join("; ")}.`,
    code: "model_not_found",
    param: Object.keys(ask.routing.preferences).length === 0 ? "model" : "provider"
  })
}
