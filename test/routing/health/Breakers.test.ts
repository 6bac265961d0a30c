import { describe, expect, test } from "bun:test"
import { type Failure, RateLimited, ServerFault, Unauthorized, Unreachable } from "../../../src/domain/Failure.ts"
import {
  type BreakerChange,
  Breakers,
  type Ending,
  neutral,
  type Pass,
  type Place,
  succeeded
} from "../../../src/routing/health/Breakers.ts"
import { everyFailure } from "../EveryFailure.ts"

const message = "no"
const here: Place = { provider: "p", address: "https://one.example/v1", model: "p/m", keyAlias: "a" }
const otherModel: Place = { ...here, model: "p/n" }
const otherKey: Place = { ...here, keyAlias: "b" }
const otherHost: Place = { ...here, address: "https://two.example/v1" }
const elsewhere: Place = { provider: "q", address: "https://q.example", model: "q/m", keyAlias: undefined }

const ended = (failure: Failure, countsTimeout = true): Ending => ({ _tag: "Failure", failure, countsTimeout })
const fault = ended(new ServerFault({ message }))
const gone = ended(new Unreachable({ message }))
const refused = ended(new Unauthorized({ message, words: { provider: "p", status: 401 } }))
const limited = (retryAfterMs: number): Ending => ended(new RateLimited({ message, retryAfterMs }))

/** Breakers with a clock that is moved by hand. */
const start = () => {
  const clock = { now: 0, looks: 0 }
  const changes: Array<BreakerChange> = []
  const breakers = new Breakers({
    now: () => {
      clock.looks++
      return clock.now
    },
    onChange: (change) => changes.push(change)
  })
  const pass = (place: Place): Pass => {
    const admission = breakers.admit(place)
    if (!admission.passes) throw new Error(`${place.model} is shut until ${admission.until}`)
    return admission.pass
  }
  /** Sends so many requests that all end so. */
  const send = (place: Place, ending: Ending, times = 1): void => {
    const passes = Array.from({ length: times }, () => pass(place))
    for (const each of passes) breakers.settle(each, ending)
  }
  const passes = (place: Place): boolean => {
    const admission = breakers.admit(place)
    if (admission.passes) breakers.settle(admission.pass, neutral)
    return admission.passes
  }
  return { breakers, clock, changes, pass, send, passes }
}

describe("a failure shuts", () => {
  const places = { here, otherModel, otherKey, otherHost, elsewhere }
  const table: ReadonlyArray<readonly [string, Ending, ReadonlyArray<keyof typeof places>]> = [
    ["a host that cannot be reached, whatever the model and the key", gone, ["here", "otherModel", "otherKey"]],
    ["a key that is refused, whatever the model and the address", refused, ["here", "otherModel", "otherHost"]],
    ["a model that fails, with that key", fault, ["here", "otherHost"]],
    ["a model that is limited, with that key", limited(9_000), ["here", "otherHost"]]
  ]
  for (const [what, ending, expected] of table) {
    test(what, () => {
      const { send, passes } = start()
      send(here, ending, 5)
      const shut = Object.entries(places).filter(([, place]) => !passes(place))
      expect(shut.map(([name]) => name)).toEqual([...expected])
    })
  }

  test("nothing, when it is the caller's own doing", () => {
    const { breakers, send, passes } = start()
    for (const tag of [
      "ContextTooLong",
      "ContentRefused",
      "InvalidRequest",
      "NoSuchModel",
      "Unable",
      "SchemaInvalid"
    ] as const) {
      send(here, ended(everyFailure[tag]), 100)
    }
    send(here, neutral, 100)
    send(here, ended(everyFailure.TimedOut, false), 100)
    expect([breakers.size, passes(here)]).toEqual([0, true])
  })
})

test("without trouble nothing is kept, and the clock is not even looked at", () => {
  const { breakers, clock, pass, send } = start()
  for (let count = 0; count < 100; count++) send(here, succeeded)
  expect([pass(here).probe, breakers.size, clock.looks]).toEqual([false, 0, 0])
})

test("who is sent away hears until when, and by which failure of what", () => {
  const { breakers, clock, send } = start()
  send(here, limited(9_000))
  clock.now = 1_000
  expect(breakers.admit(here)).toEqual({ passes: false, until: 9_000, scope: "key-and-model", reason: "RateLimited" })
})

test("asking whether a place is shut takes no probe's place", () => {
  const { breakers, clock, changes, pass, send } = start()
  expect(breakers.isShut(here)).toBe(false)
  send(here, gone, 5)
  expect([breakers.isShut(here), breakers.isShut(otherModel), breakers.isShut(otherHost)]).toEqual([true, true, false])
  clock.now = 5_000
  expect([breakers.isShut(here), breakers.isShut(here), changes.length]).toEqual([false, false, 1])
  expect(pass(here).probe).toBe(true)
  expect(breakers.isShut(here)).toBe(true)
})

