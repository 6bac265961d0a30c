import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import type { FailureTag } from "../../src/domain/Failure.ts"
import { objectOf, textOf } from "../../src/domain/Fields.ts"
import { openAiFailure, openAiStreamFailure } from "../../src/providers/OpenAiFailures.ts"

const failure = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  openAiFailure({
    provider: "acme",
    status,
    headers: new Headers(headers),
    body: typeof body === "string" ? body : JSON.stringify(body)
  })

const answers: ReadonlyArray<readonly [name: string, status: number, body: unknown, tag: FailureTag]> = [
  ["an empty account, though 429 says wait", 429, { error: { code: "insufficient_quota" } }, "QuotaExhausted"],
  [
    "an empty account told by the type only",
    429,
    { error: { type: "insufficient_quota", code: null } },
    "QuotaExhausted"
  ],
  ["spent credit", 429, { error: { code: "credit_balance_exhausted" } }, "QuotaExhausted"],
  ["an organisation's limit", 429, { error: { code: "organization_spend_limit_exceeded" } }, "QuotaExhausted"],
  ["a project's limit", 429, { error: { code: "project_spend_limit_exceeded" } }, "QuotaExhausted"],
  ["an organisation's usage limit", 429, { error: { code: "organization_usage_limit_exceeded" } }, "QuotaExhausted"],
  ["the hard limit", 429, { error: { code: "billing_hard_limit_reached" } }, "QuotaExhausted"],
  ["Moonshot's empty account", 429, { error: { type: "exceeded_current_quota_error" } }, "QuotaExhausted"],
  ["xAI's empty account", 403, { code: "x", error: "Your team has used all available credits" }, "QuotaExhausted"],
  ["DeepSeek's empty account", 402, { error: { message: "Insufficient Balance" } }, "QuotaExhausted"],
  ["a rate limit", 429, { error: { code: "rate_limit_exceeded", type: "tokens" } }, "RateLimited"],
  ["slow_down, though it comes as 503", 503, { error: { code: "slow_down" } }, "RateLimited"],
  ["429 without a word", 429, "", "RateLimited"],
  ["overload", 503, { error: { code: "server_is_overloaded" } }, "Overloaded"],
  ["Moonshot's overload, though it comes as 429", 429, { error: { type: "engine_overloaded_error" } }, "Overloaded"],
  ["a long prompt", 400, { error: { code: "context_length_exceeded", message: "x" } }, "ContextTooLong"],
  ["a long prompt, in words only", 400, { error: "This model's maximum context length is 8 tokens" }, "ContextTooLong"],
  ["z.ai's number for a long prompt", 400, { error: { code: "1261", message: "?" } }, "ContextTooLong"],
  [
    "Perplexity's type for a long prompt",
    400,
    { error: { type: "too_many_prompt_tokens", code: 400 } },
    "ContextTooLong"
  ],
  [
    "a long prompt that only the provider behind OpenRouter names",
    400,
    { error: { code: 400, message: "Provider returned error", metadata: { raw: "prompt is too long: 9 > 8" } } },
    "ContextTooLong"
  ],
  ["413 without a body (Cerebras)", 413, "", "ContextTooLong"],
  [
    "413 with a rate limit's code (Groq), since the prompt never fits",
    413,
    { error: { code: "rate_limit_exceeded" } },
    "ContextTooLong"
  ],
  ["a policy", 400, { error: { code: "content_policy_violation" } }, "ContentRefused"],
  ["a flagged prompt", 400, { error: { code: "invalid_prompt" } }, "ContentRefused"],
  ["Azure's filter", 400, { error: { code: "content_filter", innererror: {} } }, "ContentRefused"],
  [
    "OpenRouter's moderation, not a wrong key",
    403,
    { error: { code: 403, message: "flagged", metadata: { flagged_input: "x" } } },
    "ContentRefused"
  ],
  ["a wrong key", 401, { error: { code: "invalid_api_key" } }, "Unauthorized"],
  ["xAI's wrong key, as 400", 400, { code: "invalid-argument", error: "Incorrect API key provided." }, "Unauthorized"],
  [
    "Google's wrong key, as 400",
    400,
    [{ error: { code: 400, message: "API key not valid. Please pass a valid API key." } }],
    "Unauthorized"
  ],
  ["a missing model", 404, { error: { code: "model_not_found" } }, "NoSuchModel"],
  ["a missing model, as 400", 400, { error: { code: "model_not_found", param: "model" } }, "NoSuchModel"],
  ["a missing model, as 403", 403, { error: { code: "model_not_found" } }, "NoSuchModel"],
  ["Baseten's missing model", 404, { error: "please check the model you provided" }, "NoSuchModel"],
  [
    "404 for a file, where the model is there",
    404,
    { error: { message: "No such File object", param: "id" } },
    "InvalidRequest"
  ],
  ["a call that Groq's model wrote wrong, as 400", 400, { error: { code: "tool_use_failed" } }, "ServerFault"],
  ["a wrong request", 400, { error: { code: "unsupported_parameter", param: "max_tokens" } }, "InvalidRequest"],
  ["FastAPI's 422", 422, { detail: [{ loc: ["body", "n"], msg: "small" }] }, "InvalidRequest"],
  ["a code that is an object's own word", 400, { error: { code: "constructor" } }, "InvalidRequest"],
  ["a proxy's page", 502, "<html><title>502 Bad Gateway</title></html>", "ServerFault"],
  ["a gateway timeout", 504, "", "TimedOut"],
  ["an overloaded proxy", 503, "<html></html>", "Overloaded"]
]

