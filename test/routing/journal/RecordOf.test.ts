import { describe, expect, test } from "bun:test"
import { Cause, Exit } from "effect"
import { Cut, ServerFault } from "../../../src/domain/Failure.ts"
import type { Origin } from "../../../src/domain/usage/RequestRecord.ts"
import { Journal } from "../../../src/routing/journal/Journal.ts"
import { recordOf } from "../../../src/routing/journal/RecordOf.ts"
import type { Opening, Outcome } from "../../../src/routing/Door.ts"
import type { Unanswered } from "../../../src/routing/Walk.ts"
import { fakeAsk } from "../simulation/fakes/FakeAsk.ts"
import { modelOf } from "../Stage.ts"

const origin: Origin = { caller: { keyId: "key_1", name: "app", tags: ["prod"], quotas: [] }, tags: ["blue", "prod"] }
const asked = { id: "request", receivedAt: 1_000, origin }
const journal = new Journal(asked)
const opening: Opening = {
  target: { model: modelOf("a/m") },
  dropped: [],
  sentAt: 0,
  arrivedAt: 0,
  journal,
  tellsTrail: false
}
const unanswered: Unanswered = { failure: new ServerFault({ message: "broke" }), journal, shouldRetry: undefined }

const recorded = (exit: Exit.Exit<Outcome, Unanswered>, from: Origin = origin) =>
  recordOf(fakeAsk("key_1", "a/m"), { ...asked, origin: from }, journal, {
    exit,
    now: 1_250,
    wallNow: 1_700_000_000_250,
    configuration: "abc"
  })

describe("a request", () => {
  const table: ReadonlyArray<readonly [string, Exit.Exit<Outcome, Unanswered>, string | undefined]> = [
    ["answered", Exit.succeed({ opening }), undefined],
    ["broken", Exit.succeed({ opening, failure: new Cut({ message: "cut" }) }), "Cut"],
    ["failed", Exit.fail(unanswered), "ServerFault"],
    ["failed", Exit.die("a bug"), "Internal"],
    ["cancelled", Exit.failCause(Cause.interrupt(1)), undefined]
  ]
  for (const [outcome, exit, failure] of table) {
    test(`is ${outcome} with ${failure ?? "no failure"}`, () => {
      const record = recorded(exit)
      expect(`${record.outcome} ${record.failure}`).toBe(`${outcome} ${failure}`)
    })
  }

  test("is told with its times, its caller and the version that served it", () => {
    expect(recorded(Exit.succeed({ opening }))).toMatchObject({
      id: "request",
      receivedAt: 1_700_000_000_000,
      endedMs: 250,
      model: "a/m",
      stream: true,
      configuration: "abc",
      caller: { keyId: "key_1" },
      attempts: []
    })
  })

  test("has its key's tags and its own, each once", () => {
    expect(recorded(Exit.succeed({ opening })).labels.tags).toEqual(["prod", "blue"])
  })

  test("is told with its idempotency key, where it has one", () => {
    expect(recorded(Exit.succeed({ opening }))).not.toHaveProperty("idempotencyKey")
    expect(recorded(Exit.succeed({ opening }), { ...origin, idempotencyKey: "once" }).idempotencyKey).toBe("once")
  })
})
