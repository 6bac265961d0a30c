import { OverBudget, OverLimit, Unavailable } from "../../domain/Failure.ts"
import { putAsideCode } from "../../domain/keys/Purse.ts"
import { usdText } from "../../domain/usage/Money.ts"
import type { Pool } from "./Pool.ts"
import type { Slice } from "./Slice.ts"
import { timeIn } from "./Windows.ts"

/** Milliseconds after which something that others have put aside may be free again. */
const soonMs = 1000

const spans = { minute: "a minute", day: "a day", month: "a month", always: "in all" } as const

/** What to say when so much is not there. */
export const refusalOf = (pool: Pool, amount: number, now: number): OverLimit | OverBudget => {
  const slice = pool.at(now)
  if (pool.facts.counts === "nanos") return overBudget(pool, slice, amount, now)
  return pool.facts.counts === "tokens" ? overTokens(pool, slice, amount, now) : overLimit(pool, now)
}

/** What to say when one request more is too many. */
export const overLimit = (pool: Pool, now: number): OverLimit =>
  pool.resource === "at-once" ? overAtOnce(pool) : overRequests(pool, pool.at(now), now)

const overAtOnce = ({ terms }: Pool): OverLimit =>
  new OverLimit({
    message: `Rate limit reached for ${terms.owner}: ${counted(terms.limit, "request")} at once. Try again when one of them has ended.`,
    retryAfterMs: soonMs
  })

const overRequests = ({ terms }: Pool, { window }: Slice, now: number): OverLimit => {
  const retryAfterMs = window.endsAt - now
  return new OverLimit({
    message: `Rate limit reached for ${terms.owner}: ${counted(terms.limit, "request")} a minute. Try again in ${durationText(retryAfterMs)}.`,
    retryAfterMs
  })
}

const overTokens = (pool: Pool, slice: Slice, amount: number, now: number): OverLimit => {
  const { owner, limit } = pool.terms
  if (amount > limit) {
    return new OverLimit({
      message: `This request may use ${counted(amount, "token")}, and ${owner} may use ${limit} a minute. Send a shorter prompt or a smaller max_tokens.`
    })
  }
  const left = pool.left(slice)
  const retryAfterMs = slice.window.endsAt - now
  return new OverLimit({
    message: `Rate limit reached for ${owner}: ${counted(limit, "token")} a minute, of which ${left} are left; this request may use ${amount}. Try again in ${durationText(retryAfterMs)}.`,
    retryAfterMs
  })
}

const overBudget = (pool: Pool, slice: Slice, amount: number, now: number): OverBudget => {
  const { owner, limit, zone } = pool.terms
  const { window } = pool.facts
  const budget = `The budget of ${owner} is $${usdText(limit)} ${spans[window]}`
  const need = `this request may cost $${usdText(amount)}`
  const advice = "Send a shorter prompt or a smaller max_tokens"
  // What is left of it need not be known yet.
  if (amount > limit) return new OverBudget({ message: `${budget}, and ${need}. ${advice}.` })
  const left = `$${usdText(pool.left(slice))} of it`
  if (pool.isPossible(slice, amount)) {
    const message = `${budget}; ${left} is not spent or put aside for requests under way, and ${need}. Try again in a moment.`
    return new OverBudget({ message, code: putAsideCode, retryAfterMs: soonMs })
  }
  const smaller = `${budget}; ${left} is left, and ${need}. ${advice}`
  if (window === "always") return new OverBudget({ message: `${smaller}.` })
  return new OverBudget({
    message: `${smaller}, or wait until it begins anew at ${timeIn(zone, slice.window.endsAt)}.`,
    retryAfterMs: slice.window.endsAt - now
  })
}

/** What to say when money is limited and a price is not known. */
export const unknownPrice = ({ terms }: Pool): OverBudget =>
  new OverBudget({
    message: `The price of this model is not known, and the money of ${terms.owner} is limited. Give the model a price (\`models: {…: {prices: …}}\` in gateway.yaml), or allow unknown prices for it (\`budget: {unknownPrices: allow}\` there, \`--unknown-prices allow\` when a key is created).`,
    code: "unknown_price"
  })

/** What to say when the store, which knows what other processes use, cannot be asked. */
export const storeFails = (retryAfterMs: number): Unavailable =>
  new Unavailable({
    message:
      "The gateway cannot use its database now, so that it does not know what is left of the limits of this key. Try again.",
    retryAfterMs
  })

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** A time to wait as OpenAI's headers write it, in whole seconds: `12s`, `1m0s`. */
export const durationText = (ms: number): string => {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  const rest = `${seconds % 60}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}
