import { describe, expect, test } from "bun:test"
import type { Right } from "./Scenarios.ts"
import { type Places, score, type Told, type Try, worst } from "./Scoring.ts"

const places: Places = {
  primary: { id: "one/model", text: "The quick brown fox jumps", tokens: { input: 7, output: 5 } },
  fallback: { id: "two/model", text: "The quick brown", tokens: { input: 8, output: 3 } }
}

const right: Right = {
  from: "fallback",
  error: { classes: ["Cut"], worth: "safe" },
  primaryTries: [1, 3],
  fallbackTries: [1, 1],
  endsWithinMs: 1000
}

const refusal: Right = {
  from: "nobody",
  error: { classes: ["ContentRefused"], worth: "pass", status: 400, says: /safety/ },
  primaryTries: [1, 1],
  fallbackTries: [0, 0],
  endsWithinMs: 1000
}

const tryAt = (place: Try["place"], at: number): Try => ({ place, at, ended: true, prefilled: false })

/** One try at the primary, then the fallback. */
const tries = [tryAt("primary", 5000), tryAt("fallback", 5100)]
const onlyPrimary = [tryAt("primary", 5000)]

/** The fallback's answer, as it should be. */
const answer: Told = {
  trouble: undefined,
  status: 200,
  streamed: true,
  text: "The quick brown",
  model: "two/model",
  finish: "stop",
  tokens: { input: 8, output: 3 },
  done: true,
  error: undefined,
  attempts: [
    { target: "one/model", sentMs: 1 },
    { target: "two/model@eu#a", sentMs: 101 }
  ],
  counted: 2,
  firstContentMs: 110,
  endedMs: 150,
  sdk: { text: "The quick brown", finish: "stop", raised: false }
}

const byPrimary: Partial<Told> = {
  model: "one/model",
  text: places.primary.text,
  tokens: places.primary.tokens,
  sdk: { text: places.primary.text, finish: "stop", raised: false }
}

/** Half of the primary's answer, and then a clean error. */
const broken: Told = {
  ...answer,
  text: "The quick",
  model: "one/model",
  finish: undefined,
  tokens: undefined,
  done: false,
  error: { class: "Cut", message: "It broke off.", missing: [] },
  attempts: [{ target: "one/model", sentMs: undefined }],
  counted: 1,
  sdk: { text: "The quick", finish: undefined, raised: true }
}

const refused: Told = {
  ...broken,
  status: 400,
  streamed: false,
  text: "",
  error: { class: "ContentRefused", message: "Our safety system says no.", missing: [] }
}

const cut = (fields: Partial<NonNullable<Told["error"]>>): Partial<Told> => ({
  error: { class: "Cut", message: "It broke off.", missing: [], ...fields }
})

const verdictOf = (told: Told, seen: ReadonlyArray<Try>, what: Right) => {
  const { verdict, notes } = score(told, seen, what, places)
  return `${verdict}: ${notes.join("; ")}`
}

