import { expect, test } from "bun:test"
import type { FailureTag } from "../../../../src/domain/Failure.ts"
import type { Fields } from "../../../../src/domain/Fields.ts"
import { GeminiContent } from "../../../../src/providers/protocols/GeminiContent.ts"

const refused = (status: number, body: string, headers: Record<string, string> = {}) =>
  GeminiContent.failure({ provider: "google", status, headers: new Headers(headers), body })

const said = (status: string, message: string, details: ReadonlyArray<Fields> = []): Fields => ({
  status,
  message,
  details
})
const quota = (quotaId: string, quotaValue?: string): Fields => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: [{ quotaId, ...(quotaValue === undefined ? {} : { quotaValue }) }]
})
const keyInvalid = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }

const errors: ReadonlyArray<readonly [name: string, status: number, error: Fields, wanted: FailureTag]> = [
  ["a wrong key is a 400", 400, said("INVALID_ARGUMENT", "API key not valid.", [keyInvalid]), "Unauthorized"],
  [
    "a wrong key without details",
    400,
    said("INVALID_ARGUMENT", "API key expired. Please renew the API key."),
    "Unauthorized"
  ],
  ["a wrong argument", 400, said("INVALID_ARGUMENT", "Please use a valid role: user, model."), "InvalidRequest"],
  [
    "a prompt that is too long",
    400,
    said("INVALID_ARGUMENT", "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576)."),
    "ContextTooLong"
  ],
  ["no billing", 400, said("FAILED_PRECONDITION", "Please enable billing on your project."), "QuotaExhausted"],
  [
    "no service where the gateway is",
    400,
    said("FAILED_PRECONDITION", "User location is not supported for the API use."),
    "Unauthorized"
  ],
  [
    "a file that is not ready is the caller's",
    400,
    said("FAILED_PRECONDITION", "The File abc is not in an ACTIVE state and usage is not allowed."),
    "InvalidRequest"
  ],
  [
    "a file of somebody else is the caller's, not the key's",
    403,
    said("PERMISSION_DENIED", "You do not have permission to access the File abc or it may not exist."),
    "InvalidRequest"
  ],
  [
    "a cache that is gone is the caller's",
    403,
    said("PERMISSION_DENIED", "CachedContent not found (or permission denied)"),
    "InvalidRequest"
  ],
  ["no permission", 403, said("PERMISSION_DENIED", "Permission denied on resource project x."), "Unauthorized"],
  ["an expired token", 401, said("UNAUTHENTICATED", "Request had invalid authentication credentials."), "Unauthorized"],
  ["no such model", 404, said("NOT_FOUND", "models/gemini-9 is not found for API version v1beta."), "NoSuchModel"],
  [
    "too many requests a minute",
    429,
    said(
      "RESOURCE_EXHAUSTED",
      "You exceeded your current quota, please check your plan and billing details. limit: 1000000",
      [quota("InputTokensPerModelPerMinute", "1000000")]
    ),
    "RateLimited"
  ],
  [
    "a day's quota",
    429,
    said("RESOURCE_EXHAUSTED", "Quota exceeded", [quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")]),
    "QuotaExhausted"
  ],
  [
    "a quota of zero",
    429,
    said("RESOURCE_EXHAUSTED", "Quota exceeded for metric: x, limit: 0, model: y"),
    "QuotaExhausted"
  ],
  [
    "a quota of zero in the details",
    429,
    said("RESOURCE_EXHAUSTED", "Quota exceeded", [quota("PerMinute", "0")]),
    "QuotaExhausted"
  ],
  ["an empty account", 429, said("RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), "QuotaExhausted"],
  ["no room", 503, said("UNAVAILABLE", "The model is overloaded. Please try again later."), "Overloaded"],
  ["a broken server", 500, said("INTERNAL", "An internal error has occurred."), "ServerFault"],
  ["too slow", 504, said("DEADLINE_EXCEEDED", "Deadline expired"), "TimedOut"],
  ["cancelled by the server", 499, said("CANCELLED", "The operation was cancelled."), "ServerFault"]
]
for (const [name, status, error, wanted] of errors) {
  test(`${name} is ${wanted}`, () => {
    expect(refused(status, JSON.stringify({ error: { code: status, ...error } }))._tag).toBe(wanted)
    // The same error as a list, as streaming calls send it, and as an event of a stream, without its code.
    expect(refused(status, JSON.stringify([{ error }]))._tag).toBe(wanted)
    const [, deltas] = GeminiContent.step(GeminiContent.start(answering), { error })
    expect(deltas).toMatchObject([{ _tag: "Failed", failure: { _tag: wanted } }])
    const [, listed] = GeminiContent.step(GeminiContent.start(answering), [{ error }])
    expect(listed).toMatchObject([{ _tag: "Failed", failure: { _tag: wanted } }])
  })
}

const answering: Parameters<typeof GeminiContent.start>[0] = {
  model: {
    id: "google/m",
    provider: "google",
    name: "m",
    rules: { language: "compatible", reasoningSwitch: "none", reasoningBack: false, parallelToolCalls: true },
    prices: [],
    listed: true
  },
  request: {
    model: "m",
    messages: [],
    stream: true,
    includeUsage: false,
    tools: [],
    requireParameters: false,
    legacyFunctions: false
  },
  quirks: {},
  newId: (prefix) => prefix
}

const bodies: ReadonlyArray<readonly [name: string, status: number, body: string, tag: FailureTag, message: string]> = [
  [
    "a page of a proxy",
    502,
    "<!DOCTYPE html><html><title>502 Bad Gateway</title><body>x</body></html>",
    "ServerFault",
    "google: 502 Bad Gateway"
  ],
  ["a page without a title", 503, "<html></html>", "Overloaded", "google answered with status 503 and no message."],
  ["plain text", 404, "Not here", "NoSuchModel", "google: Not here"],
  ["nothing", 500, "", "ServerFault", "google answered with status 500 and no message."],
  ["a bare text as error", 400, '{"error":"bad"}', "InvalidRequest", "google: bad"]
]
for (const [name, status, body, tag, message] of bodies) {
  test(`a body that is ${name} is ${tag}`, () => expect(refused(status, body)).toMatchObject({ _tag: tag, message }))
}

test("the wait comes from RetryInfo, the message or the headers", () => {
  const retryInfo = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.4s" }
  const wait = (error: Fields, headers?: Record<string, string>) =>
    refused(429, JSON.stringify({ error }), headers).retryAfterMs
  expect(wait(said("RESOURCE_EXHAUSTED", "x", [retryInfo]))).toBe(34400)
  expect(wait(said("RESOURCE_EXHAUSTED", "Please retry in 48.9399s."))).toBe(48940)
  expect(wait(said("RESOURCE_EXHAUSTED", "x"), { "retry-after": "3" })).toBe(3000)
  expect(wait(said("RESOURCE_EXHAUSTED", "x"))).toBeUndefined()
})

test("the provider's words are kept, without the key that they echo", () => {
  const failure = refused(
    400,
    JSON.stringify({ error: said("INVALID_ARGUMENT", "Bad key AIzaSyA1234567890abcdef", [keyInvalid]) })
  )
  expect(failure.words).toMatchObject({
    provider: "google",
    status: 400,
    type: "INVALID_ARGUMENT",
    code: "API_KEY_INVALID"
  })
  expect(failure.message).not.toContain("AIzaSy")
})
