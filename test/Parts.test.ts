import { expect, test } from "bun:test"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Idempotency } from "../src/access/Idempotency.ts"
import { defaultIdempotency, defaultLimits } from "../src/config/Settings.ts"
import { addressesIn, keptOf } from "../src/Parts.ts"
import { callerWith, onSomeDay } from "./access/limits/Callers.ts"
import { settingsFrom } from "./config/Loading.ts"
import { it } from "./effect.ts"

test("an address is that of the region, in the settings that are in use now", async () => {
  const settingsOf = (providers: string) => settingsFrom(`version: 1\nproviders: {${providers}}`)
  let running = await settingsOf(
    `own: {baseUrl: "http://only.example/v1", key: a},
     two: {baseUrls: [{url: "http://eu.example", region: eu}, "http://second.example"], key: a}`
  )
  const addressOf = addressesIn(() => running)
  expect(addressOf("own", undefined)).toBe("http://only.example/v1")
  expect([addressOf("two", "eu"), addressOf("two", "2")]).toEqual(["http://eu.example", "http://second.example"])
  expect([addressOf("two", "us"), addressOf("other", undefined)]).toEqual([undefined, undefined])
  running = await settingsOf('own: {baseUrl: "http://moved.example/v1", key: a}')
  expect([addressOf("own", undefined), addressOf("two", "eu")]).toEqual(["http://moved.example/v1", undefined])
})

it.effect("without a folder a key that has ended is remembered for minutes, not for a day", () =>
  Effect.gen(function* () {
    yield* onSomeDay
    const settings = { limits: defaultLimits, idempotency: defaultIdempotency }
    yield* Effect.provide(
      Effect.gen(function* () {
        const { begin } = yield* Idempotency
        yield* (yield* begin(callerWith({}), "a", "one body")).end
        yield* TestClock.adjust("4 minutes")
        expect((yield* Effect.flip(begin(callerWith({}), "a", "another"))).code).toBe("idempotency_key_reused")
        yield* TestClock.adjust("2 minutes")
        yield* begin(callerWith({}), "a", "another")
      }),
      keptOf(settings)
    )
  })
)
