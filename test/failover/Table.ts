import { seconds, type Verdict } from "./Scoring.ts"
import type { Mode } from "./Scenarios.ts"
import type { ScenarioResult, TrialResult } from "./Running.ts"

const headings: Readonly<Record<Mode, string>> = {
  hold: 'Held back until it is whole: whole answers, and streams with mid_stream "hold"; retries {attempts: 2}',
  stream: 'Streams with the usual mid_stream "error"; retries {attempts: 2}'
}

const verdicts: ReadonlyArray<Verdict> = ["pass", "partial", "safe", "fail"]

/** `16 pass, 0 partial, 0 safe, 0 fail`. */
export const summary = (rows: ReadonlyArray<ScenarioResult>): string =>
  verdicts.map((verdict) => `${rows.filter((row) => row.verdict === verdict).length} ${verdict}`).join(", ")

/** A range of what the cases of a row needed: `1`, or `1 to 3`. */
const range = (numbers: ReadonlyArray<number>): string => {
  const least = Math.min(...numbers)
  const most = Math.max(...numbers)
  return least === most ? String(least) : `${least} to ${most}`
}

const columns = (cells: ReadonlyArray<string>): string => {
  const [number = "", title = "", verdict = "", ...rest] = cells
  return [number.padStart(2), title.padEnd(53), verdict.padEnd(7), ...rest.map((cell) => cell.padStart(8))].join("  ")
}

const noteLines = ({ trial, way, score }: TrialResult): ReadonlyArray<string> =>
  score.verdict === "pass" ? [] : [`      ${trial.id}, ${way}: ${score.verdict}: ${score.notes.join("; ")}`]

const rowLines = ({ scenario, verdict, trials }: ScenarioResult): ReadonlyArray<string> => [
  columns([
    String(scenario.number),
    scenario.title,
    verdict,
    range(trials.map(({ primaryTries }) => primaryTries)),
    range(trials.map(({ fallbackTries }) => fallbackTries)),
    seconds(Math.max(...trials.map(({ endedMs }) => endedMs)))
  ]),
  ...trials.flatMap(noteLines)
]

/** The table of a mode, its summary last. */
export const table = (mode: Mode, rows: ReadonlyArray<ScenarioResult>): string =>
  [
    headings[mode],
    columns(["#", "the primary", "verdict", "tries", "fallback", "slowest"]),
    ...rows.flatMap(rowLines),
    summary(rows)
  ].join("\n")

/** The scenarios that no stream survives once its caller reads it: only holding the answer back does. */
const lostInStreams: ReadonlySet<number> = new Set([8, 9, 14])

/** What is promised for a scenario. */
export const promised = (mode: Mode, scenario: number): Verdict =>
  mode === "stream" && lostInStreams.has(scenario) ? "safe" : "pass"

/** Whether all rows are as promised. */
export const isAsPromised = (mode: Mode, rows: ReadonlyArray<ScenarioResult>): boolean =>
  rows.length > 0 && rows.every(({ scenario, verdict }) => verdict === promised(mode, scenario.number))
