import { asNumber, asObject, type Fields } from "../../../../domain/Fields.ts"
import { mostFallbacks, mostMilliseconds, mostRetries, mostSessionLength } from "./RoutingBounds.ts"

type Check = (value: unknown) => boolean

const isName: Check = (value) => typeof value === "string" && value !== ""

const isFlag: Check = (value) => typeof value === "boolean"

const isTime: Check = (value) => {
  const ms = asNumber(value)
  return ms !== undefined && ms > 0 && ms <= mostMilliseconds
}

/** Whether each field that is said is one of these, and right. */
const isObjectOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) => {
    const fields = asObject(value)
    if (fields === undefined) return false
    for (const name in fields) {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined
      if (check === undefined || !check(fields[name])) return false
    }
    return true
  }

const isRetries: Check = (value) => {
  const { attempts, backoff_ms: backoff, ...others } = asObject(value) ?? {}
  const isWhole = typeof attempts === "number" && Number.isSafeInteger(attempts) && attempts >= 0
  return isWhole && attempts <= mostRetries && (backoff === undefined || isTime(backoff)) && isEmpty(others)
}

const isEmpty = (fields: Fields): boolean => {
  for (const _ in fields) return false
  return true
}

/**
 * Hedges, classes of failure and the other name of the threshold are left to the Schema: what they exclude is said in
 * one place.
 */
const isGateway = isObjectOf({
  latency_threshold_ms: isTime,
  deadline_ms: isTime,
  timeout_ms: isObjectOf({ connect: isTime, headers: isTime, idle: isTime, total: isTime }),
  retries: isRetries,
  race: isFlag,
  mid_stream: (value) => value === "error" || value === "hold",
  trail: isFlag
})

const isNames: Check = (value) => Array.isArray(value) && value.length <= mostFallbacks && value.every(isName)

const isFallback: Check = (value) => {
  if (isName(value)) return true
  const fields = asObject(value)
  if (fields === undefined || !isName(fields["model"])) return false
  return fields["gateway"] === undefined && fields["provider"] === undefined
}

const checks: Readonly<Record<string, Check>> = {
  fallbacks: (value) => Array.isArray(value) && value.length <= mostFallbacks && value.every(isFallback),
  models: isNames,
  gateway: isGateway,
  usage: isObjectOf({ include: isFlag }),
  session_id: (value) => isName(value) && String(value).length <= mostSessionLength,
  provider: isObjectOf({ order: isNames, only: isNames, ignore: isNames, allow_fallbacks: isFlag })
}

/**
 * Whether the routing fields of a request are, for certain, as the Schema describes them. `true` is a promise (a
 * property test holds the two together); `false` only means that the Schema has to look. Naming a fallback is to cost a
 * request nothing that could be felt, and the Schema takes longer than all the rest.
 */
export const isUsualRouting: (fields: Fields) => boolean = isObjectOf(checks)
