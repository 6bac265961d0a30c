import type { Range, Right } from "./Scenarios.ts"

/**
 * `pass`: exactly what is right. `partial`: the answer, but with too many tries, too late, or not as the trail tells
 * it. `safe`: no answer, but a clean error within the time. `fail`: anything else, above all whatever is false: half an
 * answer as a whole one, a wrong model, no end.
 */
export type Verdict = "pass" | "partial" | "safe" | "fail"

/** A verdict with the reasons for which it is no pass. */
export interface Score {
  readonly verdict: Verdict
  readonly notes: ReadonlyArray<string>
}

/** An attempt as the gateway tells it; `sentMs` since the request came, where it tells times. */
export interface ToldAttempt {
  readonly target: string
  readonly sentMs: number | undefined
}

/** What the caller got. Times are milliseconds since it asked. */
export interface Told {
  /** What went wrong below the answer: no end within the time, a broken connection, an event that is not JSON. */
  readonly trouble: string | undefined
  readonly status: number
  readonly streamed: boolean
  readonly text: string
  readonly model: string | undefined
  readonly finish: string | undefined
  readonly tokens: Tokens | undefined
  readonly done: boolean
  readonly error: ToldError | undefined
  /** From the trail, or from the error. */
  readonly attempts: ReadonlyArray<ToldAttempt> | undefined
  /** `x-gateway-attempts`. */
  readonly counted: number | undefined
  readonly firstContentMs: number | undefined
  readonly endedMs: number
  /** The same bytes as the official SDK reads them. */
  readonly sdk: { readonly text: string; readonly finish: string | undefined; readonly raised: boolean }
}

/** Usage as OpenAI names it. */
export interface Tokens {
  readonly input: number
  readonly output: number
}

/** An error as the caller reads it. */
export interface ToldError {
  readonly class: string
  readonly message: string
  /** The fields that every error must have and this one lacks. */
  readonly missing: ReadonlyArray<string>
}

/** A place that can answer, and what its answer is when it is whole. */
export interface Place {
  /** The id that an answer must name, and that targets begin with. */
  readonly id: string
  readonly text: string
  readonly tokens: Tokens
}

/** The two places of a case. */
export interface Places {
  readonly primary: Place
  readonly fallback: Place
}

/** A request in the provider's log. Unix milliseconds. */
export interface Try {
  readonly place: keyof Places
  readonly at: number
  readonly ended: boolean
  /** The conversation ends with the assistant's half answer. */
  readonly prefilled: boolean
}

/** What a broken event may take with it. */
const without = (text: string, word: number | undefined): string | undefined =>
  word === undefined ? undefined : text.split(" ").toSpliced(word, 1).join(" ")

/** The notes on those claims that are true. */
export const finds = (claims: ReadonlyArray<readonly [wrong: boolean, note: string]>): ReadonlyArray<string> =>
  claims.filter(([wrong]) => wrong).map(([, note]) => note)

/** Whose answer it says it is. */
export const answererOf = (told: Told, places: Places): keyof Places | undefined =>
  told.model === places.primary.id ? "primary" : told.model === places.fallback.id ? "fallback" : undefined

/** What is false in an answer. */
const falseInAnswer = (told: Told, right: Right, places: Places): ReadonlyArray<string> => {
  const answerer = answererOf(told, places)
  if (answerer === undefined) return [`the answer names ${told.model ?? "no model"}`]
  const { text, tokens } = places[answerer]
  const spared = answerer === "primary" ? without(text, right.mayMissWord) : undefined
  const isWhole = told.text === text || told.text === spared
  return finds([
    [told.status !== 200, `an answer with status ${told.status}`],
    [!isWhole && text.startsWith(told.text), "half an answer is told as a whole one"],
    [!isWhole && !text.startsWith(told.text), "the text is not that of the model"],
    [told.finish !== "stop", `the finish reason is ${told.finish ?? "missing"}`],
    [told.streamed && !told.done, "the stream has no [DONE]"],
    [told.tokens?.input !== tokens.input || told.tokens.output !== tokens.output, "the usage is not the answerer's"],
    [
      told.sdk.raised || told.sdk.text !== told.text || told.sdk.finish !== "stop",
      "the official SDK reads it otherwise"
    ]
  ])
}

/** What is false, unclean or late in an error. */
const falseInError = (told: Told, problem: ToldError, right: Right, places: Places): ReadonlyArray<string> => {
  const isPart = places.primary.text.startsWith(told.text) || places.fallback.text.startsWith(told.text)
  return finds([
    [!told.streamed && told.status < 400, `an error with status ${told.status}`],
    [told.done || told.finish !== undefined, "an error with the end of a whole answer"],
    [!isPart, "the text before the error is not that of the model"],
    [problem.message === "" || problem.missing.length > 0, `the error lacks ${problem.missing.join(", ") || "words"}`],
    [!right.error.classes.some((name) => name === problem.class), `the error is ${problem.class}`],
    [!told.sdk.raised, "the official SDK raises nothing"],
    [told.endedMs > right.endsWithinMs, `the error came after ${seconds(told.endedMs)}`]
  ])
}

