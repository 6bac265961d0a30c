import { expect, test } from "bun:test"
import { Schema } from "effect"
import { columnsOf, keyOf, KeyRow, SecretRow } from "../../../src/access/keys/KeyRows.ts"

/** As Postgres hands out numbers of 64 bits. */
const asText = (columns: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, typeof value === "number" ? String(value) : value])
  )

test("a key is the same from a database that writes whole numbers as text", () => {
  const allowance = { zone: "UTC", unknownPrices: "refuse", requestsPerMinute: 5, perMonth: 7_000_000_000 } as const
  const columns = columnsOf(
    { name: "app", tags: ["a"], allowance, expiresAt: 1_764_000_000_001 },
    "key_1",
    1_764_000_000_000
  )
  const key = keyOf(Schema.decodeSync(KeyRow)(columns))
  expect(key).toMatchObject({ createdAt: 1_764_000_000_000, expiresAt: 1_764_000_000_001, allowance })
  expect(keyOf(Schema.decodeUnknownSync(KeyRow)(asText(columns)))).toEqual(key)
  const secret = { hash: "h", key_id: "key_1", start: "gw_", created_at: 1, expires_at: null }
  expect(Schema.decodeUnknownSync(SecretRow)(asText(secret))).toEqual(secret)
})
