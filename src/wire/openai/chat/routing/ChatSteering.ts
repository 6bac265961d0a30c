import { failureKinds, type FailureTag, InvalidRequest } from "../../../../domain/Failure.ts"
import { asNumber, asObject, type Fields, listOf, objectOf } from "../../../../domain/Fields.ts"
import { nanosPerDollar } from "../../../../domain/usage/Money.ts"
import type { AttemptTimeouts, Hedge, Retries, Steering } from "../../../../domain/routing/Steering.ts"

const isFailureTag = (value: unknown): value is FailureTag =>
  typeof value === "string" && Object.hasOwn(failureKinds, value)

/** The names of the classes of failure, as `gateway.on` takes them. */
export const failureTags: ReadonlyArray<FailureTag> = Object.keys(failureKinds).filter(isFailureTag)

const nothingSaid: Steering = {}

/** What a checked `gateway` says of how its request is to be served; what it does not say is absent. */
export const steeringOf = (gateway: unknown): Steering => {
  if (asObject(gateway) === undefined) return nothingSaid
  const said = objectOf(gateway)
  const timeouts = timeoutsOf(said)
  const deadlineMs = asNumber(said["deadline_ms"])
  const retries = retriesOf(asObject(said["retries"]))
  const hedge = hedgeOf(asObject(said["hedge"]))
  const midStream = said["mid_stream"]
  return {
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(Array.isArray(said["on"]) ? { on: listOf(said["on"]).filter(isFailureTag) } : {}),
    ...(retries === undefined ? {} : { retries }),
    ...(hedge === undefined ? {} : { hedge }),
    ...(typeof said["race"] === "boolean" ? { race: said["race"] } : {}),
    ...(midStream === "error" || midStream === "hold" ? { midStream } : {}),
    ...(typeof said["trail"] === "boolean" ? { trail: said["trail"] } : {})
  }
}

const timeoutsOf = (gateway: Fields): AttemptTimeouts | undefined => {
  const said = objectOf(gateway["timeout_ms"])
  const timeouts = {
    ...milliseconds("connectMs", said["connect"]),
    ...milliseconds("headersMs", said["headers"]),
    ...milliseconds("firstContentMs", gateway["latency_threshold_ms"] ?? said["first_content"]),
    ...milliseconds("idleMs", said["idle"]),
    ...milliseconds("totalMs", said["total"])
  }
  return Object.keys(timeouts).length === 0 ? undefined : timeouts
}

const milliseconds = (name: keyof AttemptTimeouts, value: unknown): AttemptTimeouts | undefined =>
  typeof value === "number" ? { [name]: value } : undefined

const retriesOf = (said: Fields | undefined): Retries | undefined => {
  const attempts = asNumber(said?.["attempts"])
  if (attempts === undefined) return undefined
  const backoffMs = asNumber(said?.["backoff_ms"])
  return { attempts, ...(backoffMs === undefined ? {} : { backoffMs }) }
}

const hedgeOf = (said: Fields | undefined): Hedge | undefined => {
  if (said === undefined) return undefined
  const dollars = asNumber(said["max_extra_cost_usd"])
  return {
    after: asNumber(said["after_ms"]) ?? "p95",
    ...(dollars === undefined ? {} : { maxExtraCost: Math.round(dollars * nanosPerDollar) })
  }
}

/** What a `gateway` says twice, or in two ways that cannot both be. */
export const steeringConflict = (gateway: unknown): InvalidRequest | undefined => {
  const said = asObject(gateway)
  if (said === undefined) return undefined
  if (said["race"] === true && asObject(said["hedge"]) !== undefined) {
    const message =
      "`gateway.hedge` stands beside `gateway.race`, which starts all targets at once and leaves none for later; leave one out."
    return new InvalidRequest({ message, param: "gateway.hedge", code: "invalid_value" })
  }
  const threshold = said["latency_threshold_ms"] ?? undefined
  const firstContent = objectOf(said["timeout_ms"])["first_content"] ?? undefined
  if (threshold === undefined || firstContent === undefined || threshold === firstContent) return undefined
  return new InvalidRequest({
    message:
      "`gateway.latency_threshold_ms` and `gateway.timeout_ms.first_content` are the same limit and differ; leave one out.",
    param: "gateway.latency_threshold_ms",
    code: "invalid_value"
  })
}
