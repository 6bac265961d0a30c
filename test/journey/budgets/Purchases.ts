import { objectOf } from "../../../src/domain/Fields.ts"
import type { Seen } from "../stage/Asking.ts"
import {
  askAll,
  type Billed,
  billedBy,
  bookedOf,
  type Budget,
  budgetKey,
  nanosOf,
  patienceMs,
  simulatedProviders,
  type Till
} from "./Till.ts"
import { eventually } from "../stage/Eventually.ts"
import { promptAtMost } from "../stage/PromptAtMost.ts"
import type { Running } from "../stage/Processes.ts"

/** Requests that are sent at once, of which the budget is for fifty. */
export const crowd = 200

/**
 * Most that a request waits for what others have put aside: longer than all of them take, so that only the budget
 * refuses.
 */
const budgetWait = "60 seconds"

/** Nano-dollars a token. */
export interface Prices {
  readonly input: number
  readonly output: number
}

/** One kind of request, all of whose instances cost the same, and the budget for fifty of them. */
export interface Purchase {
  /** Of the key. */
  readonly name: string
  /** The simulator's model, without its provider: the beginning of the names of all that are asked. */
  readonly model: string
  readonly prices: Prices
  readonly body: (nth: number) => object
  /** Nano-dollars that must be there before one is sent. */
  readonly need: number
  /** Nano-dollars that one costs. */
  readonly use: number
}

/** The request with a number of three digits, so that all are of one length. */
const messagesOf = (nth: number) => [{ role: "user", content: `Question ${String(nth).padStart(3, "0")}` }]

interface Tokens {
  /** Reported for the prompt. */
  readonly input: number
  readonly output: number
  /** The shortest answer that is put aside for. */
  readonly least: number
}

const purchase = (
  fixed: Pick<Purchase, "name" | "model" | "prices">,
  more: object,
  { input, output, least }: Tokens
): Purchase => {
  const { model, prices } = fixed
  const body = (nth: number) => ({ model: `main/${model}`, messages: messagesOf(nth), ...more })
  return {
    ...fixed,
    body,
    need: promptAtMost(body(0)) * prices.input + least * prices.output,
    use: input * prices.input + output * prices.output
  }
}

const usual: Prices = { input: 1000, output: 2000 }

/** The answer is as long as was asked for, so that only the prompt costs less than was put aside. */
export const small = purchase(
  { name: "small", model: "words:count=9:input=5", prices: usual },
  { max_tokens: 4 },
  { input: 5, output: 4, least: 4 }
)

/**
 * Tokens that are put aside where none are asked for, and the fewest to which they are cut down when the money runs
 * out.
 */
export const unsaid = { usual: 1000, least: 256 }

/** Nothing is said of the length; the answer is shorter than the least that it is cut down to. */
export const unset = purchase(
  { name: "unset", model: "words:count=200:input=6", prices: usual },
  {},
  { input: 6, output: 200, least: unsaid.least }
)

/** The first of these ask two providers each. The prompt is free, so that who loses costs nothing, and need is use. */
export const hedged = purchase(
  { name: "hedged", model: "words:count=3:input=7", prices: { input: 0, output: 2000 } },
  { max_tokens: 3 },
  { input: 0, output: 3, least: 3 }
)

/** The same as streams, whose prompt costs something, also that of who loses. */
export const hedgedStream = purchase(
  { name: "hedged-stream", model: "words:count=300:input=8", prices: usual },
  { max_tokens: 300, stream: true },
  { input: 8, output: 300, least: 300 }
)

/** Has the money for one provider alone, though a second would be asked. */
export const lonely: Purchase = { ...hedged, name: "lonely" }

/** The second provider takes some time, in which both have money put aside. */
const late = "first=300ms"

/** A provider gets ten second tries a minute however little it is asked. */
const spares = ["spare-1", "spare-2", "spare-3", "spare-4"]

/** A request whose first provider is late as `option` says, and after 50 ms the next is asked. */
export const hedgedBody = ({ model, body }: Purchase, nth: number, option: string) => ({
  ...body(nth),
  model: `main/${model}:${option}`,
  fallbacks: spares.map((spare) => `${spare}/${model}:${late}`),
  gateway: { hedge: { after_ms: 50 } }
})

