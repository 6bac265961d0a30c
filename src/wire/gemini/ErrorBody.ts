import { asNumber, asObject, asText, type Fields, listOf, parseJson } from "../../domain/Fields.ts"

/**
 * What Google says in an error: `{error: {code, message, status, details}}`, bare or as the first element of a list.
 */
export interface ErrorBody {
  readonly code?: number
  readonly status?: string
  readonly message?: string
  /** `google.rpc.ErrorInfo`'s reason (`API_KEY_INVALID`). */
  readonly reason?: string
  /** Milliseconds after which to try again; Google sends no such header. */
  readonly retryAfterMs?: number
  /** Quotas that were exceeded (`GenerateRequestsPerDayPerProjectPerModel-FreeTier`) and their size. */
  readonly quotas: ReadonlyArray<{ readonly id: string; readonly value?: string }>
}

/** Longest text of a body that is no JSON which is kept as its message, in characters. */
const maxPlain = 500

/** The error in an event or a parsed body; nothing when there is none. */
export const errorIn = (value: unknown): ErrorBody | undefined => {
  const fields = asObject(Array.isArray(value) ? value.find((item) => asObject(item)?.["error"] !== undefined) : value)
  const error = fields?.["error"]
  if (typeof error === "string") return { message: error, quotas: [] }
  const body = asObject(error)
  if (body === undefined) return undefined
  const code = asNumber(body["code"])
  const status = asText(body["status"])
  const message = asText(body["message"])
  const details = listOf(body["details"])
    .map(asObject)
    .filter((detail) => detail !== undefined)
  const reason = details.map((detail) => asText(detail["reason"])).find((found) => found !== undefined)
  const retryAfterMs = retryDelay(details, message ?? "")
  return {
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    quotas: details.flatMap((detail) => listOf(detail["violations"]).flatMap((violation) => quotaOf(violation)))
  }
}

/** The error in a body as it came. A page of a proxy (HTML) says no more than its title. */
export const errorBody = (body: string): ErrorBody => {
  const found = errorIn(parseJson(body))
  if (found !== undefined) return found
  const text = body.trim()
  if (!text.startsWith("<")) return text === "" ? { quotas: [] } : { message: text.slice(0, maxPlain), quotas: [] }
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim()
  return title === undefined || title === "" ? { quotas: [] } : { message: title.slice(0, maxPlain), quotas: [] }
}

const quotaOf = (violation: unknown): ReadonlyArray<{ readonly id: string; readonly value?: string }> => {
  const fields = asObject(violation)
  const id = asText(fields?.["quotaId"])
  const value = asText(fields?.["quotaValue"])
  return id === undefined ? [] : [value === undefined ? { id } : { id, value }]
}

/** `RetryInfo.retryDelay` (`"34.4s"`), or what the message says ("Please retry in 48.9s."). */
const retryDelay = (details: ReadonlyArray<Fields>, message: string): number | undefined => {
  const said = details.map((detail) => asText(detail["retryDelay"])).find((found) => found !== undefined)
  const seconds = Number(/^([\d.]+)s$/.exec(said ?? "")?.[1] ?? /retry in ([\d.]+)s\b/i.exec(message)?.[1])
  return Number.isFinite(seconds) ? Math.ceil(seconds * 1000) : undefined
}
