import { expect } from "bun:test"
import type { FailureTag } from "../../../src/domain/Failure.ts"
import type { Seen } from "../stage/Asking.ts"

/** What a healthy provider answers when it is asked for eight words. */
export const words = "The quick brown fox naïvely jumps over a"

/**
 * What a caller should see: the answer; an answer that a filter ended; a failure with its status before the headers; or
 * a failure after `said`.
 */
export type Expected =
  | "answer"
  | "filtered"
  | readonly [failure: FailureTag, status: number]
  | readonly [failure: FailureTag, after: After]

/** What was said before a failure after the headers. */
export interface After {
  readonly said: string
  /** The status when it comes sooner than the early headers of a stream. */
  readonly or?: number
}

/**
 * A misbehaviour of a provider, as an option of its simulated model, and what a caller sees when nothing else is tried.
 */
export interface Fault {
  readonly name: string
  readonly whole: Expected
  readonly stream: Expected
  /** Too much for a small machine to be met eight times at once. */
  readonly heavy?: true
  /** Providers for which it differs, or means nothing. */
  readonly but?: Readonly<Partial<Record<string, { readonly whole?: Expected; readonly stream?: Expected }>>>
}

const both = (name: string, expected: Expected): Fault => ({ name, whole: expected, stream: expected })
const answered = (name: string): Fault => both(name, "answer")
const three = { said: "The quick brown" }
const none = { said: "" }

/** Every misbehaviour of one answer, tried once. */
export const faults: ReadonlyArray<Fault> = [
  answered("pace=0ms"),
  both("status=429", ["RateLimited", 429]),
  both("status=429:retry-after=2", ["RateLimited", 429]),
  both("status=500", ["ServerFault", 502]),
  both("status=502", ["ServerFault", 502]),
  both("status=503", ["Overloaded", 503]),
  both("status=504", ["TimedOut", 504]),
  both("status=529", ["Overloaded", 503]),
  both("status=401", ["Unauthorized", 502]),
  both("status=403", ["Unauthorized", 502]),
  both("status=404", ["NoSuchModel", 404]),
  both("status=400", ["InvalidRequest", 400]),
  both("code=insufficient_quota", ["QuotaExhausted", 502]),
  both("code=context_length_exceeded", ["ContextTooLong", 400]),
  // Gemini has no error for it: an answer without text, ended by the filter.
  {
    ...both("code=content_policy", ["ContentRefused", 400]),
    but: { google: { whole: "filtered", stream: "filtered" } }
  },
  both("html", ["ServerFault", 502]),
  both("html:status=503", ["Overloaded", 503]),
  both("empty-body", ["Garbled", 502]),
  both("empty-body:status=500", ["ServerFault", 502]),
  both("bare:status=400", ["InvalidRequest", 400]),
  answered("wrong-type"),
  both("reset", ["Unreachable", 502]),
  { name: "hang", whole: ["TimedOut", 504], stream: ["TimedOut", none] },
  { name: "silent-after=3", whole: ["TimedOut", 504], stream: ["TimedOut", three] },
  { name: "cut=3", whole: ["Cut", 502], stream: ["Cut", three] },
  { name: "rst=3", whole: ["Cut", 502], stream: ["Cut", three] },
  { name: "cut=0", whole: ["Unreachable", 502], stream: ["Cut", 502] },
  { name: "truncate", whole: ["Garbled", 502], stream: ["Cut", { said: "The quick" }] },
  { name: "short-length", whole: ["Garbled", 502], stream: ["Cut", { said: "The quick" }] },
  { name: "broken-json", whole: ["Garbled", 502], stream: ["Garbled", 502] },
  { name: "garbled=6", whole: ["Garbled", 502], stream: ["Garbled", { said: "The" }] },
  both("error-event", ["Overloaded", 503]),
  { name: "error-event=3", whole: ["Overloaded", 503], stream: ["Overloaded", three] },
  { name: "role-only=800ms", whole: ["Overloaded", 503], stream: ["Overloaded", none] },
  { ...answered("no-done"), but: { anthropic: { stream: ["Cut", { said: words }] } } },
  {
    name: "no-finish",
    whole: "answer",
    stream: ["Cut", { said: words }],
    but: { google: { whole: ["Cut", 502] } }
  },
  answered("double-finish"),
  answered("usage-in-extra-chunk"),
  answered("usage-with-finish"),
  answered("no-usage"),
  {
    ...answered("empty-choices"),
    but: { openai: { whole: ["Cut", 502] }, google: { whole: ["Cut", 502] }, baseten: { whole: ["Cut", 502] } }
  },
  // The role comes alone, and the words each by itself.
  answered("first=20ms"),
  answered("first=20ms:pace=4ms"),
  answered("one-byte"),
  answered("split-utf8"),
  answered("crlf"),
  answered("gzip"),
  answered("br"),
  answered("zstd"),
  { name: "gzip-bomb", heavy: true, whole: ["Garbled", 502], stream: ["Garbled", { ...none, or: 502 }] },
  { name: "giant=24000000", heavy: true, whole: "answer", stream: ["Garbled", { ...none, or: 502 }] }
]

/** Throws unless it is the answer as a healthy provider gives it. */
export const expectAnswer = (seen: Seen, stream: boolean): void => {
  expect(seen.error).toBeUndefined()
  expect([seen.status, seen.finish, seen.done]).toEqual([200, "stop", stream])
  expect(seen.content.replace(/^x+/, "")).toBe(words)
}

/** Throws unless it is an answer that a content filter ended. */
export const expectFiltered = (seen: Seen, stream: boolean): void => {
  const { status, finish, done, content, error } = seen
  expect([status, finish, done, content, error]).toEqual([200, "content_filter", stream, "", undefined])
}

/** Throws unless it is that failure in the one form that callers know, in its place. */
export const expectFailure = (seen: Seen, [failure, where]: Exclude<Expected, string>): void => {
  expect(seen.error).toMatchObject({
    class: failure,
    message: expect.stringMatching(/\S/),
    type: expect.stringMatching(/^[a-z_]+$/),
    code: expect.stringMatching(/^[a-z_]+$/),
    request_id: seen.headers.get("x-request-id")
  })
  expect(seen.error).toHaveProperty("param")
  expect([seen.done, seen.finish]).toEqual([false, undefined])
  if (typeof where === "number" || seen.status === where.or) {
    expect(seen.status).toBe(typeof where === "number" ? where : seen.status)
    expect(seen.headers.get("content-type")).toBe("application/json")
    return
  }
  // The class of a failure after the headers is the same, and the headers were those of a stream.
  expect([seen.status, seen.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"])
  expect(words.startsWith(seen.content)).toBe(true)
  expect(seen.content.startsWith(where.said)).toBe(true)
}
