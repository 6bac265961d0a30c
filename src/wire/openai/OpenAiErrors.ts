import { asNumber, asObject, asText, type Fields, listOf, objectOf, parseJson, textOf } from "../../domain/Fields.ts"

/** What an error body of OpenAI, or of a host that imitates it, says, whatever its form. */
export interface OpenAiError {
  readonly message?: string
  readonly type?: string
  readonly code?: string
  readonly param?: string
  readonly requestId?: string
  /**
   * The HTTP status that the body itself names (OpenRouter's numeric `code`, Groq's `status_code`); all that an error
   * inside a stream has.
   */
  readonly status?: number
  /** The body says that the prompt was flagged (OpenRouter's moderation, a 403). */
  readonly flagged: boolean
}

const nothingSaid: OpenAiError = { flagged: false }

/** Reads the text of an error answer: JSON of any of the forms below, a proxy's HTML page, plain text, or nothing. */
export const readErrorBody = (body: string): OpenAiError => {
  const parsed = parseJson(body)
  if (parsed !== undefined && parsed !== null) return readError(parsed)
  const text = body.trim()
  if (text === "" || text === "null") return nothingSaid
  if (!text.startsWith("<")) return { message: text, flagged: false }
  // Of a proxy's page only the title says something (`502 Bad Gateway`).
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim() ?? ""
  return title === "" ? nothingSaid : { message: title, flagged: false }
}

/**
 * Reads an error that is already JSON: an error body, or what an error event inside a stream holds.
 * - `{error: {message, type, param, code}}`, with or without `type: "error"` around it: OpenAI, Azure, most hosts
 * - `{error: "…"}` Baseten and TGI, with `code` beside it xAI; `{error: ["…"]}`
 * - `{detail: "…" | [{loc, msg}] | {…}}` FastAPI, Mistral; `{message: {detail}}` Mistral
 * - `{object: "error", message, type, code}` vLLM; `{message, code}`
 * - `[{error}]` Google's OpenAI door; `{errors: [{…}]}` Cloudflare
 */
export const readError = (value: unknown): OpenAiError => {
  if (typeof value === "string") return value === "" ? nothingSaid : { message: value, flagged: false }
  if (Array.isArray(value)) return value.length === 0 ? nothingSaid : readError(value[0])
  const envelope = asObject(value)
  if (envelope === undefined) return nothingSaid
  const inner = envelope["error"] ?? listOf(envelope["errors"])[0] ?? envelope["detail"]
  const fields = asObject(inner) ?? envelope
  const said = textIn(inner)
  const metadata = objectOf(fields["metadata"])
  const message = withUpstream(said === undefined || said === "" ? messageOf(fields) : said, metadata)
  // `type: "error"` only names the envelope or the event.
  const type = wordOf(fields["type"]) ?? wordOf(fields["status"]) ?? wordOf(envelope["error_type"])
  const code = wordOf(fields["code"]) ?? wordOf(envelope["code"])
  const param = wordOf(fields["param"]) ?? locationOf(inner)
  const requestId = asText(envelope["request_id"]) ?? asText(fields["request_id"])
  const status = statusIn(fields) ?? statusIn(envelope)
  return {
    ...(message === "" ? {} : { message }),
    ...(type === undefined || type === "error" ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(status === undefined ? {} : { status }),
    flagged: metadata["flagged_input"] !== undefined
  }
}

/** A word that hosts send as text or as a number; empty ones say nothing. */
const wordOf = (value: unknown): string | undefined => {
  if (typeof value === "number") return String(value)
  return typeof value === "string" && value !== "" ? value : undefined
}

const messageOf = (fields: Fields): string => {
  const message = fields["message"] ?? fields["msg"] ?? fields["error_message"]
  if (typeof message === "string") return message
  const inside = asObject(message)
  if (inside === undefined) return ""
  return textIn(inside["detail"]) ?? JSON.stringify(inside)
}

/** The sentence in a value that is text, a list of texts, or FastAPI's list of findings. */
const textIn = (value: unknown): string | undefined => {
  if (typeof value === "string") return value
  if (!Array.isArray(value)) return undefined
  return value
    .map((finding) => {
      if (typeof finding === "string") return finding
      const place = placeOf(finding)
      const message = messageOf(objectOf(finding))
      return place === "" ? message : `${place}: ${message}`
    })
    .join("; ")
}

const locationOf = (value: unknown): string | undefined => {
  const place = placeOf(listOf(value)[0])
  return place === "" ? undefined : place
}

/** FastAPI's `loc: ["body", "messages", 0, "role"]` as `messages[0].role`. */
const placeOf = (finding: unknown): string =>
  listOf(objectOf(finding)["loc"])
    .filter((step, at) => !(at === 0 && step === "body"))
    .reduce<string>(
      (place, step) =>
        typeof step === "number" ? `${place}[${step}]` : place === "" ? textOf(step) : `${place}.${textOf(step)}`,
      ""
    )

/**
 * OpenRouter's own message is only "Provider returned error"; what the provider said is in `metadata.raw`, often as
 * JSON text.
 */
const withUpstream = (message: string, metadata: Fields): string => {
  const raw = asText(metadata["raw"])
  if (raw === undefined || raw === "") return message
  const upstream = readErrorBody(raw).message ?? raw
  const name = asText(metadata["provider_name"])
  const words = name === undefined ? upstream : `${name}: ${upstream}`
  return message === "" ? words : `${message} (${words})`
}

const statusIn = (fields: Fields): number | undefined => {
  for (const name of ["status_code", "http_status_code", "status", "code"]) {
    const value = fields[name]
    const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : asNumber(value)
    if (status !== undefined && status >= 400 && status < 600) return status
  }
  return undefined
}