const purchases = [small, unset, hedged, hedgedStream]

/** Of a purchase's model: as it is, and how it misbehaves. */
const modelsOf = ({ model }: Purchase) => [model, `${model}:hang`, `${model}:${late}`]

/** What fifty need one after another: the last one needs more than it uses. */
export const budgetOf = ({ name, need, use }: Purchase): Budget => ({ name, nanos: 49 * use + need })

/** The configuration of a gateway for all purchases. */
export const forPurchases = (simulator: Running) => {
  const providers = ["main", ...spares]
  return {
    keys: [...purchases.map(budgetOf), { name: lonely.name, nanos: lonely.need }].map(budgetKey),
    limits: { outputTokens: unsaid.usual, budgetWait },
    providers: simulatedProviders(providers, simulator),
    models: Object.fromEntries(
      purchases.flatMap((one) =>
        modelsOf(one).flatMap((model) => providers.map((provider) => [`${provider}/${model}`, factsOf(one.prices)]))
      )
    )
  }
}

/** US dollars a million tokens. */
const factsOf = ({ input, output }: Prices) => ({
  prices: [{ from: "2026-01-01", input: input / 1000, output: output / 1000 }]
})

const bodiesOf = ({ body }: Purchase, from: number, to: number) =>
  Array.from({ length: to - from }, (_, nth) => body(from + nth))

/** Two hundred at once. */
export const buyAll = (till: Till, one: Purchase): Promise<ReadonlyArray<Seen>> =>
  askAll(till, one, bodiesOf(one, 0, crowd))

/** One, and when that is answered the others at once. */
export const buyAfterOne = async (till: Till, one: Purchase): Promise<ReadonlyArray<Seen>> => [
  ...(await askAll(till, one, bodiesOf(one, 0, 1))),
  ...(await askAll(till, one, bodiesOf(one, 1, crowd)))
]

/** Two hundred at once; the hedges of the first `hedges` have begun when the others come. */
export const buyHedged = async (till: Till, one: Purchase, hedges: number): Promise<ReadonlyArray<Seen>> => {
  const bodies = Array.from({ length: hedges }, (_, nth) => hedgedBody(one, nth, "hang"))
  const first = askAll(till, one, bodies)
  await eventually(async () => ((await received(till, one)).length >= 2 * hedges ? true : undefined), patienceMs)
  return (await Promise.all([first, askAll(till, one, bodiesOf(one, hedges, crowd))])).flat()
}

/** What reached the simulator of a purchase. */
export const received = ({ simulator }: Till, { model }: Purchase): Promise<ReadonlyArray<Billed>> =>
  billedBy(simulator, model)

/** What the provider wants for it, in nano-dollars. */
const billOf = ({ prices }: Purchase, billed: ReadonlyArray<Billed>): number =>
  billed.reduce(
    (sum, { inputTokens, outputTokens }) => sum + inputTokens * prices.input + outputTokens * prices.output,
    0
  )

/** What became of two hundred requests. Money is in nano-dollars. */
export interface Outcome {
  readonly answered: number
  readonly refused: ReadonlyArray<Seen>
  /** What the provider wants. */
  readonly billed: number
  readonly received: ReadonlyArray<Billed>
  /** What the ledger has. */
  readonly booked: number
  /** Of that, for attempts that lost against another. */
  readonly bookedForLosers: number
  readonly losers: number
}

/** Asks the ledger and the simulator what became of them. */
export const outcomeOf = async (till: Till, one: Purchase, seen: ReadonlyArray<Seen>): Promise<Outcome> => {
  const refused = seen.filter(({ status }) => status !== 200)
  const answered = seen.length - refused.length
  const totals = await bookedOf(till.gateways[0], one, answered)
  const came = await received(till, one)
  return {
    answered,
    refused,
    billed: billOf(one, came),
    received: came,
    booked: nanosOf(totals["cost"]),
    bookedForLosers: nanosOf(objectOf(totals["cost_by_outcome"])["lost"]),
    losers: Number(objectOf(totals["attempts_by_outcome"])["lost"])
  }
}
