import type { Right, Series } from "./Scenarios.ts"
import { answererOf, falsehoods, finds, type Places, type Score, seconds, type Told, type Try } from "./Scoring.ts"

/** One answer of a series; asked at Unix milliseconds. */
export interface Turn {
  readonly askedAt: number
  readonly told: Told
}

/** The verdict on a primary that is down for a while: every request answered, few tries meanwhile, and back soon. */
export const scoreSeries = (
  turns: ReadonlyArray<Turn>,
  tries: ReadonlyArray<Try>,
  series: Series,
  places: Places
): Score => {
  const right: Right = {
    from: "either",
    error: { classes: ["Overloaded", "Unavailable"], worth: "safe" },
    primaryTries: [0, 3],
    fallbackTries: [0, 1],
    endsWithinMs: series.endsWithinMs
  }
  const wrong = turns.flatMap(({ told }) => falsehoods(told, right, places))
  if (wrong.length > 0) return { verdict: "fail", notes: [...new Set(wrong)] }
  const notes = missed(turns, tries, series, places)
  const unanswered = turns.filter(({ told }) => told.error !== undefined).length
  if (unanswered > 0) return { verdict: "safe", notes: [`requests that got a clean error: ${unanswered}`, ...notes] }
  return { verdict: notes.length === 0 ? "pass" : "partial", notes }
}

const missed = (
  turns: ReadonlyArray<Turn>,
  tries: ReadonlyArray<Try>,
  series: Series,
  places: Places
): ReadonlyArray<string> => {
  // The simulator counts from the first request on.
  const upAt = (tries[0]?.at ?? 0) + series.downMs
  const backMs = backAfter(turns, upAt, places)
  const whileDown = tries.filter(({ place, at }) => place === "primary" && at < upAt).length
  const inTrails = turns.reduce((sum, { told }) => sum + (told.attempts?.length ?? 0), 0)
  const slowest = Math.max(...turns.map(({ told }) => told.endedMs))
  return finds([
    [whileDown > series.triesWhileDown, `tries at the primary while it was down: ${whileDown}`],
    [backMs === undefined, "the primary did not come back"],
    [(backMs ?? 0) > series.backWithinMs, `the primary answered ${seconds(backMs ?? 0)} after its recovery`],
    [slowest > series.endsWithinMs, `an answer took ${seconds(slowest)}`],
    [inTrails !== tries.length, `the trails tell ${inTrails} tries; the provider saw ${tries.length}`],
    [tries.some(({ ended }) => !ended), "a connection to the provider was left open"],
    [tries.some(({ prefilled }) => prefilled), "the fallback was sent half an answer to continue"]
  ])
}

/** How long after its recovery the primary first answered; nothing if it never did. */
const backAfter = (turns: ReadonlyArray<Turn>, upAt: number, places: Places): number | undefined => {
  const back = turns.find(
    ({ told, askedAt }) => askedAt + told.endedMs >= upAt && answererOf(told, places) === "primary"
  )
  return back === undefined ? undefined : Math.max(0, back.askedAt - upAt)
}
