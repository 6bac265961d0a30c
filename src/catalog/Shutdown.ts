import type { Model } from "../domain/Model.ts"

/** Days before a shutdown from which callers are warned. */
const warnedDays = 30

const dayMilliseconds = 24 * 60 * 60 * 1000

/** Days from one day (`YYYY-MM-DD`) to another; negative when that is past. */
const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / dayMilliseconds)

const when = (days: number, shutdown: string): string => {
  if (days < 0) return `was switched off by its provider on ${shutdown}`
  if (days === 0) return `is switched off by its provider today, ${shutdown}`
  return `will be switched off by its provider on ${shutdown}, in ${days} ${days === 1 ? "day" : "days"}`
}

/**
 * The value of a `warning` header (RFC 7234 §5.5, code 299) for a model that is switched off within 30 days or already;
 * else nothing.
 */
export const shutdownWarning = (model: Model, today: string): string | undefined => {
  if (model.shutdown === undefined) return undefined
  const days = daysBetween(today, model.shutdown)
  if (Number.isNaN(days) || days > warnedDays) return undefined
  // The id is the operator's text; a quote or a letter beyond ASCII would break the header.
  const id = model.id.replaceAll(/[^ !#-[\]-~]/g, "?")
  return `299 - "${id} ${when(days, model.shutdown)}"`
}
