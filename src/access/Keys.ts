import { Context, Effect, Layer, Redacted, Result } from "effect"
import { UnknownKey } from "../domain/Failure.ts"

/** Who asks. */
export interface Caller {
  /** The name of the key, for the log and the bill; never the key. */
  readonly name: string
}

/** A key that the gateway accepts. */
export interface AcceptedKey {
  readonly name: string
  readonly key: Redacted.Redacted<string>
}

/** The caller of a gateway that has no keys and so answers this machine only. */
const local: Caller = { name: "local" }

/** Who may ask: the keys that are accepted, looked up by their SHA-256 so that neither time nor memory tells a wrong key from an unknown one. */
export class Keys extends Context.Service<
  Keys,
  {
    /** The caller by the value of `Authorization`: `Bearer KEY`, or the bare key that AssemblyAI's clients send. */
    readonly find: (authorization: string | null) => Result.Result<Caller, UnknownKey>
    /** Whether a key is asked for at all. */
    readonly required: boolean
  }
>()("gateway/access/Keys") {
  static readonly layer = (accepted: ReadonlyArray<AcceptedKey>) =>
    Layer.effect(
      Keys,
      Effect.sync(() => {
        const callers = new Map(accepted.map(({ name, key }) => [hash(Redacted.value(key)), { name }]))
        const find = (authorization: string | null): Result.Result<Caller, UnknownKey> => {
          if (callers.size === 0) return Result.succeed(local)
          const caller = callers.get(hash(keyOf(authorization ?? "")))
          return caller === undefined ? Result.fail(unknown()) : Result.succeed(caller)
        }
        return Keys.of({ find, required: callers.size > 0 })
      })
    )
}

const keyOf = (authorization: string): string => authorization.replace(/^Bearer\s+/i, "").trim()

const hash = (key: string): string => Bun.SHA256.hash(key, "hex")

const unknown = () =>
  new UnknownKey({
    message: "Incorrect or missing gateway key. Send one of the keys of this gateway as `Authorization: Bearer KEY`."
  })
