import { writeSync } from "node:fs"
import { Effect, Layer } from "effect"
import { Ledger } from "../../src/ledger/Ledger.ts"
import * as Store from "../../src/store/Store.ts"
import { record } from "./Records.ts"

/** A process that books so many requests, says so, and is stopped by nothing but a signal, before any is stored. */
const [, , folder = "", count = "0"] = process.argv

const booking = Effect.gen(function* () {
  const ledger = yield* Ledger
  return yield* Effect.sync(() => {
    for (let number = 0; number < Number(count); number++) ledger.book(record(`${process.pid}-${number}`))
    writeSync(1, "booked\n")
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
})

await Effect.runPromise(Effect.provide(booking, Ledger.layer({ folder }).pipe(Layer.provide(Store.layer({ folder })))))
