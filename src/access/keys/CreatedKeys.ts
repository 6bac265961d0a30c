import { Cause, Context, Effect, Layer } from "effect"
import { type KeptSecret, KeyStore } from "./KeyStore.ts"

/**
 * How often it is looked whether another process has changed the keys: a disabled key is refused within a second
 * everywhere.
 */
const lookEvery = "400 millis"

/**
 * The created keys in memory, as new as the database was at most half a second ago. While the database cannot be read,
 * what was read last holds. It lasts as long as its layer, over all versions of the configuration.
 */
export class CreatedKeys extends Context.Service<
  CreatedKeys,
  {
    /** The secret with that hash, its key not disabled; whether its time is over is not looked at. */
    readonly find: (hash: string) => KeptSecret | undefined
    /** Whether a key was ever created: a gateway that had keys once never answers everybody again. */
    readonly everHad: () => boolean
    /** Reads the keys now, so that this process knows at once what it has just changed. */
    readonly refresh: Effect.Effect<void>
  }
>()("gateway/access/keys/CreatedKeys") {
  static readonly layer = Layer.effect(
    CreatedKeys,
    Effect.gen(function* () {
      const store = yield* KeyStore
      let { version, everHad, secrets } = indexed(yield* store.kept)
      let isFailing = false

      const read = Effect.map(store.kept, (kept) => {
        // A slower reading that was begun earlier must not bring back what is gone.
        if (kept.version < version) return
        ;({ version, everHad, secrets } = indexed(kept))
      })
      const look = Effect.flatMap(store.version, (now) => (now === version ? Effect.void : read))
      const told = (work: typeof look) =>
        work.pipe(
          Effect.andThen(
            Effect.suspend(() => {
              if (!isFailing) return Effect.void
              isFailing = false
              return Effect.logWarning("The gateway's keys can be read again.")
            })
          ),
          Effect.catchCause((cause) => {
            if (Cause.hasInterrupts(cause) || isFailing) return Effect.void
            isFailing = true
            return Effect.logError(
              "The gateway's keys cannot be read; those that were known stay valid until they can.",
              cause
            )
          }),
          // A span for each look would drown all others.
          Effect.withTracerEnabled(false)
        )
      yield* Effect.sleep(lookEvery).pipe(Effect.andThen(told(look)), Effect.forever, Effect.forkScoped)

      return CreatedKeys.of({
        find: (hash) => secrets.get(hash),
        everHad: () => everHad,
        refresh: told(read)
      })
    })
  )
}

const indexed = ({ version, everHad, secrets }: Effect.Success<KeyStore["Service"]["kept"]>) => ({
  version,
  everHad,
  secrets: new Map(secrets.map((secret) => [secret.hash, secret]))
})
