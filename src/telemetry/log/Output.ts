import { write } from "node:fs"
import { Data, Effect } from "effect"

/** Bytes could not be written; `code` is the system's (`EPIPE`, `ENOSPC`). */
export class NotWritten extends Data.TaggedError("NotWritten")<{ readonly code: string }> {}

/** Where lines go: writes all of the bytes, or says why not. */
export type Output = (bytes: Uint8Array) => Effect.Effect<void, NotWritten>

/** Milliseconds until a reader that had no room is asked again. */
const patienceMs = 20

/** Writes to an open file. A reader that is slow keeps a thread of the pool waiting, never the gateway. */
export const outputTo = (descriptor: number): Output => {
  const some = (bytes: Uint8Array) =>
    Effect.callback<number, NotWritten>((resume) => {
      write(descriptor, bytes, (error, written) =>
        resume(error === null ? Effect.succeed(written) : Effect.fail(new NotWritten({ code: error.code ?? "" })))
      )
    })
  const all = (bytes: Uint8Array): Effect.Effect<void, NotWritten> =>
    some(bytes).pipe(
      Effect.catchIf(
        ({ code }) => code === "EAGAIN",
        () => Effect.as(Effect.sleep(patienceMs), 0)
      ),
      Effect.flatMap((written) => (written < bytes.length ? all(bytes.subarray(written)) : Effect.void))
    )
  return all
}
