import { describe, expect, test } from "bun:test"
import { Cause, Exit } from "effect"
import type { Delta } from "../../src/domain/Delta.ts"
import { Cut } from "../../src/domain/Failure.ts"
import { noUsage } from "../../src/domain/usage/Usage.ts"
import type { Door } from "../../src/routing/Door.ts"
import { Played, type Said } from "./PlayedAttempt.ts"
import type { FakeDoor } from "./simulation/fakes/FakeDoor.ts"
import { finish, text } from "./Stage.ts"

const start: Delta = { _tag: "Start", id: "id", model: "m" }
const thought: Delta = { _tag: "Reasoning", choice: 0, text: "hm" }
const cut = new Cut({ message: "cut", words: { provider: "a", status: 200 } })

describe("the gate of a stream", () => {
  const closed: ReadonlyArray<readonly [string, Delta]> = [
    ["a start", start],
    ["an empty text", text("")],
    ["a role that is relayed", { _tag: "Relayed", text: "data: {}\n\n", content: false }],
    ["a citation", { _tag: "Annotation", choice: 0, annotation: { url: "u", title: "t", start: 0, end: 0 } }]
  ]
  for (const [what, delta] of closed) {
    test(`is not opened by ${what}`, () => {
      const played = new Played({})
      played.tell(delta)
      expect([played.door.openings.length, played.events]).toEqual([0, []])
      expect(played.options.progress).toMatchObject({ hasContent: false, isOpen: false })
    })
  }

  const open: ReadonlyArray<readonly [string, Delta]> = [
    ["text", text("a")],
    ["a refusal", { _tag: "Refusal", choice: 0, text: "no" }],
    ["a tool call", { _tag: "ToolCallStart", choice: 0, call: 0, id: "c", name: "f", kind: "function" }],
    ["shown reasoning", thought],
    ["relayed content", { _tag: "Relayed", text: "data: {}\n\n", content: true }],
    ["the end of an empty answer", finish]
  ]
  for (const [what, delta] of open) {
    test(`is opened by ${what}, which comes after all that was held back`, () => {
      const played = new Played({})
      played.tell(start)
      played.tell(text(""), delta)
      played.tell(text("more"))
      expect(played.door.written).toEqual([start, text(""), delta, text("more")])
      expect([played.door.openings.length, played.events]).toEqual([1, ["content"]])
      expect(played.options.progress).toMatchObject({ hasContent: true, isOpen: true })
    })
  }

  test("is not opened by reasoning that the caller does not see", () => {
    const played = new Played({ showsReasoning: false })
    played.tell(thought)
    expect(played.door.openings).toEqual([])
    played.tell(text("a"))
    expect(played.door.written).toEqual([thought, text("a")])
  })

  test("is opened by an answer that ends without anything in it", () => {
    const played = new Played({})
    played.settle(Exit.void)
    expect([played.door.openings.length, played.events]).toEqual([1, ["content", "answered"]])
    expect(played.exit).toMatchObject({ _tag: "Success" })
  })
})

describe("an answer that is held to its end", () => {
  test("is written in one go when it is whole, and not before", () => {
    const played = new Played({ gate: "end" })
    played.tell(start, text("a"))
    played.tell(text("b"))
    played.tell(finish)
    expect([played.door.openings.length, played.options.isHeld, played.events]).toEqual([0, true, ["content"]])
    played.settle(Exit.void)
    expect(played.door.written).toEqual([start, text("a"), text("b"), finish])
    expect(played.events).toEqual(["content", "answered"])
  })

  test("fails unseen when it breaks off", () => {
    const played = new Played({ gate: "end" })
    played.tell(text("a"))
    played.settle(Exit.fail(cut))
    expect([played.exit, played.door.openings.length]).toEqual([Exit.fail(cut), 0])
    expect(played.record).toMatchObject({ outcome: "failed", failure: { class: "Cut", message: "cut", status: 200 } })
  })

  test("is over when a slow caller has taken it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const played = new Played({
      gate: "end",
      door: (door) => ({ ...facts(door), open: (opening) => ({ ...door.open(opening), write: () => promise }) })
    })
    played.settle(Exit.void)
    expect([played.exit, played.record.outcome]).toEqual([undefined, "answered"])
    resolve()
    await promise
    await Promise.resolve()
    expect(played.exit).toMatchObject({ _tag: "Success" })
  })
})

