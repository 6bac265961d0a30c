import type { FailureTag } from "../../src/domain/Failure.ts"
import type { Fields } from "../../src/domain/Fields.ts"

/**
 * How an answer is asked for: in one piece, as a stream that is held back until it is whole, or as a stream with the
 * usual `mid_stream`.
 */
export type Way = "whole" | "held" | "streamed"

/** Least and most. */
export type Range = readonly [least: number, most: number]

/** A clean error that may stand where an answer could not be had, and what it is worth. */
export interface RightError {
  readonly classes: ReadonlyArray<FailureTag>
  readonly worth: "pass" | "safe"
  /** What the provider said and the caller must read. */
  readonly says?: RegExp
  readonly status?: number
}

/** What both sides must see. Times are milliseconds. */
export interface Right {
  /** Whose answer it must be, if there is to be one. */
  readonly from: "primary" | "fallback" | "either" | "nobody"
  readonly error: RightError
  /** Tries that the provider's own log must show. */
  readonly primaryTries: Range
  readonly fallbackTries: Range
  /** Between two tries at the primary. */
  readonly gapMs?: Range
  /** No more tries at the primary than this in any three seconds. */
  readonly triesInThreeSeconds?: number
  /** From the caller's request on. */
  readonly firstContentWithinMs?: number
  readonly endsWithinMs: number
  /** A word of the primary's answer (from 0) that a broken event may take with it. */
  readonly mayMissWord?: number
}

/** One question to one misbehaving primary. */
export interface Case {
  readonly kind: "one"
  /** The number of the scenario, with a letter where it has several cases. */
  readonly id: string
  readonly title: string
  /** The options of the simulated models (`words:count=60` and so on stand before them). */
  readonly primary: string
  readonly fallback?: string
  /** Said under `gateway` in the request, besides what all cases say. */
  readonly gateway?: Fields
  /** How many tokens of context the catalog is told that the models take. */
  readonly contextTokens?: { readonly primary: number; readonly fallback: number }
  /** Another request to the same place, healthy now, must be answered afterwards. */
  readonly healthyAfterwards?: true
  readonly right: (way: Way) => Right
}

/** The same question again and again while the primary is down and comes back. Times are milliseconds. */
export interface Series {
  readonly kind: "series"
  readonly id: string
  readonly title: string
  readonly primary: string
  readonly everyMs: number
  readonly downMs: number
  readonly backWithinMs: number
  /** Most tries at the primary while it is down. */
  readonly triesWhileDown: number
  readonly endsWithinMs: number
}

/** A case or a series of a scenario. */
export type Trial = Case | Series

/** What a caller and a provider must never experience, in the order of the published table. */
export interface Scenario {
  readonly number: number
  readonly title: string
  readonly trials: ReadonlyArray<Trial>
}

/** What a busy machine may add to any time, in milliseconds. */
const slackMs = 1500

/** With `retries: {attempts: 2}`. */
const uptoThree: Range = [1, 3]
const once: Range = [1, 1]
const never: Range = [0, 0]

const anyProviderFault: ReadonlyArray<FailureTag> = [
  "RateLimited",
  "Overloaded",
  "ServerFault",
  "Unreachable",
  "TimedOut",
  "Cut",
  "Garbled"
]

const error = (worth: RightError["worth"], ...classes: ReadonlyArray<FailureTag>): RightError => ({
  worth,
  classes: classes.length === 0 ? anyProviderFault : classes
})

const byPrimary = (tries: number): Right => ({
  from: "primary",
  error: error("safe"),
  primaryTries: [tries, tries],
  fallbackTries: never,
  endsWithinMs: 3000 + slackMs
})

const byFallback = (primaryTries: Range): Right => ({
  from: "fallback",
  error: error("safe"),
  primaryTries,
  fallbackTries: once,
  endsWithinMs: 3000 + slackMs
})

const refused = (refusal: Omit<RightError, "worth">): Right => ({
  from: "nobody",
  error: { ...refusal, worth: "pass" },
  primaryTries: once,
  fallbackTries: never,
  endsWithinMs: slackMs
})

/** A stream that has begun cannot be replaced, so that a clean error is all that is left. */
const broken = (...classes: ReadonlyArray<FailureTag>): Right => ({
  from: "nobody",
  error: error("safe", ...classes),
  primaryTries: once,
  fallbackTries: never,
  endsWithinMs: 3000 + slackMs
})

/** Milliseconds as the simulator's options are written. */
const written = (ms: number): string => `${Math.round(ms)}ms`

/**
 * The sixteen scenarios. `scale` shortens the long times (1 is the real length): what takes a tenth of the time must be
 * noticed in a tenth of it. Seconds of `Retry-After`, which are whole, and the gateway's own back-off stay as they are.
 */
