import { describe, expect, test } from "bun:test"
import { type Place, succeeded } from "../../../src/routing/health/Breakers.ts"

import { elsewhere, fault, gone, here, limited, otherKey, refused, start } from "./BreakerStage.ts"

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