/** Milliseconds as a reader likes them. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const within = (value: number, [least, most]: Range): boolean => value >= least && value <= most

const gaps = (times: ReadonlyArray<number>): ReadonlyArray<number> =>
  times.slice(1).map((time, at) => time - (times[at] ?? time))

/** Most times that lie within three seconds of each other. */
const mostInThreeSeconds = (times: ReadonlyArray<number>): number =>
  Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time < from + 3000).length))

/** How far the provider's and the gateway's clocks of one attempt may differ: both run on one busy machine. */
const clockSlackMs = 300

/** Whether the gateway tells exactly the attempts that the provider saw. */
const trailNotes = (told: Told, tries: ReadonlyArray<Try>, places: Places): ReadonlyArray<string> => {
  if (told.attempts === undefined) return ["no trail"]
  const inLog = tries.map(({ place }) => place)
  const inTrail = told.attempts.map(({ target }) =>
    target.startsWith(places.primary.id) ? "primary" : target.startsWith(places.fallback.id) ? "fallback" : target
  )
  if (inLog.join() !== inTrail.join()) {
    return [`the trail tells ${inTrail.join(", ") || "nothing"}; the provider saw ${inLog.join(", ") || "nothing"}`]
  }
  if (told.counted !== undefined && told.counted !== inLog.length) return [`x-gateway-attempts is ${told.counted}`]
  const sent = told.attempts.flatMap(({ sentMs }) => sentMs ?? [])
  if (sent.length < tries.length) return []
  const seen = gaps(tries.map(({ at }) => at))
  const isOff = gaps(sent).some((gap, at) => Math.abs(gap - (seen[at] ?? gap)) > clockSlackMs)
  return isOff ? ["the times of the trail are not those that the provider saw"] : []
}

/** The side conditions that were missed: tries, times, the trail. */
const missed = (told: Told, right: Right, tries: ReadonlyArray<Try>, places: Places): ReadonlyArray<string> => {
  const atPrimary = tries.filter(({ place }) => place === "primary")
  const atFallback = tries.length - atPrimary.length
  const times = atPrimary.map(({ at }) => at)
  const { gapMs, firstContentWithinMs, triesInThreeSeconds } = right
  const badGap = gapMs === undefined ? undefined : gaps(times).find((gap) => !within(gap, gapMs))
  const first = told.firstContentMs ?? told.endedMs
  return [
    ...finds([
      [!within(atPrimary.length, right.primaryTries), `tries at the primary: ${atPrimary.length}`],
      [!within(atFallback, right.fallbackTries), `tries at the fallback: ${atFallback}`],
      [badGap !== undefined, `${seconds(badGap ?? 0)} between two tries at the primary`],
      [mostInThreeSeconds(times) > (triesInThreeSeconds ?? Infinity), "too many tries in three seconds"],
      [first > (firstContentWithinMs ?? Infinity), `the first content came after ${seconds(first)}`],
      [told.endedMs > right.endsWithinMs, `the end came after ${seconds(told.endedMs)}`],
      [tries.some(({ ended }) => !ended), "a connection to the provider was left open"],
      [tries.some(({ prefilled }) => prefilled), "the fallback was sent half an answer to continue"]
    ]),
    ...trailNotes(told, tries, places)
  ]
}

/** What no caller may be told, whatever else is right; empty for an honest answer or error. */
export const falsehoods = (told: Told, right: Right, places: Places): ReadonlyArray<string> => {
  if (told.trouble !== undefined) return [told.trouble]
  if (told.error === undefined) return falseInAnswer(told, right, places)
  return falseInError(told, told.error, right, places)
}

/** The verdict on one case: from what the caller got and from what the provider saw (in the order of coming). */
export const score = (told: Told, tries: ReadonlyArray<Try>, right: Right, places: Places): Score => {
  const wrong = falsehoods(told, right, places)
  if (wrong.length > 0) return { verdict: "fail", notes: wrong }
  const notes = missed(told, right, tries, places)
  const problem = told.error
  if (problem === undefined) {
    const answerer = answererOf(told, places)
    const isRight = right.from === "either" || right.from === answerer
    const all = isRight ? notes : [`the ${answerer} answered`, ...notes]
    return { verdict: all.length === 0 ? "pass" : "partial", notes: all }
  }
  const { says, status, worth } = right.error
  const all = [
    ...finds([
      [says !== undefined && !says.test(problem.message), "the provider's words do not reach the caller"],
      [status !== undefined && told.status !== status, `the status is ${told.status}`]
    ]),
    ...notes
  ]
  if (worth === "pass" && all.length === 0) return { verdict: "pass", notes: [] }
  return { verdict: "safe", notes: [`a clean ${problem.class}`, ...all] }
}

const order: ReadonlyArray<Verdict> = ["pass", "partial", "safe", "fail"]

/** The worst of several verdicts. */
export const worst = (verdicts: ReadonlyArray<Verdict>): Verdict =>
  verdicts.reduce((one, other) => (order.indexOf(other) > order.indexOf(one) ? other : one), "pass")
