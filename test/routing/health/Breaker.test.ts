import { describe, expect, test } from "bun:test"
import {
  admit,
  after,
  at,
  type Breaker,
  breakerRules,
  closedBreaker,
  isForgettable,
  tallyOf,
  type Verdict
} from "../../../src/routing/health/Breaker.ts"
import { randomFrom } from "../Seeded.ts"

const failure: Verdict = { _tag: "Failure" }
const success: Verdict = { _tag: "Success" }
const neutral: Verdict = { _tag: "Neutral" }
const shut = (forMs: number): Verdict => ({ _tag: "Shut", forMs })
const usual = { serial: 1, entered: "usual" } as const
const probe = (serial: number) => ({ serial, entered: "probe" }) as const

/** A breaker after usual requests that ended so: `x` failed, `.` went well, one each `everyMs`. */
const afterAll = (story: string, everyMs = 100): Breaker =>
  [...story].reduce(
    (breaker, sign, index) => after(breaker, sign === "x" ? failure : success, usual, index * everyMs, breakerRules),
    closedBreaker(0)
  )

const passes = (breaker: Breaker, now: number): boolean => admit(breaker, 1, now, breakerRules).passes

/** Open since 400 until 5,400. */
const open = afterAll("xxxxx")

const probing = (serial: number, now: number): Breaker => {
  const admission = admit(open, serial, now, breakerRules)
  if (!admission.passes) throw new Error("the probe was sent away")
  return admission.breaker
}

describe("a closed breaker", () => {
  const table: ReadonlyArray<readonly [story: string, everyMs: number, state: Breaker["state"], why: string]> = [
    ["", 100, "closed", "has seen nothing"],
    ["xxxx", 100, "closed", "four failures are too few"],
    ["xxxxx", 100, "open", "five of five"],
    ["..xxx", 100, "open", "three of five"],
    ["...xx", 100, "closed", "two of five"],
    ["...xxx", 100, "open", "three of six"],
    ["....xxx", 100, "closed", "three of seven"],
    ["x.x.x.x.x.", 100, "open", "every other one"],
    ["x..x..x..x..x..", 100, "closed", "every third one"],
    ["xxxxx", 4_000, "open", "a request each four seconds"],
    ["xxxxxxxxxx", 31_000, "closed", "one failure each window"],
    [`${".".repeat(10_000)}${"x".repeat(100)}`, 0.1, "open", "a busy target that breaks"],
    [`${".".repeat(10_000)}${"x".repeat(90)}`, 0.1, "closed", "a busy target with a hiccup"]
  ]
  for (const [story, everyMs, state, why] of table) {
    test(`is ${state} after ${why}`, () => expect(afterAll(story, everyMs).state).toBe(state))
  }

  test("opens with a failure, never with a success", () => {
    const nearly = afterAll("xxxx")
    expect(after(nearly, success, usual, 500, breakerRules).state).toBe("closed")
    expect(after(nearly, failure, usual, 500, breakerRules).state).toBe("open")
  })

  test("counts no caller who left", () => {
    const nearly = afterAll("xxxx")
    expect(after(nearly, neutral, usual, 500, breakerRules)).toBe(nearly)
  })

  test("forgets after half to all of a window", () => {
    const seen = afterAll("xxxx", 0)
    expect(tallyOf(seen, 14_999, breakerRules)).toMatchObject({ samples: 4, failures: 4 })
    expect(tallyOf(seen, 29_999, breakerRules)).toMatchObject({ samples: 4, failures: 4 })
    expect(tallyOf(seen, 30_000, breakerRules)).toMatchObject({ samples: 0, failures: 0 })
    expect(isForgettable(seen, 29_999, breakerRules)).toBe(false)
    expect(isForgettable(seen, 30_000, breakerRules)).toBe(true)
  })

  test("shuts at once on a provider's word", () => {
    expect(after(closedBreaker(0), shut(700), usual, 1_000, breakerRules)).toMatchObject({
      state: "open",
      until: 1_700
    })
  })
})

