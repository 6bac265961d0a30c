import type { Fields } from "../../domain/Fields.ts"
import type { Behaviour } from "../Behaviour.ts"
import { prefillRefused } from "../languages/anthropic/AnthropicRules.ts"
import type { Answer, Language, Refusal } from "../languages/Language.ts"
import type { Ending, Plan, Step } from "./Plan.ts"
import type { ProblemName } from "../Vocabulary.ts"

const problemOfStatus: Readonly<Record<number, ProblemName>> = {
  401: "invalid_api_key",
  402: "insufficient_quota",
  403: "permission_denied",
  404: "model_not_found",
  429: "rate_limit_exceeded",
  503: "overloaded",
  504: "timeout",
  529: "overloaded"
}

/** Statuses that come from a proxy rather than the provider, whose words they have all the same. */
const problemFor = ({ code, counts: { status } }: Behaviour, otherwise: ProblemName): ProblemName => {
  if (code !== undefined) return code
  if (status === undefined) return otherwise
  return problemOfStatus[status] ?? (status >= 500 ? "server_error" : "invalid_request")
}

/** Seconds that `retry-after=date` means. */
const dateSeconds = 2

/** The error that a behaviour asks for, in the provider's words. */
export const refusalFor = (behaviour: Behaviour, language: Language, otherwise: ProblemName): Refusal => {
  const asked = behaviour.retryAfter
  const seconds = asked === "date" ? dateSeconds : asked === undefined || asked === "none" ? undefined : Number(asked)
  return language.problem(problemFor(behaviour, otherwise), behaviour.counts.status, behaviour.name, seconds)
}

const retryAfter = (behaviour: Behaviour, language: Language, now: number): Readonly<Record<string, string>> => {
  const asked = behaviour.retryAfter
  // Google says it in the body.
  if (asked === undefined || asked === "none" || language.name === "gemini-content") return {}
  if (asked !== "date") return { "retry-after": asked }
  return { "retry-after": new Date(now + dateSeconds * 1000).toUTCString() }
}

/** The media type of every body that is no stream. */
export const json = "application/json"

/** A body that is sent in one go. */
export const one = (text: string): ReadonlyArray<Step> => [{ afterMs: 0, text, pieces: 0 }]

/** An error with a status, in the language's own form. */
export const refuse = (language: Language, refusal: Refusal, id: string, headers: Fields = {}): Plan => ({
  status: refusal.status,
  headers: { "content-type": json, ...language.headers(id), ...stringsOf(headers) },
  headersAfterMs: 0,
  steps: one(JSON.stringify(language.errorBody(refusal, id))),
  ending: "end",
  outcome: "refused"
})

const stringsOf = (fields: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))

const silentPlan = (ending: Ending, headersAfterMs: number, outcome: string): Plan => ({
  status: 0,
  headers: {},
  headersAfterMs,
  steps: [],
  ending,
  mute: true,
  outcome
})

/** What is answered before, or instead of, the script: refusals and faults of the transport. */
export const early = (behaviour: Behaviour, language: Language, answer: Answer, now: number): Plan | undefined => {
  const { flags, durations, counts, code } = behaviour
  const headersAfterMs = durations.headers ?? 0
  if (flags.has("reset")) return silentPlan("reset", headersAfterMs, "reset")
  if (flags.has("hang")) return silentPlan("stay", headersAfterMs, "hang")
  const status = (usual: number): number => counts.status ?? usual
  const plain = (text: string, type: string, usual: number, outcome: string): Plan => ({
    status: status(usual),
    headers: { "content-type": type, ...retryAfter(behaviour, language, now) },
    headersAfterMs,
    steps: one(text),
    ending: "end",
    outcome
  })
  if (flags.has("html")) {
    return plain(
      "<html>\n<head><title>Bad gateway</title></head>\n<body>nginx</body>\n</html>\n",
      "text/html",
      502,
      "html"
    )
  }
  if (flags.has("empty-body")) return plain("", json, 200, "empty-body")
  if (flags.has("prefill-refused") && answer.asked.prefilled) {
    const refusal =
      language.name === "anthropic-messages"
        ? prefillRefused
        : { ...language.problem("invalid_request", 400, behaviour.name), message: prefillRefused.message }
    return { ...refuse(language, refusal, answer.id), headersAfterMs }
  }
  // Inside a stream, code and status say which error the event tells.
  const inside = counts["error-event"] !== undefined || durations["role-only"] !== undefined
  if (inside || (counts.status === undefined && code === undefined)) return undefined
  const refusal = refusalFor(behaviour, language, "server_error")
  const plan = refuse(language, refusal, answer.id, retryAfter(behaviour, language, now))
  const body = flags.has("bare") ? one(JSON.stringify({ error: refusal.message })) : plan.steps
  const type = flags.has("wrong-type") ? { "content-type": "text/plain" } : {}
  return {
    ...plan,
    headers: { ...plan.headers, ...type },
    headersAfterMs,
    steps: body,
    outcome: `status ${refusal.status}`
  }
}
