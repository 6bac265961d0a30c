import { Clock, Effect, Redacted, Result, Schema, SchemaIssue } from "effect"
import type { CreatedKeys } from "../../access/keys/CreatedKeys.ts"
import type { KeyEnded, KeyMistake, KeysUnavailable, NameTaken, NoSuchKey } from "../../access/keys/KeyFailures.ts"
import type { KeyStore } from "../../access/keys/KeyStore.ts"
import type { MadeKey } from "../../access/keys/KeyTerms.ts"
import { keyObject } from "../../access/keys/KeyView.ts"
import { type KeyWishes, spanMessage, spanOf, termsOf, usualOverlap } from "../../access/keys/KeyWishes.ts"
import { InvalidRequest, NotFound, Unavailable } from "../../domain/Failure.ts"
import { parseJson } from "../../domain/Fields.ts"
import { notJson } from "../Body.ts"
import { KeyToCreate, Rotation } from "./KeysApi.ts"
import { Refused } from "./Refused.ts"

/** The created keys, as the admin plane steers them. */
export interface KeyKnowledge {
  readonly store: KeyStore["Service"]
  /** So that this process knows at once what was changed here. */
  readonly created: Pick<CreatedKeys["Service"], "refresh">
  /** The keys of the configuration that runs, whose names are taken. */
  readonly namesInFile: () => ReadonlyArray<string>
}

/** What each wish is called in a body. */
const fieldNames: Readonly<Record<keyof KeyWishes, string>> = {
  name: "name",
  team: "team",
  tags: "tags",
  models: "models",
  tools: "tools",
  expires: "expires_at",
  requestsPerMinute: "requests_per_minute",
  tokensPerMinute: "tokens_per_minute",
  requestsAtOnce: "requests_at_once",
  day: "budget.day",
  month: "budget.month",
  total: "budget.total",
  zone: "budget.zone",
  unknownPrices: "budget.unknown_prices"
}

type Body = typeof KeyToCreate.Type
type Budget = NonNullable<Body["budget"]>

const amount = (name: "day" | "month" | "total", budget: Budget) =>
  budget[name] === undefined || budget[name] === null ? {} : { [name]: String(budget[name]) }

const given = <Name extends string, Value>(name: Name, value: Value | null | undefined) =>
  value === undefined || value === null ? {} : { [name]: value }

const wishesOf = (body: Body): KeyWishes => {
  const budget = body.budget ?? {}
  return {
    name: body.name,
    ...given("team", body.team),
    ...given("tags", body.tags),
    ...given("models", body.models),
    ...given("tools", body.tools),
    ...given("expires", body.expires_at),
    ...given("requestsPerMinute", body.requests_per_minute),
    ...given("tokensPerMinute", body.tokens_per_minute),
    ...given("requestsAtOnce", body.requests_at_once),
    ...amount("day", budget),
    ...amount("month", budget),
    ...amount("total", budget),
    ...given("zone", budget.zone),
    ...given("unknownPrices", budget.unknown_prices)
  }
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "UnexpectedKey") return "is not a field of this request"
    if (issue._tag === "MissingKey") return "is missing"
    const message = "ast" in issue ? issue.ast.annotations?.["message"] : undefined
    return typeof message === "string" ? message : "has a value that is not taken"
  }
})

/** The body as the schema has it; a field that it does not know is refused, for it may be a limit that is misspelt. */
const bodyOf =
  <A>(schema: Schema.ConstraintDecoder<A>) =>
  (text: string): Result.Result<A, Refused> => {
    const value = text.trim() === "" ? {} : parseJson(text)
    if (value === undefined) return Result.fail(new Refused({ failure: notJson() }))
    const decoded = Schema.decodeResult(schema)(value, { onExcessProperty: "error" })
    return Result.mapError(decoded, ({ issue }) => {
      const [first] = issuesOf(issue).issues
      const param = (first?.path ?? []).map(String).join(".")
      const message = `${param === "" ? "The body" : param} ${first?.message ?? "has a value that is not taken"}.`
      return new Refused({ failure: new InvalidRequest({ message, ...(param === "" ? {} : { param }) }) })
    })
  }

