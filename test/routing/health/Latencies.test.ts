import { expect, test } from "bun:test"
import { Latencies } from "../../../src/routing/health/Latencies.ts"
import { randomFrom } from "../Seeded.ts"

const noted = (times: Iterable<number>): Latencies => {
  const latencies = new Latencies()
  for (const ms of times) latencies.note("p/m", ms)
  return latencies
}

const count = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

for (const [what, times, expected] of [
  ["nothing before the first answer", [], undefined],
  ["nothing after nineteen answers", count(1, 19), undefined],
  ["the slowest but one of twenty", count(1, 20), 19],
  ["95 of 100", count(1, 100), 95],
  ["95 of 100 in any order", count(1, 100).toReversed(), 95],
  ["190 of 200", count(1, 200), 190],
  ["only the last 200", [...count(1, 200).map(() => 1e6), ...count(1, 200)], 190],
  ["the usual of a target with one slow answer in thirty", count(1, 180).map((n) => (n % 30 === 0 ? 9_000 : 80)), 80]
] as const) {
  test(`tells ${what}`, () => expect(noted(times).p95("p/m")).toBe(expected))
}

test("agrees with sorting all, whatever came", () => {
  const random = randomFrom(11)
  const all: Array<number> = []
  const latencies = new Latencies()
  for (let answer = 0; answer < 1_000; answer++) {
    const ms = random() < 0.1 ? random() * 10_000 : random() * 500
    all.push(ms)
    latencies.note("p/m", ms)
    if (answer % 10 !== 9 || answer < 19) continue
    const recent = all.slice(-200).toSorted((one, other) => one - other)
    expect(latencies.p95("p/m")).toBe(recent[Math.ceil(recent.length * 0.95) - 1])
  }
})

test("keeps a figure until ten answers have come since", () => {
  const latencies = noted(count(1, 20).map(() => 5))
  expect(latencies.p95("p/m")).toBe(5)
  for (const answers of count(1, 9)) {
    latencies.note("p/m", 1_000 + answers)
    expect(latencies.p95("p/m")).toBe(5)
  }
  latencies.note("p/m", 1_010)
  expect(latencies.p95("p/m")).toBe(1_009)
})

test("tells targets apart", () => {
  const latencies = noted(count(1, 20))
  expect([latencies.p95("p/m"), latencies.p95("p/n")]).toEqual([19, undefined])
})

test("drops the target that was quiet for longest when there are too many", () => {
  const latencies = noted(count(1, 20))
  for (const target of count(1, 999)) for (const ms of count(1, 20)) latencies.note(`q/${target}`, ms)
  latencies.note("p/m", 1)
  latencies.note("one more", 1)
  expect([latencies.p95("p/m"), latencies.p95("q/1"), latencies.p95("q/2")]).toEqual([19, undefined, 19])
})
