import { expect, test } from "bun:test"
import { Effect } from "effect"
import { Timers } from "../../src/net/Timers.ts"

const timers = Effect.runSync(Effect.service(Timers))

test("a timer runs once, after its time, unless it is cancelled", async () => {
  const ran: Array<string> = []
  const startedAt = timers.now()
  timers.after(5, () => void ran.push("first"))
  const cancel = timers.after(5, () => void ran.push("cancelled"))
  cancel()
  cancel()
  await new Promise<void>((resolve) => void timers.after(20, resolve))
  expect(ran).toEqual(["first"])
  expect(timers.now() - startedAt).toBeGreaterThanOrEqual(19)
})

test("a delay that no timer takes does not run at once", async () => {
  let ran = false
  const cancel = timers.after(2 ** 40, () => {
    ran = true
  })
  await Bun.sleep(5)
  cancel()
  expect(ran).toBe(false)
})