for (const [name, status, body, tag] of answers) {
  test(`an error answer is ${tag}: ${name}`, () => {
    const found = failure(status, body)
    expect(found._tag).toBe(tag)
    expect(found.words?.status).toBe(status)
  })
}

test("what the provider said is kept for the caller, with its request id and waiting time", () => {
  const found = failure(
    429,
    { error: { message: "Slow down.", type: "requests", code: "rate_limit_exceeded", param: null } },
    { "retry-after": "1", "retry-after-ms": "812", "x-request-id": "req_1", "x-should-retry": "false" }
  )
  expect(found).toMatchObject({
    _tag: "RateLimited",
    message: "acme: Slow down.",
    retryAfterMs: 812,
    words: { provider: "acme", status: 429, code: "rate_limit_exceeded", type: "requests", requestId: "req_1" }
  })
})

test("a key that the provider echoes is not passed on", () => {
  const said = [
    "Incorrect API key provided: hunter2.",
    "Your api key: ****-key is invalid",
    "Incorrect API key: sk-abcdefghijklmnop"
  ]
  for (const message of said) {
    const shown = JSON.stringify(failure(401, { error: { message } }))
    expect(shown).not.toMatch(/hunter2|\*-key|abcdefgh/)
  }
})

test("the field at fault is told in the caller's words, the provider's own kept beside it", () => {
  const found = openAiFailure(
    { provider: "acme", status: 400, headers: new Headers(), body: `{"error":{"param":"reasoning.effort"}}` },
    () => "reasoning_effort"
  )
  expect([found.param, found.words?.param]).toEqual(["reasoning_effort", "reasoning.effort"])
})

const events: ReadonlyArray<readonly [name: string, event: unknown, tag: FailureTag]> = [
  [
    "a nested event of the Responses API",
    { type: "error", error: { type: "insufficient_quota", code: "insufficient_quota" } },
    "QuotaExhausted"
  ],
  [
    "a flat event of the Responses API",
    { type: "error", code: "rate_limit_exceeded", message: "m", param: null },
    "RateLimited"
  ],
  ["the error of a failed response", { code: "server_error", message: "m" }, "ServerFault"],
  ["an image that cannot be read", { code: "image_parse_error", message: "m" }, "InvalidRequest"],
  ["an image that a policy refuses", { code: "image_content_policy_violation", message: "m" }, "ContentRefused"],
  [
    "Groq's failed call with its status inside",
    { error: { code: "tool_use_failed", status_code: 400 } },
    "ServerFault"
  ],
  ["OpenRouter's number", { error: { code: 429, message: "m" } }, "RateLimited"],
  ["OpenRouter's 502", { code: 502, message: "Network connection lost." }, "ServerFault"],
  ["a type alone", { error: { type: "overloaded_error" } }, "Overloaded"],
  ["a type that is like a status", { error: { type: "rate_limit_error" } }, "RateLimited"],
  ["a wrong request", { error: { type: "invalid_request_error", message: "m" } }, "InvalidRequest"],
  ["a long prompt", { error: "prompt is too long: 9 > 8" }, "ContextTooLong"],
  ["text", "it broke", "ServerFault"],
  ["nothing at all", undefined, "ServerFault"]
]

