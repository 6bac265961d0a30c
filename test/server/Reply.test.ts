import { describe, expect, test } from "bun:test"
import {
  Conflict,
  Forbidden,
  failureKinds,
  InvalidRequest,
  MethodNotAllowed,
  OverBudget,
  OverLimit,
  QuotaExhausted,
  RateLimited,
  TimedOut,
  Unauthorized
} from "../../src/domain/Failure.ts"
import { listOf, objectOf } from "../../src/domain/Fields.ts"
import { errorObject, errorVocabulary, retryHeaders, statusOf } from "../../src/server/Reply.ts"

test("an error has OpenAI's four fields, our request id and class, and the provider's own words", () => {
  const failure = new RateLimited({
    message: "openai: slow down",
    words: { provider: "openai", status: 429, message: "slow down", type: "tokens", code: "rate", requestId: "req_1" }
  })
  expect(errorObject(failure, "request-1")).toEqual({
    message: "openai: slow down",
    type: "rate_limit_error",
    param: null,
    code: "rate_limit_exceeded",
    request_id: "request-1",
    class: "RateLimited",
    provider: { name: "openai", status: 429, message: "slow down", type: "tokens", code: "rate", request_id: "req_1" }
  })
})

test("a failure's own code and field come before those of its class", () => {
  const failure = new InvalidRequest({ message: "no", param: "messages[0].role", code: "invalid_value" })
  expect(errorObject(failure, "1")).toMatchObject({ param: "messages[0].role", code: "invalid_value" })
  expect(errorObject(failure, "1")).not.toHaveProperty("provider")
})

test("a provider's 401 and empty account are the gateway's trouble, not the caller's", () => {
  expect(statusOf(new Unauthorized({ message: "no" }))).toBe(502)
  expect(statusOf(new QuotaExhausted({ message: "no" }))).toBe(502)
  expect(statusOf(new TimedOut({ message: "no", stage: "idle" }))).toBe(504)
})

describe("when to try again", () => {
  for (const [milliseconds, seconds] of [
    [0, "0"],
    [1, "1"],
    [1500, "2"],
    [3_600_000, "3600"],
    [1e15, "3600"]
  ] as const) {
    test(`${milliseconds} ms is told as ${seconds} s`, () => {
      expect(retryHeaders(new RateLimited({ message: "", retryAfterMs: milliseconds }))).toEqual({
        "retry-after": seconds
      })
    })
  }

  test("is not told when it is not known", () => {
    expect(retryHeaders(new RateLimited({ message: "" }))).toEqual({})
  })

  test("never, for what would only fail again", () => {
    expect(retryHeaders(new Unauthorized({ message: "" }), false)).toEqual({ "x-should-retry": "false" })
    expect(retryHeaders(new OverBudget({ message: "" }))).toEqual({ "x-should-retry": "false" })
    expect(retryHeaders(new OverBudget({ message: "", retryAfterMs: 9000 }))).toEqual({
      "retry-after": "9",
      "x-should-retry": "false"
    })
    expect(retryHeaders(new OverBudget({ message: "", code: "unknown_price" }))).toEqual({ "x-should-retry": "false" })
    expect(retryHeaders(new Conflict({ message: "" }))).toEqual({ "x-should-retry": "false" })
    // One that is larger than its limit is told no time to wait.
    expect(retryHeaders(new OverLimit({ message: "" }))).toEqual({ "x-should-retry": "false" })
    expect(retryHeaders(new OverLimit({ message: "", retryAfterMs: 1000 }))).not.toHaveProperty("x-should-retry")
    expect(retryHeaders(new Conflict({ message: "", retryAfterMs: 1000 }))).toEqual({ "retry-after": "1" })
  })

  test("in a moment, for a budget that is only put aside", () => {
    const aside = new OverBudget({ message: "", code: "budget_put_aside", retryAfterMs: 1000 })
    expect(retryHeaders(aside)).toEqual({ "retry-after": "1" })
  })

  test("with another method, where the method is wrong", () => {
    expect(retryHeaders(new MethodNotAllowed({ message: "", allow: "POST" }))).toEqual({ allow: "POST" })
    expect(retryHeaders(new Forbidden({ message: "" }))).toEqual({})
  })
})

describe("the vocabulary of failures", () => {
  const entries = listOf(objectOf(errorVocabulary())["data"]).map(objectOf)

  test("has every class once, with what it means", () => {
    expect(entries.map((entry) => entry["class"]).toSorted()).toEqual(Object.keys(failureKinds).toSorted())
    for (const entry of entries) expect(entry).toMatchObject({ meaning: expect.stringMatching(/\.$/) })
  })

  test("blames the caller with 4xx and others with 5xx, a rate limit excepted", () => {
    for (const { fault, status, class: name } of entries) {
      if (name === "RateLimited") continue
      expect([name, Number(status) < 500]).toEqual([name, fault === "caller"])
    }
  })
})