const keyToCreate = bodyOf(KeyToCreate)
const rotation = bodyOf(Rotation)

const refusals = {
  KeyMistake: ({ field, message }: KeyMistake) =>
    new Refused({ failure: new InvalidRequest({ message, param: field }) }),
  NameTaken: ({ message }: NameTaken) =>
    new Refused({ failure: new InvalidRequest({ message, param: "name", code: "name_taken" }), status: 409 }),
  NoSuchKey: ({ message }: NoSuchKey) => new Refused({ failure: new NotFound({ message, param: "id" }) }),
  KeyEnded: ({ message, why }: KeyEnded) =>
    new Refused({ failure: new InvalidRequest({ message, param: "id", code: `key_${why}` }), status: 409 }),
  KeysUnavailable: (error: KeysUnavailable) =>
    Effect.logError("The keys cannot be read or written.", error).pipe(
      Effect.andThen(
        new Refused({ failure: new Unavailable({ message: "The keys cannot be read or written now; try again." }) })
      )
    )
}

const madeObject = (made: MadeKey, now: number) => ({ ...keyObject(made, now), secret: Redacted.value(made.secret) })

/** The keys, where there is a place to keep them. */
export const deskOf = (keys: KeyKnowledge | undefined) =>
  keys === undefined ? new Refused({ failure: nothingKept() }) : Effect.succeed(keys)

const nothingKept = () =>
  new NotFound({ message: "This gateway keeps no keys. `data: FOLDER` in gateway.yaml says where to keep them." })

/** All created keys. */
export const listKeys = Effect.fn("admin.listKeys")(
  function* ({ store }: KeyKnowledge) {
    const now = yield* Clock.currentTimeMillis
    const listed = yield* store.list
    return { object: "list", data: listed.map((key) => keyObject(key, now)) } as const
  },
  Effect.catchTags({ KeysUnavailable: refusals.KeysUnavailable })
)

/** Makes the key that a body describes. */
export const createKey = Effect.fn("admin.createKey")(
  function* ({ store, created, namesInFile }: KeyKnowledge, text: string) {
    const now = yield* Clock.currentTimeMillis
    const body = yield* Effect.fromResult(keyToCreate(text))
    const terms = yield* Effect.fromResult(termsOf(wishesOf(body), now, fieldNames))
    const made = yield* store.create(terms, namesInFile())
    yield* created.refresh
    return madeObject(made, now)
  },
  Effect.catchTags({
    KeyMistake: refusals.KeyMistake,
    NameTaken: refusals.NameTaken,
    KeysUnavailable: refusals.KeysUnavailable
  })
)

/** Makes another secret for a key. */
export const rotateKey = Effect.fn("admin.rotateKey")(
  function* ({ store, created }: KeyKnowledge, id: string, text: string) {
    const now = yield* Clock.currentTimeMillis
    const { overlap } = yield* Effect.fromResult(rotation(text))
    const overlapMs = spanOf(overlap ?? usualOverlap)
    if (overlapMs === undefined) {
      const failure = new InvalidRequest({ message: `overlap ${spanMessage}.`, param: "overlap" })
      return yield* new Refused({ failure })
    }
    const made = yield* store.rotate(id, overlapMs)
    yield* created.refresh
    return madeObject(made, now)
  },
  Effect.catchTags({
    NoSuchKey: refusals.NoSuchKey,
    KeyEnded: refusals.KeyEnded,
    KeysUnavailable: refusals.KeysUnavailable
  })
)

/** Ends a key. */
export const disableKey = Effect.fn("admin.disableKey")(
  function* ({ store, created }: KeyKnowledge, id: string) {
    const now = yield* Clock.currentTimeMillis
    const listed = yield* store.disable(id)
    yield* created.refresh
    return keyObject(listed, now)
  },
  Effect.catchTags({ NoSuchKey: refusals.NoSuchKey, KeysUnavailable: refusals.KeysUnavailable })
)