test("of several that are shut the last to open counts", () => {
  const { breakers, pass } = start()
  const passes = Array.from({ length: 7 }, () => pass(here))
  for (const [index, each] of passes.entries()) {
    breakers.settle(each, index === 0 ? limited(9_000) : index === 1 ? refused : gone)
  }
  expect(breakers.admit(here)).toEqual({ passes: false, until: 60_000, scope: "key", reason: "Unauthorized" })
  expect(breakers.admit(otherKey)).toMatchObject({ until: 5_000, scope: "host", reason: "Unreachable" })
})

test("a shorter rate limit never replaces a longer one", () => {
  const { breakers, pass } = start()
  const [first, second, third] = [pass(here), pass(here), pass(here)]
  breakers.settle(first, limited(9_000))
  breakers.settle(second, limited(2_000))
  expect(breakers.admit(here)).toMatchObject({ until: 9_000 })
  breakers.settle(third, limited(20_000))
  expect(breakers.admit(here)).toMatchObject({ until: 20_000 })
})

test("the reason is what shut the way last, not what came and changed nothing", () => {
  const { breakers, clock, pass, send } = start()
  const [first, second, third] = [pass(here), pass(here), pass(here)]
  send(here, fault, 5)
  breakers.settle(first, limited(2_000))
  expect(breakers.admit(here)).toMatchObject({ until: 5_000, reason: "ServerFault" })
  breakers.settle(second, limited(60_000))
  expect(breakers.admit(here)).toMatchObject({ until: 60_000, reason: "RateLimited" })
  clock.now = 60_000
  breakers.settle(third, ended(everyFailure.Garbled))
  expect(breakers.snapshot()).toMatchObject([{ state: "half-open", reason: "RateLimited" }])
})

test("a pass is settled once", () => {
  const { breakers, pass, send, passes } = start()
  send(here, fault, 3)
  const last = pass(here)
  for (let count = 0; count < 5; count++) breakers.settle(last, fault)
  expect(passes(here)).toBe(true)
  const fourth = pass(here)
  breakers.settle(fourth, neutral)
  breakers.settle(fourth, fault)
  expect(passes(here)).toBe(true)
})

test("answers count where failures do: one in three does not shut", () => {
  const { send, passes } = start()
  for (let count = 0; count < 30; count++) {
    send(here, fault)
    send(here, succeeded, 2)
  }
  expect(passes(here)).toBe(true)
})

describe("when an opening is over", () => {
  test("one request tries, and its success lets all through", () => {
    const { breakers, clock, pass, send, passes } = start()
    send(here, fault, 5)
    clock.now = 5_000
    const probe = pass(here)
    expect([probe.probe, breakers.admit(here).passes]).toEqual([true, false])
    breakers.settle(probe, succeeded)
    expect([passes(here), pass(here).probe]).toEqual([true, false])
  })

  test("a probe whose caller leaves gives its place to the next", () => {
    const { breakers, clock, pass, send } = start()
    send(here, fault, 5)
    clock.now = 5_000
    breakers.settle(pass(here), neutral)
    expect(pass(here).probe).toBe(true)
  })

  test("a probe that another scope sends away takes no place", () => {
    const { breakers, clock, pass, send } = start()
    send(here, fault, 5)
    send(otherModel, ended(new Unauthorized({ message })))
    clock.now = 5_000
    expect(breakers.admit(here)).toMatchObject({ passes: false, scope: "key" })
    expect(breakers.snapshot()).toMatchObject([
      { scope: "key-and-model", state: "half-open" },
      { scope: "key", state: "open" }
    ])
    clock.now = 60_000
    expect(pass(here).probe).toBe(true)
  })

  test("a model that fails is good news of the host that answers so", () => {
    const { breakers, clock, pass, send, passes } = start()
    send(here, gone, 5)
    clock.now = 5_000
    breakers.settle(pass(here), ended(new ServerFault({ message, words: { provider: "p", status: 500 } })))
    expect([passes(otherModel), breakers.snapshot().map(({ scope, state }) => [scope, state])]).toEqual([
      true,
      [
        ["host", "closed"],
        ["key-and-model", "closed"]
      ]
    ])
  })

  test("a cut answer leaves open whether the host is back", () => {
    const { breakers, clock, pass, send } = start()
    send(here, gone, 5)
    clock.now = 5_000
    breakers.settle(pass(here), ended(everyFailure.Cut))
    expect(breakers.snapshot()[0]).toMatchObject({ scope: "host", state: "half-open" })
    expect(pass(here).probe).toBe(true)
  })
})

