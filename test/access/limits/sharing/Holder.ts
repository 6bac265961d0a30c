import { Effect } from "effect"
import { callerWith, processOn } from "../Callers.ts"

/** Takes all that its caller may use of a database's limits, says so, and stays until it is killed. */
const hold = Effect.gen(function* () {
  const { limits } = yield* processOn(process.argv[2] ?? "")
  const caller = callerWith({ inTotal: 100, requestsAtOnce: 1 })
  yield* limits.enter(caller)
  yield* limits.purseOf(caller)?.wait({ tokens: 0, nanos: 60 }) ?? Effect.void
  yield* Effect.sync(() => process.stdout.write("held\n"))
  return yield* Effect.never
})

await Effect.runPromise(Effect.scoped(hold))