const facts = ({ id, receivedAt, gate, showsReasoning, relay, origin, entered, recorded }: FakeDoor) => ({
  origin,
  entered,
  recorded,
  id,
  receivedAt,
  gate,
  showsReasoning,
  relay
})

describe("a failure", () => {
  test("before the gate is one; another target may follow", () => {
    const played = new Played({})
    played.tell(start)
    played.settle(Exit.fail(cut))
    expect([played.exit, played.events]).toEqual([Exit.fail(cut), ["Cut"]])
  })

  test("after the gate is part of the outcome", () => {
    const played = new Played({})
    played.tell(text("a"))
    played.settle(Exit.fail(cut))
    expect(played.exit).toMatchObject({ _tag: "Success", value: { failure: cut } })
    expect(played.record.outcome).toBe("broken")
  })

  test("of ours is told as what it is, and ends the request", () => {
    const played = new Played({})
    played.settle(Exit.die("a bug"))
    expect(played.exit).toEqual(Exit.die("a bug"))
    expect([played.events, played.record.failure?.class]).toEqual([["Internal"], "Internal"])
  })

  test("of the door, when all is over, is not lost: the request ends and does not hang", () => {
    const throwing = (door: FakeDoor): Door => ({
      ...facts(door),
      open: () => {
        throw new Error("no header")
      }
    })
    const played = new Played({ gate: "end", door: throwing })
    played.tell(text("a"))
    played.settle(Exit.void)
    expect(played.exit !== undefined && Exit.isFailure(played.exit) && Cause.hasDies(played.exit.cause)).toBe(true)
  })
})

describe("a slow caller", () => {
  test("holds the provider back: each write's promise is handed on", async () => {
    const played = new Played({ slowMs: () => 5 })
    played.tell(start)
    const first = played.tell(text("a"))
    expect(first).toBeInstanceOf(Promise)
    expect(played.tell(start)).toBeInstanceOf(Promise)
  })
})

test("interrupting it stops the provider once, and nothing is told against the target", async () => {
  const played = new Played({})
  played.tell(text("a"))
  played.now = 1_200
  played.fiber.interruptUnsafe()
  expect([played.stops, played.events, played.record.outcome]).toEqual([1, ["content", "stopped"], "cancelled"])
  expect(played.exit !== undefined && Exit.hasInterrupts(played.exit)).toBe(true)
  expect(played.record.endedMs).toBe(200)
})

test("its record tells every time since the request came, as far as it got", () => {
  const played = new Played({})
  expect(played.record).toMatchObject({ id: "request/1", kind: "first", target: "a/m", queuedMs: 0, sentMs: 0 })
  played.options.progress.headersAt = 1_020.123
  played.now = 1_030
  played.tell(thought)
  played.now = 1_040.006
  played.tell(text("a"))
  played.now = 1_050
  played.tell(text("b"))
  played.settle(Exit.void)
  played.now = 9_999
  expect(played.record).toEqual({
    id: "request/1",
    kind: "first",
    target: "a/m",
    provider: "a",
    model: "a/m",
    queuedMs: 0,
    sentMs: 0,
    headersMs: 20.12,
    firstContentMs: 30,
    firstTextMs: 40.01,
    endedMs: 50,
    outcome: "answered",
    // The provider said no usage.
    spending: { source: "estimate", usage: { ...noUsage, outputTokens: 4, reasoningTokens: 2 } },
    dropped: []
  })
})

test("the relay lane is for doors that look at nothing, and for answers that need not tell their trail", () => {
  const relayed = (said: Said) => new Played(said).options.relay
  expect([relayed({ relay: true }), relayed({ relay: true, tellsTrail: true }), relayed({})]).toEqual([
    true,
    false,
    false
  ])
})
