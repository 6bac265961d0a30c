import { expect, test } from "bun:test"
import { RetryBudget } from "../../../src/routing/health/RetryBudget.ts"
import { randomFrom } from "../Seeded.ts"

/** Takes as many retries as there are, at most 1000. */
const takeAll = (budget: RetryBudget, provider: string, now: number): number => {
  let taken = 0
  while (taken < 1_000 && budget.take(provider, now)) taken++
  return taken
}

const after = (requests: number, now: number): RetryBudget => {
  const budget = new RetryBudget()
  for (let count = 0; count < requests; count++) budget.request("p", now)
  return budget
}

for (const [requests, retries] of [
  [0, 10],
  [1, 10],
  [50, 10],
  [55, 11],
  [59, 11],
  [100, 20],
  [1_000, 200]
] as const) {
  test(`${requests} requests allow ${retries} retries`, () => {
    expect(takeAll(after(requests, 1_000), "p", 1_000)).toBe(retries)
  })
}

test("looking takes nothing", () => {
  const budget = after(0, 0)
  for (let count = 0; count < 100; count++) expect(budget.hasRoom("p", 0)).toBe(true)
  expect(takeAll(budget, "p", 0)).toBe(10)
  expect(budget.hasRoom("p", 0)).toBe(false)
})

test("each provider has its own", () => {
  const budget = after(0, 0)
  takeAll(budget, "p", 0)
  expect([budget.hasRoom("p", 0), takeAll(budget, "q", 0)]).toEqual([false, 10])
})

test("retries come back after a minute and a little, requests stop counting before", () => {
  const budget = after(100, 2_000)
  expect(takeAll(budget, "p", 2_000)).toBe(20)
  expect(budget.hasRoom("p", 61_999)).toBe(false)
  expect(takeAll(budget, "p", 67_001)).toBe(10)
  expect(takeAll(after(100, 2_000), "p", 54_000)).toBe(20)
  expect(takeAll(after(100, 2_000), "p", 62_001)).toBe(10)
})

test("in no minute are there more retries than ten or a fifth of its requests", () => {
  for (let seed = 0; seed < 30; seed++) {
    const random = randomFrom(seed)
    const budget = new RetryBudget()
    const requests: Array<number> = []
    const retries: Array<number> = []
    let now = random() * 1e6
    let refused = 0
    for (let event = 0; event < 2_000; event++) {
      const pace = random() < 0.01 ? 40_000 : 100 * (1 + seed)
      now += random() * pace
      if (random() < 0.6) {
        budget.request("p", now)
        requests.push(now)
        continue
      }
      if (!budget.take("p", now)) {
        refused++
        continue
      }
      retries.push(now)
      const since = now - 60_000
      const recent = retries.filter((time) => time > since).length
      expect(recent).toBeLessThanOrEqual(Math.max(10, requests.filter((time) => time > since).length / 5))
    }
    expect(retries.length).toBeGreaterThan(10)
    if (seed < 10) expect(refused).toBeGreaterThan(0)
  }
})

test("a thousand providers are told apart, and then the oldest goes", () => {
  const budget = new RetryBudget()
  for (let provider = 0; provider < 1_000; provider++) takeAll(budget, `p${provider}`, 0)
  expect([budget.hasRoom("p0", 0), budget.hasRoom("p999", 0)]).toEqual([false, false])
  budget.request("one more", 0)
  expect([budget.hasRoom("p0", 0), budget.hasRoom("p1", 0)]).toEqual([true, false])
})
