import { describe, expect, test } from "bun:test"
import { type Failure, Garbled, RateLimited, ServerFault, TimedOut, Unauthorized } from "../../src/domain/Failure.ts"
import { textWithoutKeys, withoutKeys } from "../../src/providers/WithoutKeys.ts"

const headers = {
  "content-type": "application/json",
  "accept-encoding": "identity",
  "anthropic-version": "2023-06-01",
  authorization: "Bearer my$key.(with)*signs",
  "x-tenant": "tenant-secret",
  "x-tenant-long": "tenant-secret-and-more",
  "x-short": "on"
}

describe("a text that a provider echoes", () => {
  for (const [text, expected] of [
    ["Incorrect key my$key.(with)*signs.", "Incorrect key <redacted>."],
    ["my$key.(with)*signs my$key.(with)*signs", "<redacted> <redacted>"],
    ["Bearer my$key.(with)*signs", "Bearer <redacted>"],
    ["tenant-secret-and-more, tenant-secret", "<redacted>, <redacted>"],
    ["application/json, 2023-06-01, identity, on", "application/json, 2023-06-01, identity, on"],
    ["my$key and nothing else", "my$key and nothing else"],
    ["", ""]
  ] as const) {
    test(JSON.stringify(text), () => {
      expect(textWithoutKeys(text, headers)).toBe(expected)
    })
  }
})

describe("a failure", () => {
  const echo = "my$key.(with)*signs"

  test("keeps its class and all else, and loses the key in every text", () => {
    const failure = new TimedOut({
      stage: "idle",
      message: `a ${echo}`,
      param: echo,
      code: echo,
      retryAfterMs: 7,
      words: { provider: "p", status: 504, message: echo, type: echo, code: echo, param: echo, requestId: echo }
    })
    const told: Failure = withoutKeys(failure, headers)
    expect(told).toBeInstanceOf(TimedOut)
    expect(told).toMatchObject({
      _tag: "TimedOut",
      stage: "idle",
      message: "a <redacted>",
      param: "<redacted>",
      code: "<redacted>",
      retryAfterMs: 7,
      words: { provider: "p", status: 504, message: "<redacted>", requestId: "<redacted>" }
    })
    expect(JSON.stringify([told, told.message, told.words])).not.toContain("my$key")
  })

  for (const failure of [
    new Garbled({ message: "not JSON" }),
    new Unauthorized({ message: "no", words: { provider: "p", status: 401 } }),
    new RateLimited({ message: "slow down", retryAfterMs: 2000 })
  ]) {
    test(`without a key in it is told as it is: ${failure._tag}`, () => {
      const told = withoutKeys(failure, headers)
      expect({ ...told, message: told.message }).toEqual({ ...failure, message: failure.message })
      expect(told._tag).toBe(failure._tag)
    })
  }
})

test("what is too long is cut only when no key is left in it, so that no half of a key is shown", () => {
  const key = "canary-key-0123456789"
  for (const before of [190, 1990]) {
    const text = `${"x".repeat(before)}${key}${"y".repeat(5000)}`
    const failure = new ServerFault({ message: text, words: { provider: "p", message: text, type: text, code: text } })
    const told = withoutKeys(failure, { authorization: `Bearer ${key}` })
    const shown = JSON.stringify([told.message, told.words])
    expect(shown).not.toContain("canary")
    expect([told.message.length, told.words?.message?.length, told.words?.type?.length]).toEqual([2000, 2000, 200])
  }
})