for (const [name, event, tag] of events) {
  test(`an error in a stream is ${tag}: ${name}`, () => {
    expect(openAiStreamFailure("acme", event)._tag).toBe(tag)
  })
}

/** What recorded error bodies are, decided by a reader of each. */
const recorded: Readonly<Record<string, FailureTag>> = {
  "azure-chat-err401-grok_4_1_fast_non_reasoning": "Unauthorized",
  "azure-chat-err404-gpt_4.1_mini": "NoSuchModel",
  "deepseek-chat-err400-deepseek_chat": "ContextTooLong",
  "deepseek-chat-err401-deepseek_chat": "Unauthorized",
  "doc-baseten-404-bare-string": "NoSuchModel",
  "doc-moonshot-400-reasoning-content": "InvalidRequest",
  "doc-openai-429-credit-balance-exhausted": "QuotaExhausted",
  "doc-openai-429-rate-limit": "RateLimited",
  "doc-openai-503-overloaded": "Overloaded",
  "openai-chat-err400-gpt_4o_mini": "InvalidRequest",
  "openai-chat-err400-gpt_5_nano": "InvalidRequest",
  "openai-chat-err400-o1_mini": "InvalidRequest",
  "openai-chat-err401-gpt_4o": "Unauthorized",
  "openai-chat-err404-gpt_3.5_turbo_instruct": "NoSuchModel",
  "openai-chat-err404-gpt_5.2_proo": "NoSuchModel",
  "openai-responses-err400-gpt_4o": "InvalidRequest",
  "openai-responses-err400-gpt_5.2_proo": "NoSuchModel",
  "openai-responses-err400-gpt_5_mini": "InvalidRequest",
  "openai-responses-err400-gpt_5_nano": "ContextTooLong",
  "openai-responses-err429": "QuotaExhausted",
  "openai-responses-structured-err401-invalid_model_12345": "Unauthorized",
  "openrouter-chat-err400-claude_haiku_4.5": "ContextTooLong",
  "openrouter-chat-err401-claude_haiku_4.5": "Unauthorized",
  "openrouter-chat-err429-gemini_2.0_flash_exp_free": "RateLimited",
  "perplexity-chat-err400-sonar": "ContextTooLong",
  "xai-responses-err400-grok_4.3": "Unauthorized"
}

// Searched to its end, one of this length takes longer than any test may.
test("a message of two megabytes is classified by its beginning", () => {
  const message = "input token count ".repeat(120_000)
  expect(openAiStreamFailure("acme", { error: { message, type: "invalid_request_error" } })._tag).toBe("InvalidRequest")
})

const folder = process.env["RECORDINGS"]
if (folder === undefined) console.log("RECORDINGS is not set: recorded error bodies are not read.")

const files = folder === undefined ? [] : readdirSync(folder)

for (const [name, tag] of Object.entries(recorded)) {
  if (!files.includes(`${name}.json`)) continue
  test(`a recorded error body is ${tag}: ${name}`, () => {
    const { provider, response } = objectOf(JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")))
    const { status, body } = objectOf(response)
    const refused = { provider: textOf(provider), status: Number(status), headers: new Headers(), body: textOf(body) }
    const found = openAiFailure(refused)
    expect(found._tag).toBe(tag)
    expect(found.words?.message ?? "").not.toBe("")
  })
}