describe("an open breaker", () => {
  test("lets nothing through for five seconds, then one probe", () => {
    expect(admit(open, 2, 400, breakerRules)).toEqual({ passes: false, until: 5_400 })
    expect(passes(open, 5_390)).toBe(false)
    expect(admit(open, 2, 5_400, breakerRules)).toMatchObject({ passes: true, entered: "probe" })
    expect(passes(probing(2, 5_400), 5_401)).toBe(false)
  })

  test("does not mind a timer that fires a little early", () => {
    expect(passes(open, 5_398.5)).toBe(true)
  })

  test("is not moved by what was sent before it opened", () => {
    for (const verdict of [success, failure, neutral]) {
      expect(after(open, verdict, usual, 500, breakerRules)).toBe(open)
    }
  })

  test("stays open for longer on a longer word, and never for shorter on a shorter one", () => {
    expect(after(open, shut(60_000), usual, 500, breakerRules)).toMatchObject({ until: 60_500 })
    expect(after(open, shut(10), usual, 500, breakerRules)).toBe(open)
  })

  test("is closed by one who went past it and did well", () => {
    const forced = { serial: 9, entered: "forced" } as const
    const ordered = after(closedBreaker(0), shut(60_000), usual, 0, breakerRules)
    expect(after(ordered, success, forced, 100, breakerRules).state).toBe("closed")
    expect(after(ordered, failure, forced, 100, breakerRules)).toBe(ordered)
  })
})

describe("a half-open breaker", () => {
  test("closes when the probe does well, and lets all through", () => {
    const closed = after(probing(2, 6_000), success, probe(2), 6_100, breakerRules)
    expect(closed.state).toBe("closed")
    expect(passes(closed, 6_100)).toBe(true)
    expect(tallyOf(closed, 6_100, breakerRules)).toMatchObject({ samples: 0, failures: 0 })
  })

  test("opens for twice as long with each probe that fails, up to twenty seconds", () => {
    let breaker = open
    let now = 400
    const openings: Array<number> = []
    for (let serial = 2; serial < 8; serial++) {
      if (breaker.state !== "open") throw new Error("not open")
      openings.push(breaker.until - now)
      now = breaker.until
      const admission = admit(breaker, serial, now, breakerRules)
      if (!admission.passes) throw new Error("the probe was sent away")
      breaker = after(admission.breaker, failure, probe(serial), now, breakerRules)
    }
    expect(openings).toEqual([5_000, 10_000, 20_000, 20_000, 20_000, 20_000])
  })

  test("starts from five seconds after a provider's word, however long that was", () => {
    const ordered = after(closedBreaker(0), shut(60_000), usual, 0, breakerRules)
    const admission = admit(ordered, 2, 60_000, breakerRules)
    if (!admission.passes) throw new Error("the probe was sent away")
    expect(after(admission.breaker, failure, probe(2), 60_100, breakerRules)).toMatchObject({ until: 65_100 })
  })

  test("gives the place of a probe whose caller left to the next", () => {
    const free = after(probing(2, 6_000), neutral, probe(2), 6_050, breakerRules)
    expect(admit(free, 3, 6_050, breakerRules)).toMatchObject({ passes: true, entered: "probe" })
  })

  test("sends others to ask again soon, while a probe is under way", () => {
    const admission = admit(probing(2, 6_000), 3, 6_001, breakerRules)
    expect(admission).toEqual({ passes: false, until: 6_501 })
  })

  test("gives the place of a probe that hangs to another after five seconds", () => {
    const held = probing(2, 6_000)
    expect(passes(held, 10_999)).toBe(false)
    const second = admit(held, 3, 11_000, breakerRules)
    if (!second.passes) throw new Error("the second probe was sent away")
    // The first one's end does not give away the second one's place.
    expect(passes(after(second.breaker, neutral, probe(2), 11_001, breakerRules), 11_002)).toBe(false)
  })

  test("closes when a late probe does well, though an earlier one had opened it again", () => {
    const second = admit(probing(2, 6_000), 3, 11_000, breakerRules)
    if (!second.passes) throw new Error("the second probe was sent away")
    const again = after(second.breaker, failure, probe(2), 11_100, breakerRules)
    expect(again.state).toBe("open")
    expect(after(again, success, probe(3), 11_200, breakerRules).state).toBe("closed")
  })

  test("is not opened again by a probe from before its last opening", () => {
    const second = probing(3, 11_000)
    const again = after(second, failure, probe(3), 11_100, breakerRules)
    const admission = admit(again, 4, 21_100, breakerRules)
    if (!admission.passes) throw new Error("the probe was sent away")
    expect(after(admission.breaker, failure, probe(2), 21_200, breakerRules)).toBe(admission.breaker)
  })

  test("stays shut by a word that came after the probe went out", () => {
    const word = after(probing(2, 6_000), shut(60_000), usual, 6_010, breakerRules)
    expect(after(word, success, probe(2), 6_020, breakerRules)).toBe(word)
  })

  test("is not moved by what was sent before it opened", () => {
    const held = probing(2, 6_000)
    for (const verdict of [success, failure, neutral])
      expect(after(held, verdict, usual, 6_001, breakerRules)).toBe(held)
  })
})

