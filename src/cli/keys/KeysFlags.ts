import type { Option } from "effect"
import { Argument, Flag } from "effect/cli"
import { usualOverlap } from "../../access/keys/KeyWishes.ts"

const optionalText = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)
const optionalWhole = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional)
const several = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.atLeast(0))

const json = Flag.Boolean("json").pipe(Flag.withDescription("print JSON"), Flag.withDefault(false))
const reference = Argument.String("NAME|ID").pipe(Argument.withDescription("the key, by its name or its id"))

/** The parameters of `keys create` besides `--config`. */
export const createParameters = {
  name: Flag.String("name").pipe(Flag.withDescription("what logs and bills call the key")),
  team: optionalText("team", "whose limits hold besides the key's own"),
  tag: several("tag", "what bills can be split by; may be given several times"),
  model: several("model", "a model that may be asked, * for any part (openai/*); all if absent"),
  tool: several("tool", "a tool that models may be given, * for any part; all if absent"),
  expires: optionalText("expires", "a day (2027-01-31), a time, or a duration (90d) after which it is not taken"),
  requestsPerMinute: optionalWhole("requests-per-minute", "requests in a minute"),
  tokensPerMinute: optionalWhole("tokens-per-minute", "tokens in a minute, input and output together"),
  requestsAtOnce: optionalWhole("requests-at-once", "requests under way at once"),
  day: optionalText("budget-day", "US dollars in a day"),
  month: optionalText("budget-month", "US dollars in a month"),
  total: optionalText("budget-total", "US dollars in all"),
  zone: optionalText("zone", "time zone in which days and months begin; UTC if absent"),
  unknownPrices: Flag.Literals("unknown-prices", ["refuse", "allow"]).pipe(
    Flag.withDescription("whether models whose price is not known may be asked although money is limited"),
    Flag.optional
  ),
  json
}

/** The parameters of `keys list` besides `--config`. */
export const listParameters = { json }

/** The parameters of `keys rotate` besides `--config`. */
export const rotateParameters = {
  reference,
  overlap: Flag.String("overlap").pipe(
    Flag.withDescription(`how long the present secret is still taken: 0s, 1h, 7d; ${usualOverlap} if absent`),
    Flag.withDefault(usualOverlap)
  ),
  json
}

/** The parameters of `keys disable` besides `--config`. */
export const disableParameters = { reference, json }

/** A key that is to be made. */
export interface CreateFlags {
  readonly name: string
  readonly team: Option.Option<string>
  readonly tag: ReadonlyArray<string>
  readonly model: ReadonlyArray<string>
  readonly tool: ReadonlyArray<string>
  readonly expires: Option.Option<string>
  readonly requestsPerMinute: Option.Option<number>
  readonly tokensPerMinute: Option.Option<number>
  readonly requestsAtOnce: Option.Option<number>
  readonly day: Option.Option<string>
  readonly month: Option.Option<string>
  readonly total: Option.Option<string>
  readonly zone: Option.Option<string>
  readonly unknownPrices: Option.Option<"refuse" | "allow">
  readonly json: boolean
}

/** What is to be done with the keys. */
export type KeysCommand =
  | { readonly _tag: "Create"; readonly flags: CreateFlags }
  | { readonly _tag: "List"; readonly flags: { readonly json: boolean } }
  | {
      readonly _tag: "Rotate"
      readonly flags: { readonly reference: string; readonly overlap: string; readonly json: boolean }
    }
  | { readonly _tag: "Disable"; readonly flags: { readonly reference: string; readonly json: boolean } }
