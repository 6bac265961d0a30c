import { Clock, Console, Data, Effect, Layer, Option, Redacted } from "effect"
import { KeyStore } from "../../access/keys/KeyStore.ts"
import type { KeySecret, MadeKey } from "../../access/keys/KeyTerms.ts"
import { keyObject } from "../../access/keys/KeyView.ts"
import { type KeyWishes, spanMessage, spanOf, termsOf } from "../../access/keys/KeyWishes.ts"
import type { Catalog } from "../../catalog/Catalog.ts"
import type { Settings } from "../../config/Settings.ts"
import * as Store from "../../store/Store.ts"
import type { CreateFlags, KeysCommand } from "./KeysFlags.ts"
import { keyTable, timeText } from "./KeyTable.ts"
import { patternDoubt } from "../Doubts.ts"

/** What was asked of the keys cannot be done; says what to do instead. */
export class KeysRefused extends Data.TaggedError("KeysRefused")<{ readonly message: string }> {}

const flagNames: Readonly<Record<keyof KeyWishes, string>> = {
  name: "--name",
  team: "--team",
  tags: "--tag",
  models: "--model",
  tools: "--tool",
  expires: "--expires",
  requestsPerMinute: "--requests-per-minute",
  tokensPerMinute: "--tokens-per-minute",
  requestsAtOnce: "--requests-at-once",
  day: "--budget-day",
  month: "--budget-month",
  total: "--budget-total",
  zone: "--zone",
  unknownPrices: "--unknown-prices"
}

const given = <Name extends string, Value>(name: Name, value: Option.Option<Value>) =>
  Option.match(value, { onNone: () => ({}), onSome: (some) => ({ [name]: some }) })

const wishesOf = (flags: CreateFlags): KeyWishes => ({
  name: flags.name,
  tags: flags.tag,
  ...(flags.model.length === 0 ? {} : { models: flags.model }),
  ...(flags.tool.length === 0 ? {} : { tools: flags.tool }),
  ...given("team", flags.team),
  ...given("expires", flags.expires),
  ...given("requestsPerMinute", flags.requestsPerMinute),
  ...given("tokensPerMinute", flags.tokensPerMinute),
  ...given("requestsAtOnce", flags.requestsAtOnce),
  ...given("day", flags.day),
  ...given("month", flags.month),
  ...given("total", flags.total),
  ...given("zone", flags.zone),
  ...given("unknownPrices", flags.unknownPrices)
})

/** What there is besides the keys in `data`. */
interface Known {
  readonly settings: Pick<Settings, "data" | "keys">
  readonly catalog: Effect.Effect<Catalog["Service"], { readonly message: string }>
}

const create = Effect.fnUntraced(function* (flags: CreateFlags, { settings, catalog }: Known) {
  const store = yield* KeyStore
  const now = yield* Clock.currentTimeMillis
  const terms = yield* Effect.fromResult(termsOf(wishesOf(flags), now, flagNames))
  const models = terms.models === undefined ? [] : (yield* catalog).all
  for (const pattern of terms.models ?? []) {
    const doubt = patternDoubt(pattern, models)
    if (doubt !== undefined) yield* Console.error(`warning: --model ${pattern} ${doubt}`)
  }
  const made = yield* store.create(
    terms,
    settings.keys.map(({ name }) => name)
  )
  yield* tellMade(made, flags.json, `The key ${made.key.name} (${made.key.id}) was made.`)
})

const rotate = Effect.fnUntraced(function* (flags: { reference: string; overlap: string; json: boolean }) {
  const overlapMs = spanOf(flags.overlap)
  if (overlapMs === undefined) return yield* new KeysRefused({ message: `--overlap ${spanMessage}.` })
  const store = yield* KeyStore
  const made = yield* store.rotate(flags.reference, overlapMs)
  const { key, secrets } = made
  const until = overlapMs === 0 ? "is not taken any more" : `is taken until ${lastEnd(secrets)}`
  yield* tellMade(made, flags.json, `The key ${key.name} (${key.id}) has another secret; the one before ${until}.`)
})

const lastEnd = (secrets: ReadonlyArray<KeySecret>): string =>
  timeText(Math.max(...secrets.map(({ expiresAt }) => expiresAt ?? 0)))

const disable = Effect.fnUntraced(function* (flags: { reference: string; json: boolean }) {
  const store = yield* KeyStore
  const listed = yield* store.disable(flags.reference)
  if (flags.json) return yield* tellJson(keyObject(listed, yield* Clock.currentTimeMillis))
  const { key } = listed
  yield* Console.log(`The key ${key.name} (${key.id}) is disabled. Gateways that run refuse it within a second.`)
})

const list = Effect.fnUntraced(function* (flags: { json: boolean }) {
  const store = yield* KeyStore
  const now = yield* Clock.currentTimeMillis
  const listed = yield* store.list
  if (flags.json) return yield* tellJson({ object: "list", data: listed.map((key) => keyObject(key, now)) })
  if (listed.length === 0) return yield* Console.log("No key was created yet. `keys create --name NAME` makes one.")
  yield* Console.log(keyTable(listed, now))
})

const tellJson = (value: object) => Console.log(JSON.stringify(value, undefined, 2))

/** The secret alone is on standard output, so that a script can take it; what a person should know is beside it. */
const tellMade = Effect.fnUntraced(function* (made: MadeKey, asJson: boolean, what: string) {
  const secret = Redacted.value(made.secret)
  if (asJson) return yield* tellJson({ ...keyObject(made, yield* Clock.currentTimeMillis), secret })
  yield* Console.error(`${what} Its secret is told this once; gateways that run take it within a second:`)
  yield* Console.log(secret)
})

const done = (command: KeysCommand, known: Known): Effect.Effect<void, { readonly message: string }, KeyStore> => {
  switch (command._tag) {
    case "Create":
      return create(command.flags, known)
    case "List":
      return list(command.flags)
    case "Rotate":
      return rotate(command.flags)
    case "Disable":
      return disable(command.flags)
  }
}

/**
 * Does what the command says with the keys in `data`, whether a gateway runs there or not, and prints what came of it.
 */
export const runKeys = Effect.fn("keys")(function* (
  command: KeysCommand,
  settings: Known["settings"],
  catalog: Known["catalog"]
) {
  if (settings.data === undefined) {
    const message =
      "There is no place to keep keys: set `data: FOLDER` in gateway.yaml and name the file with --config, or set DATA in the environment."
    return yield* new KeysRefused({ message })
  }
  const store = KeyStore.layer.pipe(Layer.provide(Store.layer({ folder: settings.data })))
  yield* done(command, { settings, catalog }).pipe(
    Effect.provide(store),
    Effect.mapError(({ message }) => new KeysRefused({ message }))
  )
})