describe("an answer", () => {
  test.each<[string, Partial<Told>, string]>([
    ["as it should be", {}, "pass: "],
    ["in one piece", { streamed: false, done: false }, "pass: "],
    [
      "cut short",
      { text: "The quick" },
      "fail: half an answer is told as a whole one; the official SDK reads it otherwise"
    ],
    [
      "of two halves",
      { text: "The quickThe quick brown" },
      "fail: the text is not that of the model; the official SDK reads it otherwise"
    ],
    ["of an unknown model", { model: "one" }, "fail: the answer names one"],
    ["of no model", { model: undefined }, "fail: the answer names no model"],
    [
      "of the other model",
      { model: "one/model" },
      "fail: half an answer is told as a whole one; the usage is not the answerer's"
    ],
    ["with the other's usage", { tokens: { input: 7, output: 3 } }, "fail: the usage is not the answerer's"],
    ["with the usage of both", { tokens: { input: 8, output: 8 } }, "fail: the usage is not the answerer's"],
    ["without usage", { tokens: undefined }, "fail: the usage is not the answerer's"],
    ["without a finish", { finish: undefined }, "fail: the finish reason is missing"],
    ["with another finish", { finish: "length" }, "fail: the finish reason is length"],
    ["without [DONE]", { done: false }, "fail: the stream has no [DONE]"],
    ["with a wrong status", { status: 206 }, "fail: an answer with status 206"],
    ["that the SDK refuses", { sdk: { ...answer.sdk, raised: true } }, "fail: the official SDK reads it otherwise"],
    ["that never ended", { trouble: "no end within 11 s" }, "fail: no end within 11 s"],
    ["that is late", { endedMs: 1400 }, "partial: the end came after 1.4 s"],
    ["by the primary", byPrimary, "partial: the primary answered"],
    ["without a trail", { attempts: undefined }, "partial: no trail"],
    [
      "with a trail of the last attempt only",
      { attempts: [{ target: "two/model", sentMs: 1 }] },
      "partial: the trail tells fallback; the provider saw primary, fallback"
    ],
    [
      "with an attempt that nobody saw",
      { attempts: [...(answer.attempts ?? []), { target: "three/model", sentMs: 200 }] },
      "partial: the trail tells primary, fallback, three/model; the provider saw primary, fallback"
    ],
    ["with a wrong count", { counted: 1 }, "partial: x-gateway-attempts is 1"],
    ["without a count, for its headers came before", { counted: undefined }, "pass: "],
    [
      "with times of its own making",
      {
        attempts: [
          { target: "one/model", sentMs: 1 },
          { target: "two/model", sentMs: 900 }
        ]
      },
      "partial: the times of the trail are not those that the provider saw"
    ]
  ])("%s", (_, change, expected) => {
    expect(verdictOf({ ...answer, ...change }, tries, right)).toBe(expected)
  })

  test("by either is right where either may answer", () => {
    expect(verdictOf({ ...answer, ...byPrimary }, tries, { ...right, from: "either" })).toBe("pass: ")
  })

  test("may miss the word that a broken event took with it, and no other", () => {
    const spared: Right = { ...right, from: "primary", mayMissWord: 2 }
    const told = (text: string): Told => ({
      ...answer,
      ...byPrimary,
      text,
      sdk: { text, finish: "stop", raised: false }
    })
    expect(verdictOf(told("The quick fox jumps"), tries, spared)).toBe("pass: ")
    expect(verdictOf(told("The brown fox jumps"), tries, spared)).toStartWith("fail")
    expect(verdictOf(told("The quick fox jumps"), tries, { ...right, from: "primary" })).toStartWith("fail")
  })

  test("where an error was right is partial", () => {
    expect(verdictOf(answer, tries, refusal)).toBe("partial: the fallback answered; tries at the fallback: 1")
  })
})

