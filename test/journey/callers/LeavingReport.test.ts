import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect } from "effect"
import { eventually } from "../stage/Eventually.ts"
import { type InProcess, startInProcess } from "../stage/InProcess.ts"

let gateway: InProcess
/** Reports that were begun, and given up. */
const counts = { begun: 0, givenUp: 0 }

beforeAll(async () => {
  const endless = Effect.suspend(() => {
    counts.begun++
    return Effect.onInterrupt(Effect.never, () => Effect.sync(() => void counts.givenUp++))
  })
  gateway = await startInProcess([], undefined, {
    usage: () => endless,
    statement: () => endless,
    cache: () => endless
  })
})

afterAll(() => gateway.stop())

test("a report is given up with its caller, and its key may ask for another", async () => {
  for (const time of [1, 2]) {
    const leaving = new AbortController()
    const asked = fetch(`${gateway.url}/v1/usage`, { signal: leaving.signal }).catch(() => undefined)
    await eventually(() => (counts.begun === time ? true : undefined))
    leaving.abort()
    await asked
    await eventually(() => (counts.givenUp === time ? true : undefined))
  }
  expect(counts).toEqual({ begun: 2, givenUp: 2 })
})
