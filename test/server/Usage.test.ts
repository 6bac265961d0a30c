import { expect } from "bun:test"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TestConsole } from "effect/testing"
import type { Caller } from "../../src/domain/keys/Caller.ts"
import { objectOf } from "../../src/domain/Fields.ts"
import { Reports } from "../../src/ledger/reports/Reports.ts"
import { Exchange } from "../../src/server/Exchange.ts"
import { usageReply } from "../../src/server/Usage.ts"
import * as Store from "../../src/store/Store.ts"
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

const ask = Effect.fnUntraced(function* (query: string) {
  const reports = yield* Reports
  const response = yield* usageReply(exchangeOf(query), caller, reports, now)
  return { status: response.status, body: objectOf(yield* Effect.promise(() => response.json())) }
})

const { effect } = it.layer(Reports.layer.pipe(Layer.provideMerge(Store.layerMemory)))

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
    const response = yield* usageReply(exchangeOf(""), caller, undefined, now)
    expect(response.status).toBe(404)
    expect(yield* Effect.promise(() => response.text())).toContain("data: FOLDER")
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
