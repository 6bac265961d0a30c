import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { ask, type Seen } from "../stage/Asking.ts"
import {
  budgetOf,
  buyAfterOne,
  buyAll,
  buyHedged,
  crowd,
  forPurchases,
  hedged,
  hedgedBody,
  hedgedStream,
  lonely,
  outcomeOf,
  small,
  unsaid,
  unset
} from "./Purchases.ts"
import { bookedOf, keyOf, startTill, type Till } from "./Till.ts"

const expectRefused = (refused: ReadonlyArray<Seen>): void => {
  for (const { status, error, headers } of refused) {
    expect(status).toBe(429)
    expect(error).toMatchObject({ type: "insufficient_quota", code: "insufficient_quota", class: "OverBudget" })
    expect(headers.get("x-should-retry")).toBe("false")
    // A budget in all does not come back.
    expect(headers.get("retry-after")).toBeNull()
  }
}

let alone: Till
/** Two gateways with one folder, to which the requests go in turn, by one key. */
let shared: Till

beforeAll(async () => {
  const tills = await Promise.all([startTill(1, forPurchases), startTill(2, forPurchases)])
  alone = tills[0]
  shared = tills[1]
}, 60_000)

afterAll(() => Promise.all([alone.stop(), shared.stop()]))

/** A provider with little traffic gets ten second tries a minute: those of all purchases of a gateway stay below that. */
const hedges = 4

describe.each([
  { by: "one gateway", till: () => alone },
  { by: "two gateways", till: () => shared }
])("200 requests at once against a budget for 50, by $by", ({ till }) => {
  test("of a small length: 50 are answered, and nothing more is spent", async () => {
    const { answered, refused, booked, billed } = await outcomeOf(till(), small, await buyAll(till(), small))
    // 49 × use + need: when 50 are answered, less than the need of another one is left, as one uses more than nothing.
    expect(answered).toBe(50)
    expect(refused).toHaveLength(crowd - 50)
    expectRefused(refused)
    expect(booked).toBe(50 * small.use)
    expect(billed).toBe(booked)
    expect(booked).toBeLessThanOrEqual(budgetOf(small).nanos)
  })

  test("of no length: each is sent with what was put aside for it, and 50 are answered", async () => {
    const outcome = await outcomeOf(till(), unset, await buyAfterOne(till(), unset))
    const { answered, refused, booked, billed, received } = outcome
    expect(answered).toBe(50)
    expectRefused(refused)
    expect(booked).toBe(50 * unset.use)
    expect(billed).toBe(booked)
    expect(booked).toBeLessThanOrEqual(budgetOf(unset).nanos)
    const maxima = received.map(({ maximum }) => maximum ?? Infinity)
    expect(maxima).toHaveLength(50)
    // There is money for the usual length at first, and for the fewest tokens alone when 49 are paid for.
    expect(maxima[0]).toBe(unsaid.usual)
    expect(Math.max(...maxima)).toBe(unsaid.usual)
    expect(Math.min(...maxima)).toBe(unsaid.least)
  })

  test("with hedges: each puts aside for itself, and 50 are answered", async () => {
    const outcome = await outcomeOf(till(), hedged, await buyHedged(till(), hedged, hedges))
    const { answered, refused, booked, billed, received, losers } = outcome
    expect(answered).toBe(50)
    expectRefused(refused)
    // Who loses costs nothing here, so need is use, and the budget is spent to the last nano-dollar.
    expect(booked).toBe(budgetOf(hedged).nanos)
    expect(billed).toBe(booked)
    expect(losers).toBe(hedges)
    expect(received).toHaveLength(hedges + 50)
  })
})

test("what hedges that lose cost is missing at the end, and no more than the budget is spent", async () => {
  const outcome = await outcomeOf(alone, hedgedStream, await buyHedged(alone, hedgedStream, hedges))
  const { answered, refused, booked, billed, losers, bookedForLosers } = outcome
  const { need, use } = hedgedStream
  const { nanos } = budgetOf(hedgedStream)
  expect(losers).toBe(hedges)
  expect(bookedForLosers).toBeGreaterThan(0)
  // One after another is paid for until less than a need is left.
  expect(answered).toBe(Math.floor((nanos - bookedForLosers - need) / use) + 1)
  expectRefused(refused)
  expect(booked).toBe(answered * use + bookedForLosers)
  expect(booked).toBeLessThanOrEqual(nanos)
  expect(billed).toBeLessThanOrEqual(nanos)
})

test("a hedge for which there is no money is not made", async () => {
  const [gateway] = alone.gateways
  const seen = await ask(gateway, hedgedBody(lonely, 999, "first=300ms"), keyOf(lonely))
  expect([seen.status, seen.headers.get("x-gateway-attempts")]).toEqual([200, "1"])
  expect(await bookedOf(gateway, lonely, 1)).toMatchObject({ attempts: 1 })
})
