import { join } from "node:path"
import { Effect, Fiber } from "effect"
import type { Limits } from "../../../../src/access/Limits.ts"
import type { Caller } from "../../../../src/domain/keys/Caller.ts"
import type { Purse } from "../../../../src/domain/keys/Purse.ts"
import { newFolder } from "../../../store/Folder.ts"
import { onSomeDay, pass, processOn, start } from "../Callers.ts"

export const purseOf = (limits: Limits["Service"], caller: Caller): Purse => {
  const purse = limits.purseOf(caller)
  if (purse === undefined) throw new Error("no purse")
  return purse
}

/** On one new database. */
export const twoProcesses = Effect.gen(function* () {
  yield* onSomeDay
  const filename = join(yield* newFolder, "gateway.sqlite")
  return { filename, one: yield* processOn(filename), two: yield* processOn(filename) }
})

/** What comes of it when so many milliseconds pass. */
export const during = <A, E, R>(millis: number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* start(effect)
    yield* pass(millis)
    return yield* Fiber.join(fiber)
  })
