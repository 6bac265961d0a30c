import { afterAll, beforeAll, expect, test } from "bun:test"
import { ask, messages, post, read, type Seen } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type OwnProvider, startOwnProvider } from "../stage/OwnProvider.ts"
import { keyOf, startTill, type Till } from "./Till.ts"

const key = keyOf({ name: "thrifty" })
const body = (maximum: number) => ({ model: "own/held", messages, max_tokens: maximum, stream: true })

let provider: OwnProvider
let till: Till

beforeAll(async () => {
  provider = startOwnProvider()
  till = await startTill(1, () => ({
    keys: [{ name: "thrifty", key: "secret-of-thrifty", budget: { total: 1 } }],
    limits: { budgetWait: "50 millis" },
    providers: { own: { baseUrl: provider.baseUrl, key: "key-of-own" } },
    // A dollar is two hundred thousand tokens of output.
    models: { "own/held": { prices: [{ from: "2026-01-01", input: 0, output: 5 }] } }
  }))
}, 60_000)

afterAll(async () => {
  await till.stop()
  await provider.stop()
})

const refusal = ({ status, error, headers }: Seen) => ({
  status,
  code: error?.["code"],
  retryAfter: headers.get("retry-after"),
  shouldRetry: headers.get("x-should-retry")
})

test("a budget that others have put aside is refused for the moment, one that is not enough for good", async () => {
  const [gateway] = till.gateways
  const running = await post(gateway, body(150_000), key)
  expect(running.status).toBe(200)
  const aside = { status: 429, code: "budget_put_aside", retryAfter: "1", shouldRetry: null }
  expect(refusal(await ask(gateway, body(150_000), key))).toEqual(aside)
  const spent = { status: 429, code: "insufficient_quota", retryAfter: null, shouldRetry: "false" }
  expect(refusal(await ask(gateway, body(250_000), key))).toEqual(spent)
  provider.release()
  await read(running)
  // What was not used comes back.
  await eventually(async () => ((await ask(gateway, body(150_000), key)).status === 200 ? true : undefined))
})
