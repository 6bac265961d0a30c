import { describe, expect, test } from "bun:test"
import { AnthropicMessages } from "../../../../src/providers/protocols/AnthropicMessages.ts"

describe("a refused request", () => {
  const body = (type: string, message: string, details?: object) =>
    JSON.stringify({
      type: "error",
      error: { type, message, ...(details === undefined ? {} : { details }) },
      request_id: "req_1"
    })
  const cases: ReadonlyArray<readonly [string, number, string, string]> = [
    [
      "a wrong request",
      400,
      body("invalid_request_error", "messages.0: all messages must have non-empty content"),
      "InvalidRequest"
    ],
    [
      "a prompt that is too long",
      400,
      body("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
      "ContextTooLong"
    ],
    [
      "a prompt and limit that are too long together",
      400,
      body("invalid_request_error", "input length and `max_tokens` exceed context limit: 1 + 2 > 2"),
      "ContextTooLong"
    ],
    ["a body that is too large", 413, body("request_too_large", "Request exceeds the maximum size"), "ContextTooLong"],
    [
      "an empty account",
      400,
      body("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
      "QuotaExhausted"
    ],
    [
      "the account's own limit",
      400,
      body("invalid_request_error", "You have reached your specified API usage limits."),
      "QuotaExhausted"
    ],
    [
      "a spend limit as 429",
      429,
      body("rate_limit_error", "Limit.", { error_code: "enforced_spend_limit_reached" }),
      "QuotaExhausted"
    ],
    [
      "a contract's spend limit as 429",
      429,
      body("rate_limit_error", "Limit.", { error_code: "contract_spend_limit_reached" }),
      "QuotaExhausted"
    ],
    [
      "a ramp limit as 429",
      429,
      body("rate_limit_error", "Slower.", { error_code: "ramp_limit_exceeded" }),
      "RateLimited"
    ],
    ["a rate limit", 429, body("rate_limit_error", "Number of request tokens"), "RateLimited"],
    ["an unpaid bill", 402, body("billing_error", "There is an issue with your billing"), "QuotaExhausted"],
    ["a wrong key", 401, body("authentication_error", "invalid x-api-key"), "Unauthorized"],
    ["a key without the right", 403, body("permission_error", "No access"), "Unauthorized"],
    ["an unknown model", 404, body("not_found_error", "model: claude-x"), "NoSuchModel"],
    [
      "filtered output",
      400,
      body("invalid_request_error", "Output blocked by content filtering policy"),
      "ContentRefused"
    ],
    ["a fault", 500, body("api_error", "Internal server error"), "ServerFault"],
    ["a slow fault", 504, body("timeout_error", "Timed out"), "TimedOut"],
    ["too many requests for Anthropic", 529, body("overloaded_error", "Overloaded"), "Overloaded"],
    [
      "Vertex's envelope",
      429,
      '[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}]',
      "RateLimited"
    ],
    ["a proxy's page", 502, "<html><h1>502 Bad Gateway</h1></html>", "ServerFault"],
    ["nothing at all", 529, "", "Overloaded"],
    ["a bare string", 400, '"no"', "InvalidRequest"]
  ]
  test.each(cases)("%s", (_name, status, words, tag) => {
    expect<string>(
      AnthropicMessages.failure({ provider: "anthropic", status, headers: new Headers(), body: words })._tag
    ).toBe(tag)
  })

  test("keeps Anthropic's words, its id and when to come back", () => {
    const headers = new Headers({ "retry-after": "6", "request-id": "req_h" })
    const failure = AnthropicMessages.failure({
      provider: "anthropic",
      status: 429,
      headers,
      body: body("rate_limit_error", "Slower.")
    })
    expect(failure).toMatchObject({
      retryAfterMs: 6000,
      words: { provider: "anthropic", status: 429, message: "Slower.", type: "rate_limit_error", requestId: "req_1" }
    })
  })
})
