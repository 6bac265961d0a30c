import { describe, expect, test } from "bun:test"
import { Effect, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { Keys } from "../../src/access/Keys.ts"
import { it } from "../effect.ts"

const keysOf = (named: Readonly<Record<string, string>>) => {
  const accepted = Object.entries(named).map(([name, key]) => ({ name, key: Redacted.make(key) }))
  return Effect.runSync(Effect.provide(Effect.service(Keys), Keys.layer(accepted)))
}

const keys = keysOf({ "team-a": "key-of-team-a", "team-b": "key of team b?" })

const nameOf = (authorization: string | null): string | undefined => {
  const found = keys.find(authorization)
  return Result.isSuccess(found) ? found.success.name : undefined
}

describe("who asks is found by the key", () => {
  for (const [authorization, name] of [
    ["Bearer key-of-team-a", "team-a"],
    ["bearer key-of-team-a", "team-a"],
    ["BEARER \t key-of-team-a ", "team-a"],
    ["key-of-team-a", "team-a"],
    ["  key-of-team-a  ", "team-a"],
    ["Bearer key of team b?", "team-b"],
    [null, undefined],
    ["", undefined],
    ["Bearer", undefined],
    ["Bearer ", undefined],
    ["Bearerkey-of-team-a", undefined],
    ["Basic key-of-team-a", undefined],
    ["Bearer Bearer key-of-team-a", undefined],
    ["Bearer KEY-OF-TEAM-A", undefined],
    ["Bearer key-of-team-", undefined],
    ["Bearer key-of-team-ab", undefined],
    ["Bearer team-a", undefined],
    ["Bearer __proto__", undefined],
    [`Bearer ${"x".repeat(100_000)}`, undefined]
  ] as const) {
    test(`${JSON.stringify(authorization)?.slice(0, 50)}: ${name ?? "nobody"}`, () => {
      expect(nameOf(authorization)).toBe(name)
    })
  }
})

test("a wrong key is told the same as none, and is not repeated", () => {
  const [wrong, none] = [keys.find("Bearer my-secret-of-elsewhere"), keys.find(null)]
  expect(Result.isFailure(wrong) && wrong.failure.message).toBe(Result.isFailure(none) && none.failure.message)
  expect(JSON.stringify(wrong)).not.toContain("elsewhere")
})

test("without keys everybody on this machine is taken, whatever they send", () => {
  const open = keysOf({})
  expect(open.required).toBe(false)
  expect(keys.required).toBe(true)
  for (const authorization of [null, "Bearer anything"]) {
    expect(open.find(authorization)).toMatchObject({ success: { keyId: "local", name: "local", quotas: [] } })
  }
})

it.effect("a key of the file has its name as its id, and its limits are kept by that", () =>
  Effect.gen(function* () {
    const allowance = { requestsPerMinute: 1, zone: "UTC", unknownPrices: "refuse" } as const
    const accepted = [{ name: "named", key: Redacted.make("a-key-with-a-name"), allowance }]
    const { find } = yield* Effect.provide(Effect.service(Keys), Keys.layer(accepted))
    expect(find("a-key-with-a-name")).toMatchObject({
      success: { keyId: "named", name: "named", quotas: [{ scope: "key:named" }] }
    })
  })
)

it.effect("a key of the file is taken until it expires, and then answered like any other", () =>
  Effect.gen(function* () {
    const accepted = [{ name: "brief", key: Redacted.make("a-key-for-a-while"), expiresAt: 1_000 }]
    const { find, required } = yield* Effect.provide(Effect.service(Keys), Keys.layer(accepted))
    yield* TestClock.setTime(999)
    expect(find("a-key-for-a-while")).toMatchObject({ success: { keyId: "brief", name: "brief" } })
    yield* TestClock.setTime(1_000)
    const [expired, wrong] = [find("a-key-for-a-while"), find("wrong")]
    expect(Result.isFailure(expired) && expired.failure.message).toBe(Result.isFailure(wrong) && wrong.failure.message)
    expect(required).toBe(true)
  })
)
