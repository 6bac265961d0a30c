import { expect } from "bun:test"
import { Effect, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, Statement } from "effect/sql"
import { saving } from "../../src/ledger/Entries.ts"
import { bookingOf, entriesOf } from "../../src/ledger/Entry.ts"
import * as Store from "../../src/store/Store.ts"
import { it } from "../effect.ts"
import { newFolder } from "../store/Folder.ts"
import { ledgerIn, stored } from "./Keeping.ts"
import { attempt, record, spending } from "./Records.ts"

const test = it.layer(Store.layerMemory)

test.effect("an attempt becomes a row, with its request, its tags and what it cost", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const ledger = yield* ledgerIn(sql, { folder: yield* newFolder })
    const failure = { class: "Overloaded", message: "busy", status: 529 } as const
    const { cost: _, ...unpriced } = spending
    ledger.book(
      record("r", {
        labels: { endUser: "u", sessionId: "s", tags: ["a", "b", "a"] },
        idempotencyKey: "k",
        stream: true,
        attempts: [
          attempt("r/1", { outcome: "failed", failure }),
          attempt("r/2", {
            kind: "fallback",
            region: "eu",
            headersMs: 2,
            firstContentMs: 3.0004,
            firstTextMs: 3.5,
            spending
          }),
          attempt("r/3", { kind: "hedge", outcome: "lost", spending: { ...unpriced, source: "estimate" } })
        ]
      })
    )
    expect(ledger.depth()).toBe(3)
    yield* stored(ledger)
    const rows = yield* sql`
      SELECT request_id, attempt, kind, outcome, failure, status, key_id, key_name, team, end_user, session_id, model_asked,
        target, provider, model, region, stream, received_at, started_at, queued_us, sent_us, headers_us, first_content_us,
        first_text_us, ended_us, usage_source, service_tier, input, cached_input, cache_write_5m, cache_write_1h, output, reasoning,
        cost_total, cost_input, cost_cached_input, cost_output, cost_audio_output, price_version, configuration, idempotency_key,
        request_outcome, request_failure, parent
      FROM attempts ORDER BY id`
    const second = {
      request_id: "r",
      attempt: 2,
      kind: "fallback",
      outcome: "answered",
      failure: null,
      status: null,
      key_id: "key-1",
      key_name: "search",
      team: "web",
      end_user: "u",
      session_id: "s",
      model_asked: "gpt-4o",
      target: "openai/gpt-4o@eu#main",
      provider: "openai",
      model: "openai/gpt-4o",
      region: "eu",
      stream: 1,
      received_at: 1_764_000_000_000,
      started_at: 1_764_000_000_002,
      queued_us: 250,
      sent_us: 1500,
      headers_us: 2000,
      first_content_us: 3000,
      first_text_us: 3500,
      ended_us: 40_000,
      usage_source: "provider",
      service_tier: "flex",
      input: 300,
      cached_input: 600,
      cache_write_5m: 60,
      cache_write_1h: 40,
      output: 30,
      reasoning: 20,
      cost_total: 1_000_550,
      cost_input: 300_000,
      cost_cached_input: 600_000,
      cost_output: 550,
      cost_audio_output: 0,
      price_version: "2026-07-02 flex",
      configuration: "c0ffee",
      idempotency_key: "k",
      request_outcome: "answered",
      request_failure: null,
      parent: null
    }
    expect(rows[1]).toEqual(second)
    expect(rows[0]).toMatchObject({
      outcome: "failed",
      failure: "Overloaded",
      status: 529,
      usage_source: null,
      cost_total: 0
    })
    expect(rows[2]).toMatchObject({ usage_source: "estimate", input: 300, cost_total: null, cost_input: null })
    expect(yield* sql`SELECT tag FROM attempt_tags WHERE attempt_id = 'r/2' ORDER BY tag`).toEqual([
      { tag: "a" },
      { tag: "b" }
    ])
  })
)

test.effect("the character NUL, which not every database takes, is left out of texts and tags", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const ledger = yield* ledgerIn(sql, { folder: yield* newFolder })
    const labels = { endUser: "a\0b", sessionId: "\0", tags: ["x\0", "x", "y"] }
    ledger.book(record("nul", { labels, model: "gpt\0" }))
    yield* stored(ledger)
    expect(yield* sql`SELECT end_user, session_id, model_asked FROM attempts WHERE id = 'nul/1'`).toEqual([
      { end_user: "ab", session_id: "", model_asked: "gpt" }
    ])
    expect(yield* sql`SELECT tag FROM attempt_tags WHERE attempt_id = 'nul/1' ORDER BY tag`).toEqual([
      { tag: "x" },
      { tag: "y" }
    ])
  })
)

it.effect("each database has its parameters written as it counts them", () =>
  Effect.gen(function* () {
    const written: Array<{ readonly text: string; readonly values: number }> = []
    const execute = (text: string, values: ReadonlyArray<unknown>) =>
      Effect.sync(() => {
        written.push({ text, values: values.length })
        return []
      })
    const sql = yield* SqlClient.make({
      driver: "written-down",
      acquirer: Effect.succeed({
        execute,
        executeRaw: execute,
        executeUnprepared: execute,
        executeValues: execute,
        executeValuesUnprepared: execute,
        executeStream: () => Stream.empty
      }),
      compiler: Statement.makeCompiler({
        dialect: "pg",
        placeholder: (index) => `$${index}`,
        onIdentifier: (name) => `"${name}"`,
        onCustom: () => ["", []],
        onRecordUpdate: () => ["", []]
      }),
      spanAttributes: []
    })
    const rows = Array.from({ length: 17 }, (_, at) => entriesOf(bookingOf(record(String(at))))).flat()
    yield* saving(sql)(rows)
    const inserts = written.filter(({ text }) => text.startsWith("INSERT INTO attempts"))
    expect(inserts).toHaveLength(2)
    for (const { text, values } of inserts) {
      const numbers = [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number))
      expect(numbers).toEqual(Array.from({ length: values }, (_, at) => at + 1))
      expect(text).not.toContain("?")
    }
  }).pipe(Effect.provide(Reactivity.layer))
)