describe("a breaker that closed again", () => {
  const closed = after(probing(50, 6_000), success, probe(50), 6_100, breakerRules)
  const many = (serial: number): Breaker => {
    let breaker = closed
    for (let count = 0; count < 20; count++) {
      breaker = after(breaker, failure, { serial, entered: "usual" }, 6_200, breakerRules)
    }
    return breaker
  }

  test("is not opened by requests from before, which end only now", () => {
    expect(many(49)).toBe(closed)
  })

  test("is opened by new ones", () => {
    expect(many(51).state).toBe("open")
  })

  test("is remembered for as long as such requests may last", () => {
    expect(isForgettable(closed, 300_000, breakerRules)).toBe(false)
    expect(isForgettable(closed, 306_100, breakerRules)).toBe(true)
  })
})

test("a breaker that nobody asks for any more is forgotten, unless it is open or being probed", () => {
  expect(isForgettable(open, 5_000, breakerRules)).toBe(false)
  expect(isForgettable(open, 100_000, breakerRules)).toBe(false)
  expect(isForgettable(open, 305_400, breakerRules)).toBe(true)
  expect(isForgettable(probing(2, 305_400), 305_401, breakerRules)).toBe(false)
})

test("whatever happens, a target that is back is found within thirty seconds, and one that is down is left alone", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = randomFrom(seed)
    // Late enough for the breaker to have learnt of the outage: requests that hang tell of it after thirty seconds.
    const backAt = 65_000 + random() * 100_000
    const everyMs = 50 + random() * 950
    const isHanging = random() < 0.5
    const leaves = random() * 0.5
    /** Requests under way, each with how and when it ends. */
    let underWay: Array<{
      readonly serial: number
      readonly entered: "usual" | "probe" | "forced"
      readonly endsAt: number
      readonly verdict: Verdict
    }> = []
    let breaker = closedBreaker(0)
    let sentWhileDown = 0
    let closedAt: number | undefined
    let serial = 0
    for (let now = 0; now < backAt + 60_000; now += everyMs) {
      for (const { verdict, ...pass } of underWay.filter(({ endsAt }) => endsAt <= now)) {
        breaker = after(breaker, verdict, pass, pass.endsAt, breakerRules)
      }
      underWay = underWay.filter(({ endsAt }) => endsAt > now)
      if (breaker.state !== "closed") closedAt = undefined
      if (breaker.state === "closed" && now >= backAt) closedAt ??= now
      const admission = admit(breaker, ++serial, now, breakerRules)
      if (!admission.passes) continue
      breaker = admission.breaker
      const left = random() < leaves
      const isDown = now < backAt
      if (isDown && now > 60_000) sentWhileDown++
      const lasts = left ? random() * 500 : isDown && isHanging ? 30_000 : 200
      const verdict = left ? neutral : isDown ? failure : success
      underWay.push({ serial, entered: admission.entered, endsAt: now + lasts, verdict })
    }
    expect((closedAt ?? Infinity) - backAt).toBeLessThanOrEqual(30_000)
    // A probe every five seconds where they hang, fewer where they fail at once, some more where callers leave.
    expect(sentWhileDown).toBeLessThanOrEqual(4 + (backAt - 60_000) / 2_500)
  }
})

test("an opening that is over shows as half-open", () => {
  expect(at(open, 5_000).state).toBe("open")
  expect(at(open, 5_400)).toMatchObject({ state: "half-open", since: 5_400 })
})