export const scenarios = (scale: number): ReadonlyArray<Scenario> => {
  const limitMs = attemptLimitMs(scale)
  // What is left of a shortened time is little beside what a busy machine adds.
  const lateMs = scale < 1 ? slackMs : 0
  const cut = (way: Way): Right => (way === "streamed" ? broken("Cut") : byFallback(uptoThree))
  const silent = (idleMs: number): Pick<Case, "primary" | "healthyAfterwards" | "right"> => ({
    primary: "silent-after=20:pace=10ms",
    healthyAfterwards: true,
    right: (way) => ({
      ...(way === "streamed" ? broken("TimedOut") : byFallback(once)),
      endsWithinMs: idleMs + slackMs
    })
  })
  const one = (id: string, title: string, rest: Omit<Case, "kind" | "id" | "title">): Case => ({
    kind: "one",
    id,
    title,
    ...rest
  })
  const scenario = (number: number, title: string, ...trials: ReadonlyArray<Trial>): Scenario => ({
    number,
    title,
    trials
  })
  const single = (number: number, title: string, rest: Omit<Case, "kind" | "id" | "title">): Scenario =>
    scenario(number, title, one(String(number), title, rest))

  return [
    scenario(
      1,
      "429 with Retry-After: 2 once, then healthy",
      one("1a", "there is time to wait", {
        primary: "status=429:retry-after=2:times=1",
        right: () => ({ ...byPrimary(2), gapMs: [1800, 2000 + slackMs] })
      }),
      one("1b", "the deadline comes before", {
        primary: "status=429:retry-after=2:times=1",
        gateway: { deadline_ms: 1800 },
        right: () => ({ ...byFallback(once), firstContentWithinMs: 1500 })
      })
    ),
    single(2, "429 without Retry-After, always", {
      primary: "status=429",
      // The back-off is half a second and then one, of which jitter takes up to a half.
      right: () => ({ ...byFallback(uptoThree), gapMs: [200, 1000 + slackMs], triesInThreeSeconds: 4 })
    }),
    single(3, "500 once, then healthy", { primary: "status=500:times=1", right: () => byPrimary(2) }),
    single(4, "503 always", { primary: "status=503", right: () => byFallback(uptoThree) }),
    single(5, "TCP reset before the headers, once", {
      primary: "reset:times=1",
      right: () => ({ ...byFallback(uptoThree), from: "either", fallbackTries: [0, 1] })
    }),
    single(6, "accepts and never answers", {
      primary: "hang",
      right: () => ({ ...byFallback(once), endsWithinMs: limitMs + slackMs })
    }),
    single(7, "headers at once, first token after 20 s", {
      primary: `first=${written(20_000 * scale)}`,
      gateway: { latency_threshold_ms: 10_000 * scale },
      right: () => ({
        ...byFallback(once),
        firstContentWithinMs: 15_000 * scale + lateMs,
        endsWithinMs: 15_000 * scale + slackMs
      })
    }),
    single(8, "stream cut after 40 of 60 tokens", { primary: "cut=40:pace=10ms", right: cut }),
    scenario(
      9,
      "stream silent after 20 tokens for 30 s",
      one("9a", "all limits are 30 s", silent(limitMs)),
      // Far below the limit of the headers, which must not be the one that is waited for.
      one("9b", "the idle limit is 10 s", {
        ...silent(10_000 * scale),
        gateway: { timeout_ms: { idle: 10_000 * scale } }
      })
    ),
    single(10, "the tenth event is invalid JSON, the rest is fine", {
      primary: "garbled=10:pace=10ms",
      healthyAfterwards: true,
      right: (way) =>
        way === "streamed"
          ? { ...broken(), from: "primary", error: error("pass", "Garbled"), mayMissWord: 8 }
          : byFallback(uptoThree)
    }),
    scenario(
      11,
      "complete stream without [DONE]",
      one("11a", "and the connection is closed", { primary: "no-done:pace=5ms", right: () => byPrimary(1) }),
      one("11b", "and the connection stays open", { primary: "no-done:open-end:pace=5ms", right: () => byPrimary(1) })
    ),
    scenario(
      12,
      "400 context_length_exceeded, always",
      one("12a", "the fallback has more room", {
        primary: "code=context_length_exceeded",
        contextTokens: { primary: 8192, fallback: 131_072 },
        right: () => ({ ...byFallback(once), error: error("safe", "ContextTooLong") })
      }),
      one("12b", "the fallback has no more room", {
        primary: "code=context_length_exceeded",
        contextTokens: { primary: 8192, fallback: 8192 },
        right: () => refused({ classes: ["ContextTooLong"], status: 400, says: /exceeds the context window/ })
      })
    ),
    scenario(
      13,
      "400 content policy, always",
      one("13a", "the policy says nothing of it", {
        primary: "code=content_policy",
        right: () => refused({ classes: ["ContentRefused"], status: 400, says: /rejected as a result of our safety/ })
      }),
      one("13b", "the policy asks for the fallback", {
        primary: "code=content_policy",
        gateway: { on: ["ContentRefused"] },
        right: () => ({ ...byFallback(once), error: error("safe", "ContentRefused") })
      })
    ),
    single(14, "as 8, and the fallback refuses an assistant prefill", {
      primary: "cut=40:pace=10ms",
      fallback: "prefill-refused",
      right: cut
    }),
    scenario(15, "503 for 60 s, then healthy; a request every 4 s", {
      kind: "series",
      id: "15",
      title: "503 for 60 s, then healthy; a request every 4 s",
      primary: `status=503:for=${written(60_000 * scale)}`,
      everyMs: 4000 * scale,
      downMs: 60_000 * scale,
      backWithinMs: backWithinMs(scale),
      // One for each request of that time; without a breaker it would be three.
      triesWhileDown: 15,
      endsWithinMs: 3000 + slackMs
    }),
    single(16, "503 always: whose model and usage", { primary: "status=503", right: () => byFallback(uptoThree) })
  ]
}

/** The limit of every stage of an attempt. */
export const attemptLimitMs = (scale: number): number => 30_000 * scale

/**
 * The gateway's breakers keep their own time, which no scale shortens: a second opening is ten seconds, and a request
 * must come and be answered.
 */
const backWithinMs = (scale: number): number => Math.max(30_000 * scale, 12_000)

/** The ways in which a table asks, by the mode that names it. */
export const ways = { hold: ["whole", "held"], stream: ["streamed"] } as const satisfies Record<
  string,
  ReadonlyArray<Way>
>

/**
 * Which of the two tables: with answers held back until they are whole, or with streams that say what broke them off.
 */
export type Mode = keyof typeof ways
