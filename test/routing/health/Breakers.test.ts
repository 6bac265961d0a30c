import { describe, expect, test } from "bun:test"
import { ServerFault, Unauthorized } from "../../../src/domain/Failure.ts"
import { type Ending, neutral, succeeded } from "../../../src/routing/health/Breakers.ts"
import { everyFailure } from "../EveryFailure.ts"
import {
  elsewhere,
  ended,
  fault,
  gone,
  here,
  limited,
  message,
  otherHost,
  otherKey,
  otherModel,
  refused,
  start
} from "./BreakerStage.ts"

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
