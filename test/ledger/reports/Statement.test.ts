import { expect } from "bun:test"
import { Effect } from "effect"
import { statement } from "../../../src/ledger/reports/Statement.ts"
import { statementFields } from "../../../src/ledger/reports/UsageFields.ts"
import type { UsageQuery } from "../../../src/ledger/reports/UsageQuery.ts"
import * as Store from "../../../src/store/Store.ts"
import { it } from "../../effect.ts"
import { book } from "./Booked.ts"

const november: UsageQuery = { by: [], zone: "UTC", from: Date.parse("2026-11-01"), to: Date.parse("2026-12-01") }
const at = "2026-11-10T00:00:00Z"

const { effect } = it.layer(Store.layerMemory)

const booked = book([
  {
    id: "a",
    at,
    attempts: [
      {
        outcome: "lost",
        provider: "anthropic",
        model: "anthropic/big",
        usage: { inputTokens: 9 },
        costs: { input: 27 }
      },
      {
        usage: { inputTokens: 100, cachedTokens: 40, outputTokens: 5 },
        costs: { input: 60, cachedInput: 4, output: 25 }
      }
    ]
  },
  { id: "b", at, attempts: [{ usage: { inputTokens: 100 }, costs: { input: 100 } }, { outcome: "failed" }] },
  { id: "c", at, attempts: [{ usage: { inputTokens: 3 }, costs: null }] },
  { id: "d", at, key: "key-2", name: "second", attempts: [{ usage: { inputTokens: 1 }, costs: { input: 500 } }] },
  { id: "e", at: "2026-12-01T00:00:00Z", attempts: [{ usage: { inputTokens: 1 }, costs: { input: 1 } }] }
])

effect("a statement has an account a key, with a line for each thing that was used; what has no price is apart", () =>
  Effect.gen(function* () {
    yield* booked
    const told = statementFields(yield* statement(november))
    const mini = { provider: "openai", model: "openai/mini", unit: "token" }
    expect(told).toMatchObject({
      object: "usage.statement",
      currency: "USD",
      markup: "0",
      by: ["key"],
      totals: { requests: 4, cost: "0.000000716", unknown_cost_attempts: 1 }
    })
    expect(told["data"]).toMatchObject([
      {
        key: "key-2",
        key_name: "second",
        requests: 1,
        cost: "0.0000005",
        lines: [{ ...mini, item: "input", quantity: 1, cost: "0.0000005" }]
      },
      {
        key: "key-1",
        requests: 3,
        attempts: 5,
        cost: "0.000000216",
        cost_is_partial: true,
        lines: [
          {
            provider: "anthropic",
            model: "anthropic/big",
            unit: "token",
            item: "input",
            quantity: 9,
            cost: "0.000000027"
          },
          { ...mini, item: "input", quantity: 160, cost: "0.00000016" },
          { ...mini, item: "cached_input", quantity: 40, cost: "0.000000004" },
          { ...mini, item: "output", quantity: 5, cost: "0.000000025" },
          { ...mini, item: "input", quantity: 3, cost: null }
        ]
      }
    ])
  })
)

effect("the lines of an account add up to its cost", () =>
  Effect.gen(function* () {
    yield* booked
    for (const by of [["key"], ["provider"], ["team", "day"]] as const) {
      const { accounts, totals } = yield* statement({ ...november, by })
      for (const { lines, tally } of accounts) {
        expect(lines.reduce((sum, { cost }) => sum + (cost ?? 0n), 0n)).toBe(tally.cost)
      }
      expect(accounts.reduce((sum, { tally }) => sum + tally.cost, 0n)).toBe(totals.cost)
    }
  })
)