describe("a key that is refused", () => {
  test("lets those through who have nowhere else to go, for the true error", () => {
    const { breakers, send } = start()
    send(here, refused)
    expect(breakers.admit(here, { noAlternative: false }).passes).toBe(false)
    expect(breakers.admit(here, { noAlternative: true }).passes).toBe(true)
  })

  test("is open again as soon as one of them gets an answer", () => {
    const { breakers, send, passes } = start()
    send(here, refused)
    const admission = breakers.admit(here, { noAlternative: true })
    if (admission.passes) breakers.settle(admission.pass, succeeded)
    expect(passes(here)).toBe(true)
  })

  test("stays shut for a minute from the last refusal", () => {
    const { breakers, clock, send } = start()
    send(here, refused)
    clock.now = 30_000
    const admission = breakers.admit(here, { noAlternative: true })
    if (admission.passes) breakers.settle(admission.pass, refused)
    expect(breakers.admit(here)).toMatchObject({ until: 90_000 })
  })

  test("is not as a rate limit or an outage, which nobody goes past", () => {
    for (const ending of [limited(9_000), fault, gone]) {
      const { breakers, send } = start()
      send(here, ending, 5)
      expect(breakers.admit(here, { noAlternative: true }).passes).toBe(false)
    }
  })
})

test("changes of state are told, one line each", () => {
  const { breakers, clock, changes, pass, send } = start()
  send(here, fault, 20)
  expect(changes).toEqual([
    { scope: "key-and-model", name: "p/m#a", state: "open", until: 5_000, reason: "ServerFault" }
  ])
  clock.now = 5_000
  const probe = pass(here)
  breakers.admit(here)
  breakers.settle(probe, succeeded)
  send(here, succeeded, 5)
  expect(changes.slice(1)).toEqual([
    { scope: "key-and-model", name: "p/m#a", state: "half-open", reason: "ServerFault" },
    { scope: "key-and-model", name: "p/m#a", state: "closed", reason: "ServerFault" }
  ])
})

test("the view names what is shut, for how long, and what was counted", () => {
  const { breakers, clock, send } = start()
  send(elsewhere, fault, 2)
  send(elsewhere, succeeded, 3)
  send(here, gone, 5)
  send({ ...otherKey, provider: "r", model: "r/m" }, refused)
  clock.now = 1_000
  const none = { failures: 0, samples: 0 }
  expect(breakers.snapshot()).toEqual([
    { scope: "key-and-model", name: "q/m", state: "closed", reason: "ServerFault", failures: 2, samples: 5 },
    {
      scope: "host",
      name: "p@https://one.example/v1",
      state: "open",
      reason: "Unreachable",
      ...none,
      until: 5_000,
      openedFor: 5_000
    },
    { scope: "key", name: "r#b", state: "open", reason: "Unauthorized", ...none, until: 60_000, openedFor: 60_000 }
  ])
})

describe("what is kept", () => {
  test("goes once the failures are old, on the next request anywhere", () => {
    const { breakers, clock, send } = start()
    send(here, fault, 2)
    expect(breakers.size).toBe(1)
    clock.now = 31_000
    send(elsewhere, succeeded)
    expect(breakers.size).toBe(0)
  })

  test("goes when nobody has asked for long after it opened, which is told as a change", () => {
    const { breakers, clock, changes, send } = start()
    send(here, fault, 5)
    clock.now = 100_000
    send(elsewhere, succeeded)
    expect(breakers.size).toBe(1)
    clock.now = 400_000
    send(elsewhere, succeeded)
    expect([breakers.size, changes.at(-1)?.state]).toEqual([0, "closed"])
  })

  test("is bounded, and names that callers make push out each other, not what is shut", () => {
    const { breakers, send, passes } = start()
    send({ ...here, model: "p/shut" }, fault, 5)
    send(elsewhere, gone, 5)
    for (let count = 0; count < 25_000; count++) send({ ...here, model: `p/made-up-${count}` }, fault)
    expect(breakers.size).toBe(10_000)
    expect([passes({ ...here, model: "p/shut" }), passes(elsewhere), passes(here)]).toEqual([false, false, true])
  })

  test("pushes out the oldest model, never an address, when all are shut", () => {
    const { breakers, changes, send, passes } = start()
    const model = (count: number): Place => ({ ...here, model: `p/${count}` })
    send(elsewhere, gone, 5)
    for (let count = 0; count < 10_000; count++) send(model(count), limited(60_000))
    expect(breakers.size).toBe(10_000)
    expect([passes(elsewhere), passes(model(0)), passes(model(1))]).toEqual([false, true, false])
    expect(changes.filter(({ state }) => state === "closed").map(({ name }) => name)).toEqual(["p/0#a"])
  })
})
