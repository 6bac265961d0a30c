import { Result } from "effect"
import { InvalidRequest } from "../../../../domain/Failure.ts"
import { asNumber, type Fields, objectOf } from "../../../../domain/Fields.ts"
import { noRouting, type Routing } from "../../../../domain/routing/Steering.ts"
import { alternativesOf, type FallbackReading } from "./ChatFallbacks.ts"
import { preferencesOf } from "./ChatPreferences.ts"
import { steeringOf } from "./ChatSteering.ts"
import { routingNames } from "./RoutingNames.ts"

/** What reading a request's routing needs to know. */
export interface RoutingReading extends FallbackReading {
  /** Whose rules hold where two gateways differ. */
  readonly compatibility: "openai" | "assemblyai"
}

/** How many fallbacks AssemblyAI walks unless told, and at most. */
const assemblyAiDepth = { usual: 1, most: 2 } as const

const saysRouting = (fields: Fields): boolean => {
  for (const name in fields) if (routingNames.has(name)) return true
  return false
}

/** A body without what it says of where it goes; itself when it says nothing. */
export const withoutRouting = (fields: Fields): Fields =>
  saysRouting(fields) ? Object.fromEntries(Object.entries(fields).filter(([name]) => !routingNames.has(name))) : fields

/** What a body says of where it goes. */
export const routingFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => routingNames.has(name)))

/** A body that names its model in OpenRouter's list only, with the first of it as its model. */
export const withPrimary = (body: Fields): Fields => {
  if ((body["model"] ?? undefined) !== undefined || !Array.isArray(body["models"])) return body
  const first: unknown = body["models"][0]
  return first === undefined ? body : { ...body, model: first }
}

/** What a checked body, in our own names, says of where it goes and how long it may take. */
export const routingOf = (fields: Fields, reading: RoutingReading): Result.Result<Routing, InvalidRequest> => {
  if (!saysRouting(fields)) return Result.succeed(noRouting)
  const written = asNumber(objectOf(fields["fallback_config"])["depth"])
  const depth = depthOf(written, reading.compatibility)
  if (Result.isFailure(depth)) return Result.fail(depth.failure)
  const alternatives = alternativesOf(fields, reading)
  if (Result.isFailure(alternatives)) return Result.fail(alternatives.failure)
  const steering = steeringOf(fields["gateway"])
  const preferences = preferencesOf(fields["provider"])
  if (alternatives.success.length === 0) {
    const isSaid = Object.keys(steering).length > 0 || Object.keys(preferences).length > 0
    return Result.succeed(isSaid ? { ...noRouting, steering, preferences } : noRouting)
  }
  return Result.succeed({
    steering,
    alternatives: alternatives.success,
    ...(depth.success === undefined ? {} : { depth: depth.success }),
    preferences
  })
}

const depthOf = (
  written: number | undefined,
  compatibility: RoutingReading["compatibility"]
): Result.Result<number | undefined, InvalidRequest> => {
  if (compatibility === "openai") return Result.succeed(written)
  const { usual, most } = assemblyAiDepth
  if ((written ?? usual) <= most) return Result.succeed(written ?? usual)
  // AssemblyAI's own words.
  const message = `fallback_config depth cannot be greater than ${most}`
  return Result.fail(new InvalidRequest({ message, param: "fallback_config.depth", code: "invalid_value" }))
}
