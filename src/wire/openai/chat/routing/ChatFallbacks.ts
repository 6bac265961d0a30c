import { Result } from "effect"
import type { Ask } from "../../../../domain/Ask.ts"
import { InvalidRequest } from "../../../../domain/Failure.ts"
import { asObject, type Fields, listOf, textOf } from "../../../../domain/Fields.ts"
import { type Alternative, noRouting, type Routing } from "../../../../domain/routing/Steering.ts"
import type { RequestLimits } from "../ChatLimits.ts"
import { mostFallbacks } from "../schema/RoutingBounds.ts"
import { withOwnNames } from "./ChatAliases.ts"
import { mistakeWith, overridden } from "./ChatOverrides.ts"
import { preferencesOf } from "./ChatPreferences.ts"
import { steeringOf } from "./ChatSteering.ts"
import { steeringNames } from "./RoutingNames.ts"

/** What reading a request's fallbacks needs to know. */
export interface FallbackReading {
  readonly limits: RequestLimits
  /** Of the body's text, where it is known. */
  readonly length: number | undefined
  /** A request of checked fields, which are put together when they are needed: most fallbacks never are. */
  readonly askOf: (fields: () => Fields, model: string, routing: Routing) => Ask
}

const said = (fields: Fields, name: string): boolean => (fields[name] ?? undefined) !== undefined

interface NamedModel {
  readonly field: string
  readonly model: unknown
}

/** OpenRouter's `models` without the request's own and without what is in it twice. */
const otherModels = (fields: Fields): ReadonlyArray<NamedModel> => {
  const models = listOf(fields["models"])
  return models
    .map((model, at): NamedModel => ({ field: `models[${at}]`, model }))
    .filter(({ model }, at) => model !== fields["model"] && models.indexOf(model) === at)
}

/**
 * The other ways to answer that a checked body names, each a whole request: first its `models`, then its `fallbacks`.
 */
export const alternativesOf = (
  fields: Fields,
  reading: FallbackReading
): Result.Result<ReadonlyArray<Alternative>, InvalidRequest> => {
  const models = otherModels(fields)
  const fallbacks = listOf(fields["fallbacks"])
  if (models.length + fallbacks.length > mostFallbacks) return Result.fail(tooMany(fallbacks.length))
  const base = withoutSteering(fields)
  const alternatives: Array<Alternative> = []
  for (const { field, model } of models) {
    const read = alternativeOf(field, base, { model }, reading)
    if (Result.isFailure(read)) return Result.fail(read.failure)
    alternatives.push(read.success)
  }
  for (const [at, written] of fallbacks.entries()) {
    const field = `fallbacks[${at}]`
    const overrides = asObject(written) ?? { model: written }
    const fixed = fixedField(field, withOwnNames(overrides))
    if (fixed !== undefined) return Result.fail(fixed)
    const read = alternativeOf(field, base, overrides, reading)
    if (Result.isFailure(read)) return Result.fail(inFallback(field, read.failure, overrides))
    alternatives.push(read.success)
  }
  return Result.succeed(alternatives)
}

const tooMany = (fallbacks: number): InvalidRequest =>
  new InvalidRequest({
    message: `${fallbacks > 0 ? "`models` and `fallbacks` together name" : "`models` names"} more than ${mostFallbacks} other models.`,
    param: "models",
    code: "invalid_value"
  })

const withoutSteering = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !steeringNames.has(name)))

const alternativeOf = (
  field: string,
  base: Fields,
  overrides: Fields,
  { limits, length, askOf }: FallbackReading
): Result.Result<Alternative, InvalidRequest> => {
  const mistake = mistakeWith(base, overrides, limits, length)
  if (mistake !== undefined) return Result.fail(mistake)
  const own = withOwnNames(overrides)
  const preferences = preferencesOf("provider" in own ? own["provider"] : base["provider"])
  const routing = Object.keys(preferences).length === 0 ? noRouting : { ...noRouting, preferences }
  const whole = () => withoutSteering(overridden(base, overrides))
  const ask = askOf(whole, textOf(own["model"] ?? base["model"]), routing)
  return Result.succeed({ field, ask, steering: steeringOf(own["gateway"]) })
}

const inOrder = "is not taken: a fallback has none of its own; write them one after the other"

/** Fields that a fallback cannot have, each with the reason. */
const fixedFields: Readonly<Record<string, string>> = {
  stream: "cannot be overridden: the answer is streamed, or not, whoever gives it",
  stream_options: "cannot be overridden: the stream has one form, whoever gives it",
  fallbacks: inOrder,
  models: inOrder,
  fallback_config: "is not taken: it is said once, for the whole request"
}

const fixedField = (field: string, overrides: Fields): InvalidRequest | undefined => {
  const name = Object.keys(fixedFields).find((fixed) => said(overrides, fixed))
  if (name === undefined) return undefined
  const param = `${field}.${name}`
  return new InvalidRequest({
    message: `\`${param}\` ${fixedFields[name]}.`,
    param,
    code: "invalid_value"
  })
}

/** A mistake in a fallback's fields, with the place where they stand. */
const inFallback = (field: string, { message, param, code }: InvalidRequest, overrides: Fields): InvalidRequest => {
  const headOf = (path: string): string => /^[^.[]*/.exec(path)?.[0] ?? path
  const heads = new Set([...Object.keys(overrides), ...(param === undefined ? [] : [headOf(param)])])
  const placed = message.replaceAll(/`([^`]+)`/g, (quoted, path: string) =>
    heads.has(headOf(path)) ? `\`${field}.${path}\`` : quoted
  )
  return new InvalidRequest({
    message: placed,
    ...(param === undefined ? {} : { param: `${field}.${param}` }),
    ...(code === undefined ? {} : { code })
  })
}
