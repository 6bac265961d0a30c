import { describe, expect, test } from "bun:test"
import {
  Cut,
  type Failure,
  failureKinds,
  Overloaded,
  RateLimited,
  ServerFault,
  TimedOut,
  Unauthorized
} from "../../../src/domain/Failure.ts"
import { type BreakerScope, type Verdict, verdictsOf } from "../../../src/routing/health/Breaker.ts"

import { failures } from "../EveryFailure.ts"

describe("what a failure says of an address, a key and a model", () => {
  const scopes: ReadonlyArray<BreakerScope> = ["host", "key", "key-and-model"]
  const words = (status: number) => ({ words: { provider: "p", status } })

  test("is bad news where `GET /v1/errors` says so, and nowhere else", () => {
    for (const each of failures) {
      const verdicts = verdictsOf(each, true)
      const bad = scopes.filter((scope) => ["Failure", "Shut"].includes(verdicts[scope]._tag))
      const { breaker } = failureKinds[each._tag]
      expect([each._tag, bad]).toEqual([each._tag, breaker === "none" ? [] : [breaker]])
      expect(Object.values(verdicts).filter(({ _tag }) => _tag === "Success")).toEqual([])
    }
  })

  const message = ""
  const table: ReadonlyArray<readonly [string, Failure, readonly [host: string, key: string, model: string]]> = [
    [
      "a 503 comes from a host that is there, by a key that is good",
      new Overloaded({ message, ...words(503) }),
      ["Success", "Success", "Failure"]
    ],
    [
      "a 503 with a time shuts",
      new Overloaded({ message, retryAfterMs: 5, ...words(503) }),
      ["Success", "Success", "Shut 5"]
    ],
    ["a 429 without a time counts", new RateLimited({ message, ...words(429) }), ["Success", "Success", "Failure"]],
    [
      "a 429 with a time shuts",
      new RateLimited({ message, retryAfterMs: 2_000, ...words(429) }),
      ["Success", "Success", "Shut 2000"]
    ],
    ["a 429 with a time of 0 counts", new RateLimited({ message, retryAfterMs: 0 }), ["Neutral", "Neutral", "Failure"]],
    [
      "an absurd time shuts for ten minutes",
      new RateLimited({ message, retryAfterMs: 1e12 }),
      ["Neutral", "Neutral", "Shut 600000"]
    ],
    [
      "a 401 shuts the key for a minute",
      new Unauthorized({ message, ...words(401) }),
      ["Success", "Shut 60000", "Neutral"]
    ],
    [
      "a 403 may be about the model",
      new Unauthorized({ message, ...words(403) }),
      ["Success", "Neutral", "Shut 60000"]
    ],
    [
      "a cut says nothing of the host",
      new Cut({ message, words: { provider: "p", requestId: "r" } }),
      ["Neutral", "Neutral", "Failure"]
    ],
    [
      "a 400 for what the model wrote is the prompt's doing",
      new ServerFault({ message, ...words(400) }),
      ["Neutral", "Neutral", "Neutral"]
    ],
    ["a redirect is a fault", new ServerFault({ message, ...words(302) }), ["Success", "Success", "Failure"]],
    [
      "no connection in time is the host's fault",
      new TimedOut({ message, stage: "connect" }),
      ["Failure", "Neutral", "Neutral"]
    ],
    ["silence is the model's", new TimedOut({ message, stage: "idle" }), ["Neutral", "Neutral", "Failure"]]
  ]
  const shown = (verdict: Verdict): string => (verdict._tag === "Shut" ? `Shut ${verdict.forMs}` : verdict._tag)
  for (const [what, each, expected] of table) {
    test(what, () => expect(scopes.map((scope) => shown(verdictsOf(each, true)[scope]))).toEqual([...expected]))
  }

  test("is nothing after a caller's own tight limit, unless the provider itself gave up", () => {
    const says = (each: Failure) => scopes.map((scope) => verdictsOf(each, false)[scope]._tag)
    for (const stage of ["connect", "headers", "first_content", "idle", "total", "deadline"] as const) {
      expect(says(new TimedOut({ message, stage }))).toEqual(["Neutral", "Neutral", "Neutral"])
    }
    expect(says(new TimedOut({ message, stage: "headers", ...words(504) }))).toEqual(["Success", "Success", "Failure"])
  })
})
