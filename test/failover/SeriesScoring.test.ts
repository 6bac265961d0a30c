import { expect, test } from "bun:test"
import type { Series } from "./Scenarios.ts"
import type { Places, Told, Try } from "./Scoring.ts"
import { scoreSeries, type Turn } from "./SeriesScoring.ts"

const places: Places = {
  primary: { id: "one/model", text: "One", tokens: { input: 1, output: 1 } },
  fallback: { id: "two/model", text: "Two", tokens: { input: 2, output: 1 } }
}

/** Down for ten seconds, asked each second. */
const series: Series = {
  kind: "series",
  id: "15",
  title: "down",
  primary: "",
  everyMs: 1000,
  downMs: 10_000,
  backWithinMs: 3000,
  triesWhileDown: 4,
  endsWithinMs: 500
}

const turn = (place: keyof Places, askedAt: number, change: Partial<Told> = {}): Turn => ({
  askedAt,
  told: {
    trouble: undefined,
    status: 200,
    streamed: false,
    text: places[place].text,
    model: places[place].id,
    finish: "stop",
    tokens: places[place].tokens,
    done: false,
    error: undefined,
    attempts: [{ target: places[place].id, sentMs: 1 }],
    counted: 1,
    firstContentMs: undefined,
    endedMs: 20,
    sdk: { text: places[place].text, finish: "stop", raised: false },
    ...change
  }
})

const error: Partial<Told> = {
  status: 503,
  text: "",
  finish: undefined,
  error: { class: "Overloaded", message: "No room.", missing: [] },
  sdk: { text: "", finish: undefined, raised: true }
}

const tryOf = ({ askedAt, told }: Turn): Try => ({
  place: told.model === places.primary.id ? "primary" : "fallback",
  at: askedAt + 5,
  ended: true,
  prefilled: false
})

/** The first turn finds the primary down, and eleven seconds later it is up. */
const start = turn("fallback", 0, {
  attempts: [
    { target: "one/model", sentMs: 1 },
    { target: "two/model", sentMs: 2 }
  ]
})
const during = [3000, 6000, 9000].map((at) => turn("fallback", at))
const back = turn("primary", 11_000)

const triesAt = (...times: ReadonlyArray<number>): ReadonlyArray<Try> =>
  times.map((at) => ({ place: "primary", at, ended: true, prefilled: false }))

const verdictOf = (turns: ReadonlyArray<Turn>, tries: ReadonlyArray<Try>) => {
  const { verdict, notes } = scoreSeries(turns, tries, series, places)
  return `${verdict}: ${notes.join("; ")}`
}

const usual = [...triesAt(1), ...[start, ...during, back].map(tryOf)]

test.each<[string, ReadonlyArray<Turn>, ReadonlyArray<Try>, string]>([
  ["every request answered", [start, ...during, back], usual, "pass: "],
  [
    "one not answered",
    [start, ...during, turn("fallback", 9500, { ...error, attempts: [] }), back],
    usual,
    "safe: requests that got a clean error: 1"
  ],
  [
    "half an answer",
    [start, turn("fallback", 3000, { text: "T" }), back],
    usual,
    "fail: half an answer is told as a whole one; the official SDK reads it otherwise"
  ],
  ["no end", [start, turn("fallback", 3000, { trouble: "no end within 9 s" }), back], usual, "fail: no end within 9 s"],
  [
    "a slow answer",
    [start, ...during.slice(1), turn("fallback", 9500, { endedMs: 600 }), back],
    usual,
    "partial: an answer took 0.6 s"
  ],
  ["never back", [start, ...during], usual.slice(0, -1), "partial: the primary did not come back"],
  [
    "back late",
    [start, ...during, turn("primary", 14_000)],
    [...usual.slice(0, -1), ...triesAt(14_005)],
    "partial: the primary answered 4.0 s after its recovery"
  ],
  [
    "a trail that keeps something to itself",
    [start, ...during, back],
    [...usual, ...triesAt(11_500)],
    "partial: the trails tell 6 tries; the provider saw 7"
  ]
])("%s", (_, turns, tries, expected) => {
  expect(verdictOf(turns, tries)).toBe(expected)
})

test("more tries than few while it was down", () => {
  const many = triesAt(1, 2, 3, 4, 5)
  const attempts = many.map(() => ({ target: "one/model", sentMs: 1 }))
  const busy = turn("fallback", 0, { attempts: [...attempts, { target: "two/model", sentMs: 2 }] })
  expect(verdictOf([busy, ...during, back], [...many, ...[busy, ...during, back].map(tryOf)])).toBe(
    "partial: tries at the primary while it was down: 5"
  )
})