describe("the tries", () => {
  const trailOf = (seen: ReadonlyArray<Try>): Partial<Told> => ({
    counted: seen.length,
    attempts: seen.map(({ place, at }) => ({ target: places[place].id, sentMs: at - 5000 }))
  })
  test.each<[string, ReadonlyArray<Try>, Partial<Right>, string]>([
    ["three are allowed", [5000, 5400, 6000].map((at) => tryAt("primary", at)), {}, "pass: "],
    [
      "four are not",
      [5000, 5400, 6000, 6100].map((at) => tryAt("primary", at)),
      {},
      "partial: tries at the primary: 4"
    ],
    ["none is wrong", [], {}, "partial: tries at the primary: 0"],
    [
      "too soon after another",
      [5000, 5100].map((at) => tryAt("primary", at)),
      { gapMs: [200, 900] },
      "partial: 0.1 s between two tries at the primary"
    ],
    [
      "too long after another",
      [5000, 6000].map((at) => tryAt("primary", at)),
      { gapMs: [200, 900] },
      "partial: 1.0 s between two tries at the primary"
    ],
    [
      "three in three seconds",
      [5000, 6500, 7999].map((at) => tryAt("primary", at)),
      { triesInThreeSeconds: 2 },
      "partial: too many tries in three seconds"
    ],
    [
      "two in any three seconds",
      [5000, 6500, 8000].map((at) => tryAt("primary", at)),
      { triesInThreeSeconds: 2 },
      "pass: "
    ]
  ])("%s", (_, atPrimary, change, expected) => {
    const seen = [...atPrimary, tryAt("fallback", 8100)]
    expect(verdictOf({ ...answer, ...trailOf(seen) }, seen, { ...right, ...change })).toBe(expected)
  })

  test("left open, or sent half an answer, are noticed", () => {
    const seen = tries.map((one) => ({ ...one, ended: one.place === "fallback", prefilled: one.place === "fallback" }))
    expect(verdictOf(answer, seen, right)).toBe(
      "partial: a connection to the provider was left open; the fallback was sent half an answer to continue"
    )
  })

  test("the first content of a whole answer is its end", () => {
    const late = { ...answer, firstContentMs: undefined, endedMs: 900 }
    expect(verdictOf(late, tries, { ...right, firstContentWithinMs: 800 })).toBe(
      "partial: the first content came after 0.9 s"
    )
    expect(verdictOf(late, tries, { ...right, firstContentWithinMs: 900 })).toBe("pass: ")
  })
})

describe("an error", () => {
  const streaming: Right = { ...right, from: "nobody", primaryTries: [1, 1], fallbackTries: [0, 0] }
  test.each<[string, Partial<Told>, string]>([
    ["after half an answer", {}, "safe: a clean Cut"],
    ["with [DONE]", { done: true }, "fail: an error with the end of a whole answer"],
    ["with a finish", { finish: "stop" }, "fail: an error with the end of a whole answer"],
    ["after words of nobody", { text: "Sorry" }, "fail: the text before the error is not that of the model"],
    ["that is a refusal of the fallback", cut({ class: "InvalidRequest" }), "fail: the error is InvalidRequest"],
    ["without a code", cut({ missing: ["code"] }), "fail: the error lacks code"],
    ["without words", cut({ message: "" }), "fail: the error lacks words"],
    ["that the SDK does not raise", { sdk: { ...broken.sdk, raised: false } }, "fail: the official SDK raises nothing"],
    ["that is late", { endedMs: 1200 }, "fail: the error came after 1.2 s"],
    ["in one piece with a good status", { streamed: false }, "fail: an error with status 200"],
    ["without attempts", { attempts: undefined }, "safe: a clean Cut; no trail"]
  ])("%s", (_, change, expected) => {
    expect(verdictOf({ ...broken, ...change }, onlyPrimary, streaming)).toBe(expected)
  })

  test.each<[string, Partial<Told>, string]>([
    ["as it should be", {}, "pass: "],
    ["with another status", { status: 502 }, "safe: a clean ContentRefused; the status is 502"],
    [
      "without the provider's words",
      { error: { class: "ContentRefused", message: "No.", missing: [] } },
      "safe: a clean ContentRefused; the provider's words do not reach the caller"
    ]
  ])("that is the right answer, %s", (_, change, expected) => {
    expect(verdictOf({ ...refused, ...change }, onlyPrimary, refusal)).toBe(expected)
  })

  test("that is right, after two tries, is no pass", () => {
    const twice = [tryAt("primary", 5000), tryAt("primary", 5600)]
    expect(verdictOf(refused, twice, refusal)).toStartWith("safe: a clean ContentRefused; tries at the primary: 2")
  })
})

test("of several verdicts the worst counts", () => {
  expect(worst(["pass", "safe", "partial"])).toBe("safe")
  expect(worst(["fail", "pass"])).toBe("fail")
  expect(worst(["pass", "partial"])).toBe("partial")
  expect(worst(["pass"])).toBe("pass")
})
