import { Clock, Context, Effect, Layer, Redacted, Result } from "effect"
import type { Allowance, Caller, Quota } from "../domain/keys/Caller.ts"
import { UnknownKey } from "../domain/Failure.ts"
import { NamePatterns } from "../domain/keys/NamePatterns.ts"
import { CreatedKeys } from "./keys/CreatedKeys.ts"
import type { KeptSecret } from "./keys/KeyStore.ts"
import type { KeyTerms } from "./keys/KeyTerms.ts"
import { hashOf } from "./keys/Secrets.ts"

/** A key that is written in the configuration: its name is its id too. */
export interface AcceptedKey extends Omit<KeyTerms, "tags"> {
  readonly key: Redacted.Redacted
  readonly tags?: ReadonlyArray<string>
}

/** What teams may use, by their names; a team that is not here has no limits of its own. */
export type Teams = ReadonlyMap<string, Allowance>

const noTeams: Teams = new Map()

/** The caller of a gateway that has no keys and so answers this machine only. */
export const localCaller: Caller = { keyId: "local", name: "local", tags: [], quotas: [] }

/**
 * Who may ask: the keys that are accepted, looked up in memory by their SHA-256, so that neither the time nor the
 * answer tells a wrong key from an unknown one, and a wrong key costs no more than its hash.
 */
export class Keys extends Context.Service<
  Keys,
  {
    /** The caller by the value of `Authorization`: `Bearer KEY`, or the bare key that AssemblyAI's clients send. */
    readonly find: (authorization: string | null) => Result.Result<Caller, UnknownKey>
    /**
     * Whether a key is asked for at all; it may begin to be while the gateway runs, when the first is created, and
     * never ends to be by disabling.
     */
    readonly required: boolean
  }
>()("gateway/access/Keys") {
  /** The keys of the configuration alone. */
  static readonly layer = (accepted: ReadonlyArray<AcceptedKey>, teams: Teams = noTeams) =>
    Layer.effect(
      Keys,
      Effect.clockWith((clock) => Effect.sync(() => keysOf(accepted, teams, noneCreated, clock)))
    )

  /** The keys of the configuration, and those that were created. */
  static readonly layerWithCreated = (accepted: ReadonlyArray<AcceptedKey>, teams: Teams = noTeams) =>
    Layer.effect(
      Keys,
      Effect.flatMap(CreatedKeys, (created) =>
        Effect.clockWith((clock) => Effect.sync(() => keysOf(accepted, teams, created, clock)))
      )
    )
}

const noneCreated: Pick<CreatedKeys["Service"], "find" | "everHad"> = { find: () => undefined, everHad: () => false }

const keysOf = (
  accepted: ReadonlyArray<AcceptedKey>,
  teams: Teams,
  created: typeof noneCreated,
  clock: Clock.Clock
): Keys["Service"] => {
  const written = new Map(
    accepted.map((key) => [
      hashOf(Redacted.value(key.key)),
      { caller: callerOf(key.name, key, teams), expiresAt: key.expiresAt }
    ])
  )
  // By the key as it was read last, so that what is not kept any more is not remembered either.
  const callers = new WeakMap<KeptSecret["key"], Caller>()
  const callerOfCreated = (key: KeptSecret["key"]): Caller => {
    const before = callers.get(key)
    if (before !== undefined) return before
    const caller = callerOf(key.id, key, teams)
    callers.set(key, caller)
    return caller
  }
  const isOver = (end: number | undefined): boolean => end !== undefined && end <= clock.currentTimeMillisUnsafe()

  return Keys.of({
    find: (authorization) => {
      if (written.size === 0 && !created.everHad()) return Result.succeed(localCaller)
      const hash = hashOf(keyIn(authorization ?? ""))
      const own = written.get(hash)
      if (own !== undefined) return isOver(own.expiresAt) ? Result.fail(unknown()) : Result.succeed(own.caller)
      const secret = created.find(hash)
      if (secret === undefined || isOver(secret.expiresAt) || isOver(secret.key.expiresAt)) {
        return Result.fail(unknown())
      }
      return Result.succeed(callerOfCreated(secret.key))
    },
    get required() {
      return written.size > 0 || created.everHad()
    }
  })
}

const callerOf = (keyId: string, key: Omit<KeyTerms, "tags"> & { tags?: ReadonlyArray<string> }, teams: Teams) => {
  const { name, team, tags = [], models, tools, allowance } = key
  const teamAllowance = team === undefined ? undefined : teams.get(team)
  const quotas: Array<Quota> = []
  if (allowance !== undefined) quotas.push({ scope: `key:${keyId}`, allowance })
  if (teamAllowance !== undefined) quotas.push({ scope: `team:${team}`, allowance: teamAllowance })
  const caller: Caller = {
    keyId,
    name,
    ...(team === undefined ? {} : { team }),
    tags,
    ...(models === undefined ? {} : { models: new NamePatterns(models) }),
    ...(tools === undefined ? {} : { tools: new NamePatterns(tools) }),
    quotas
  }
  return caller
}

const keyIn = (authorization: string): string => authorization.replace(/^Bearer\s+/i, "").trim()

const unknown = () =>
  new UnknownKey({
    message: "Incorrect or missing gateway key. Send one of the keys of this gateway as `Authorization: Bearer KEY`."
  })
