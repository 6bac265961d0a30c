import { Schema } from "effect"
import {
  isTimeZone,
  mostAllowed,
  mostListed,
  patternProblem,
  tagProblem,
  timeMessage,
  timeOf,
  zoneMessage
} from "../../domain/keys/KeyRules.ts"
import { gatewayKeyProblem } from "../Secrets.ts"
import { decimal, text, whole, word, words } from "./Values.ts"

const usd = (description: string) =>
  Schema.optionalKey(decimal(0, mostAllowed.budget, 9, `${description} In US dollars.`))

const BudgetEntry = Schema.Struct({
  day: usd("In a day of zone."),
  month: usd("In a month of zone."),
  total: usd("In all."),
  zone: Schema.optionalKey(
    text("Time zone in which days and months begin.")
      .annotate({ default: "UTC" })
      .check(Schema.makeFilter((zone) => isTimeZone(zone) || zoneMessage))
  ),
  unknownPrices: Schema.optionalKey(
    words(["refuse", "allow"], "Whether models whose price is not known may be asked.").annotate({ default: "refuse" })
  )
}).annotate({ description: "How much money may be spent; needs data." })

const atMost = (most: number, description: string) => Schema.optionalKey(whole(1, most, description))

/** What a key or a team may use at most; the same for both. */
const limitFields = {
  requestsPerMinute: atMost(mostAllowed.requestsPerMinute, "Requests in a minute."),
  tokensPerMinute: atMost(mostAllowed.tokensPerMinute, "Tokens in a minute, input and output together."),
  requestsAtOnce: atMost(mostAllowed.requestsAtOnce, "Requests under way at once."),
  budget: Schema.optionalKey(BudgetEntry)
}

const listOf = (problemOf: (item: string) => string | undefined, description: string) =>
  Schema.optionalKey(
    Schema.Array(Schema.String.check(Schema.makeFilter((item) => problemOf(item) ?? true)))
      .annotate({ description })
      .check(Schema.makeFilter((list) => list.length <= mostListed || `must name ${mostListed} at most`))
  )

const gatewayKey = text("A key, best as ${NAME} or ${file:PATH}.").check(
  Schema.makeFilter((key) => gatewayKeyProblem(key) ?? true)
)

const keyMessage = "must be a key (one of digits alone needs quotes), or a mapping of name and key"

const name = word("What logs and the ledger call the key.")

/** A key of callers with what it is good for. */
const CallerKeyEntry = Schema.Struct({
  name,
  key: gatewayKey,
  team: Schema.optionalKey(word("Whose key it is: what the ledger counts for, and whose limits hold (teams).")),
  tags: listOf(tagProblem, "What the ledger can be split by."),
  models: listOf(patternProblem, "The models that may be asked, * for any part (openai/*); all by default."),
  tools: listOf(patternProblem, "The tools that models may be given, * for any part; all by default, none for []."),
  expires: Schema.optionalKey(
    text("The key is not taken from this day (its beginning, UTC) or time on.").check(
      Schema.makeFilter((written) => timeOf(written) !== undefined || timeMessage)
    )
  ),
  ...limitFields
})

/** `keys` as written. */
export const CallerKeys = Schema.Array(
  Schema.Union([gatewayKey, CallerKeyEntry]).annotate({ message: keyMessage })
).annotate({ description: "The keys that callers may use." })

/** `admin.keys` as written. */
export const AdminKeys = Schema.Array(
  Schema.Union([gatewayKey, Schema.Struct({ name, key: gatewayKey })]).annotate({ message: keyMessage })
).annotate({
  description: "The keys that may see and steer the gateway; none of them may be a key of callers."
})

/** One of `teams` as written. */
export const TeamEntry = Schema.Struct(limitFields)

export type CallerKeys = typeof CallerKeys.Type
export type AdminKeys = typeof AdminKeys.Type
export type TeamEntry = typeof TeamEntry.Type
