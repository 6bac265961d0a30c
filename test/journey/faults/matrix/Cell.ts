import { expect } from "bun:test"
import type { FailureTag } from "../../../../src/domain/Failure.ts"
import { asObject, type Fields, listOf, objectOf, textOf } from "../../../../src/domain/Fields.ts"
import type { Seen } from "../../stage/Asking.ts"
import type { Manner } from "../../stage/InProcess.ts"
import type { Expected } from "../ProviderFaults.ts"

/** How an answer is asked for: in one piece, as a stream, or as a stream that is held back until it is whole. */
export type Way = "whole" | "stream" | "held"

/** A misbehaviour of a provider. */
export interface Row {
  readonly name: string
  /** The simulated model; options that make its name its own are put behind its first word. */
  readonly model: string
  /** What a caller sees of one attempt when nothing else is tried. */
  readonly alone: (manner: Manner, way: Exclude<Way, "held">) => Expected
  /** Where the provider is, when it is not the simulator. */
  readonly url?: string
  /** More tries that the request asks for. One unless said. */
  readonly retries?: number
  /**
   * Tries that there must be when the first fails before its content, where these are not all that the request asks
   * for.
   */
  readonly tries?: number
  /** It is healthy at its second try. */
  readonly mends?: true
  /** Nothing else is tried, because the time is over. */
  readonly stops?: true
  /** Further fields of the request. */
  readonly asked?: Fields
  /** Further fields of the request's `gateway`. */
  readonly steering?: Fields
  /** The provider's silence, while which a streaming caller gets comments. */
  readonly silent?: true
  readonly manners?: ReadonlyArray<Manner>
  /** `retry-after` of an error that is told at once. */
  readonly retryAfter?: RegExp | null
  /** What an answer of the provider itself must be, where it is not the usual words. */
  readonly answer?: (seen: Seen, stream: boolean) => void
  /** Too much for a small machine to be met several times at once. */
  readonly heavy?: true
}

/** One row, asked of one kind of provider in one way. */
export interface Cell {
  readonly row: Row
  readonly manner: Manner
  readonly way: Way
  readonly fallback: boolean
}

/** What must come of a cell. */
export interface Right {
  /** Whose answer, or the failure. */
  readonly seen: "primary" | "fallback" | Exclude<Expected, "answer" | "filtered">
  readonly filtered: boolean
  /** What each attempt at the primary failed with, but for one that answered. */
  readonly failure: FailureTag | undefined
  readonly primaryTries: number
  readonly fallbackTries: number
}

/** What the same provider may do better at another try. */
const repeated: ReadonlySet<FailureTag> = new Set([
  "RateLimited",
  "Overloaded",
  "ServerFault",
  "Unreachable",
  "Cut",
  "Garbled"
])

/**
 * What another model may do better; a prompt that is wrong, refused or too long for models of unknown size is the
 * caller's own.
 */
const followed: ReadonlySet<FailureTag> = new Set([
  ...repeated,
  "TimedOut",
  "Unauthorized",
  "QuotaExhausted",
  "NoSuchModel"
])

/** As the README's table of failures has it. */
const statuses: Readonly<Partial<Record<FailureTag, number>>> = {
  RateLimited: 429,
  Overloaded: 503,
  ServerFault: 502,
  Unreachable: 502,
  TimedOut: 504,
  Cut: 502,
  Garbled: 502,
  ContextTooLong: 400,
  ContentRefused: 400,
  Unauthorized: 502,
  QuotaExhausted: 502,
  InvalidRequest: 400,
  NoSuchModel: 404
}

/** What the page of faults demands of a cell. */
export const rightFor = ({ row, manner, way, fallback }: Cell): Right => {
  const alone = row.alone(manner, way === "whole" ? "whole" : "stream")
  if (alone === "answer" || alone === "filtered") {
    const filtered = alone === "filtered"
    return { seen: "primary", filtered, failure: undefined, primaryTries: 1, fallbackTries: 0 }
  }
  const [failure, where] = alone
  const base = { filtered: false, failure }
  if (way === "stream" && typeof where === "object" && where.said !== "") {
    return { ...base, seen: alone, primaryTries: 1, fallbackTries: 0 }
  }
  if (row.mends === true) return { ...base, seen: "primary", primaryTries: 2, fallbackTries: 0 }
  const primaryTries = row.tries ?? (repeated.has(failure) ? 1 + (row.retries ?? 1) : 1)
  if (fallback && row.stops !== true && followed.has(failure))
    return { ...base, seen: "fallback", primaryTries, fallbackTries: 1 }
  const status = statuses[failure] ?? 0
  // A stream may have got its headers meanwhile, to be kept alive.
  const seen = way === "whole" ? ([failure, status] as const) : ([failure, { said: "", or: status }] as const)
  return { ...base, seen, primaryTries, fallbackTries: 0 }
}

/** An attempt as a caller is told of it. */
export interface ToldAttempt {
  readonly target: string
  readonly failure: string | undefined
}

const attemptOf = (value: unknown): ToldAttempt => {
  const fields = objectOf(value)
  const failure = textOf(asObject(fields["failure"])?.["class"] ?? fields["class"])
  return { target: textOf(fields["target"]), failure: failure === "" ? undefined : failure }
}

/** The attempts in an error, or in an answer that was asked to tell them. */
export const attemptsIn = (seen: Seen): ReadonlyArray<ToldAttempt> | undefined => {
  const told = seen.error ?? objectOf(seen.chunks.findLast((chunk) => chunk["gateway"] !== undefined)?.["gateway"])
  const attempts = told["attempts"]
  return attempts === undefined ? undefined : listOf(attempts).map(attemptOf)
}

/** Throws unless no key of a provider, no address and no text of the system's is in an answer. */
export const expectNoSecret = (seen: Seen, secrets: ReadonlyArray<string>): void => {
  const headers = JSON.stringify([...seen.headers])
  for (const secret of [...secrets, "127.0.0.1", "no-such-host"]) {
    expect(seen.text.includes(secret)).toBe(false)
    expect(headers.includes(secret)).toBe(false)
  }
}
