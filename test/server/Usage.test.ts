import { expect } from "bun:test"
import { Effect, Fiber, Latch, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TestConsole } from "effect/testing"
import { Limits } from "../../src/access/Limits.ts"
import { Presence } from "../../src/access/Presence.ts"
import type { Caller } from "../../src/domain/keys/Caller.ts"
import { objectOf } from "../../src/domain/Fields.ts"
import { Reports } from "../../src/ledger/reports/Reports.ts"
import type { UsageQuery } from "../../src/ledger/reports/UsageQuery.ts"
import { Exchange } from "../../src/server/Exchange.ts"
import { usageReplies } from "../../src/server/Usage.ts"
import * as Store from "../../src/store/Store.ts"
import { callerWith, onSomeDay } from "../access/limits/Callers.ts"
import { it } from "../effect.ts"
import { book } from "../ledger/reports/Booked.ts"

const now = Date.parse("2026-11-22T10:00:00Z")
const at = "2026-11-22T09:00:00Z"

const booked = book([
  { id: "a", at, tags: ["x"], attempts: [{ usage: { inputTokens: 10 }, costs: { input: 123_000 } }] },
  { id: "b", at, key: "key-2", name: "key-1", attempts: [{ usage: { inputTokens: 99 }, costs: { input: 999 } }] }
])

const caller: Caller = { keyId: "key-1", name: "first", tags: [], quotas: [] }

const exchangeOf = (query: string) =>
  new Exchange(new Request(`http://127.0.0.1/v1/usage${query}`), "/v1/usage", { localOnly: false }, "openai")

const seen = Effect.fnUntraced(function* (reply: Effect.Effect<Response>) {
  const response = yield* reply
  const { status, headers } = response
  return { status, headers, body: objectOf(yield* Effect.promise(() => response.json())) }
})

const ask = Effect.fnUntraced(function* (query: string) {
  const [reports, admission] = [yield* Reports, yield* Limits]
  return yield* seen(usageReplies({ reports, admission })(exchangeOf(query), caller, now))
})

/** Reports that are made when they are let. */
const held = Effect.gen(function* () {
  const [reports, admission] = [yield* Reports, yield* Limits]
  const latch = yield* Latch.make()
  const usage = (query: UsageQuery) => Effect.andThen(latch.await, reports.usage(query))
  return { open: latch.open, reply: usageReplies({ reports: { usage }, admission }) }
})

const limits = Limits.layer().pipe(Layer.provideMerge(Presence.layer()))
const { effect } = it.layer(Layer.mergeAll(Reports.layer, limits).pipe(Layer.provideMerge(Store.layerMemory)))

effect("a caller sees what its own key used, and nothing of others", () =>
  Effect.gen(function* () {
    yield* booked
    const { status, body } = yield* ask("?by=model,day&by=tag&from=2026-11-01&to=2026-11-22&zone=Europe%2FBerlin")
    expect(status).toBe(200)
    expect(body).toMatchObject({
      object: "usage",
      zone: "Europe/Berlin",
      by: ["model", "day", "tag"],
      totals: { requests: 1, cost: "0.000123" },
      data: [{ day: "2026-11-22", model: "openai/mini", tag: "x", requests: 1, tokens: { input: 10 } }],
      truncated: false
    })
    expect((yield* ask("")).body).toMatchObject({ totals: { requests: 1 }, data: [] })
  })
)

for (const [query, param] of [
  ["?from=2026-02-30", "from"],
  ["?to=now", "to"],
  ["?by=key", "by"],
  ["?key=key-2", "key"],
  ["?keyId=key-2", "keyId"],
  ["?model=a&model=b", "model"],
  ["?from=2020-01-01", "from"],
  ["?__proto__=1", "__proto__"]
] as const) {
  effect(`a wrong parameter is named: ${query}`, () =>
    Effect.gen(function* () {
      const { status, body } = yield* ask(query)
      expect(status).toBe(400)
      expect(body["error"]).toMatchObject({ type: "invalid_request_error", param, class: "InvalidRequest" })
    })
  )
}

effect("a gateway without a ledger says so instead of 0", () =>
  Effect.gen(function* () {
    const admission = yield* Limits
    const response = yield* usageReplies({ reports: undefined, admission })(exchangeOf(""), caller, now)
    expect(response.status).toBe(404)
    expect(yield* Effect.promise(() => response.text())).toContain("data: FOLDER")
  })
)

effect("a key has one report at a time, and the next when that is made or given up", () =>
  Effect.gen(function* () {
    const { open, reply } = yield* held
    const asked = (keyId: string) => seen(reply(exchangeOf(""), { ...caller, keyId }, now))
    const start = (keyId: string) => Effect.forkChild(asked(keyId), { startImmediately: true })
    const first = yield* start("key-1")
    const second = yield* asked("key-1")
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"])
    expect(second.body["error"]).toMatchObject({ class: "OverLimit", type: "rate_limit_error" })
    const other = yield* start("key-2")
    yield* Fiber.interrupt(first)
    const third = yield* start("key-1")
    yield* open
    expect([(yield* Fiber.join(third)).status, (yield* Fiber.join(other)).status]).toEqual([200, 200])
    expect((yield* asked("key-1")).status).toBe(200)
  })
)

effect("a report is a request of its key, which its limits may not let in", () =>
  Effect.gen(function* () {
    yield* onSomeDay
    const { open, reply } = yield* held
    const limited = callerWith({ requestsPerMinute: 4, requestsAtOnce: 1 })
    const asked = seen(reply(exchangeOf(""), limited, now))
    const admission = yield* Limits
    const running = yield* admission.enter(limited)
    expect((yield* asked).status).toBe(429)
    running.leave()
    const given = yield* Effect.forkChild(asked, { startImmediately: true })
    yield* Fiber.interrupt(given)
    yield* open
    const { status, headers } = yield* asked
    expect([status, headers.get("x-ratelimit-remaining-requests")]).toEqual([200, "1"])
    expect((yield* asked).status).toBe(200)
    const over = yield* asked
    expect([over.status, over.headers.get("x-ratelimit-remaining-requests")]).toEqual([429, "0"])
  })
)

effect("a ledger that cannot be read is a 503 that tells callers nothing of it", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`DROP TABLE attempt_tags`
    yield* sql`DROP TABLE attempts`
    const { status, body } = yield* ask("")
    expect(status).toBe(503)
    expect(JSON.stringify(body)).not.toContain("attempts")
    expect((yield* TestConsole.logLines).join(" ")).toContain("the ledger cannot be read")
  })
)
