import { Schema } from "effect"
import { wordMessage, wordPattern } from "../../domain/keys/KeyRules.ts"

/** A text of any kind. */
export const text = (description: string) => Schema.String.annotate({ description })

/** One of a few words. */
export const words = <const Words extends ReadonlyArray<string>>(all: Words, description: string) =>
  Schema.Literals(all).annotate({ message: `must be ${all.join(" or ")}`, description })

/** Yes or no; as text too, because that is what the environment gives. */
export const flag = (description: string) =>
  Schema.Union([Schema.Boolean, Schema.Literals(["true", "false"])]).annotate({
    message: "must be true or false",
    description
  })

/** What a `flag` says. */
export const isTrue = (written: boolean | "true" | "false"): boolean => String(written) === "true"

/** Values as the environment gives them are text, so a number may be written as one: `port: ${PORT}`. */
export const whole = (minimum: number, maximum: number, description: string) => {
  const message = `must be a whole number from ${minimum} to ${maximum}`
  const number = Schema.Number.check(
    Schema.isInt({ message, toJsonSchema: () => ({ type: "integer" }) }),
    Schema.isBetween({ minimum, maximum }, { message })
  )
  const digits = Schema.String.check(
    Schema.isPattern(/^\d{1,15}$/u, { message }),
    Schema.makeFilter((written) => (Number(written) >= minimum && Number(written) <= maximum) || message)
  )
  return Schema.Union([number, digits]).annotate({ message, description })
}

/** A number between two others, with so many decimals at most. */
export const decimal = (minimum: number, maximum: number, decimals: number, description: string) => {
  const message = `must be a number from ${minimum} to ${maximum} with ${decimals} decimals at most`
  const isTaken = (number: number): boolean =>
    number >= minimum && number <= maximum && Math.round(number * 10 ** decimals) / 10 ** decimals === number
  const number = Schema.Number.check(
    Schema.isFinite({ message }),
    Schema.isBetween({ minimum, maximum }, { message }),
    Schema.makeFilter((written) => isTaken(written) || message)
  )
  const digits = Schema.String.check(
    Schema.isPattern(/^\d{1,15}(?:\.\d{1,15})?$/u, { message }),
    Schema.makeFilter((written) => isTaken(Number(written)) || message)
  )
  return Schema.Union([number, digits]).annotate({ message, description })
}

/** Milliseconds of each unit that a duration may be written in. */
const units = { milli: 1, second: 1000, minute: 60_000, hour: 3_600_000 }

/** `setTimeout` counts milliseconds in 31 bits. */
const maxDurationMs = 2 ** 31 - 1

const durationPattern = /^(\d{1,9}(?:\.\d{1,3})?) (milli|second|minute|hour)s?$/u

/** The milliseconds of a duration in words (`30 seconds`), if it is one that a timer can take. */
export const durationMs = (written: string): number | undefined => {
  const [, amount, unit] = durationPattern.exec(written) ?? []
  if (unit !== "milli" && unit !== "second" && unit !== "minute" && unit !== "hour") return undefined
  const milliseconds = Math.round(Number(amount) * units[unit])
  return milliseconds >= 1 && milliseconds <= maxDurationMs ? milliseconds : undefined
}

const durationMessage = 'must be a duration in words from 1 milli to 24 days, such as "30 seconds" or "500 millis"'

/** A duration in words; `byDefault` in milliseconds. */
export const duration = (description: string, byDefault?: number) =>
  // Annotated before the checks, since an annotation after them belongs to the last check and says nothing about the
  // type.
  Schema.String.annotate({
    message: durationMessage,
    description,
    ...(byDefault === undefined ? {} : { default: `${byDefault / 1000} seconds` })
  }).check(
    Schema.isPattern(durationPattern, { message: durationMessage }),
    Schema.makeFilter((written) => durationMs(written) !== undefined || durationMessage)
  )

/** A duration in words, or `word`. */
export const durationOr = (word: string, description: string) => {
  const message = `must be ${word}, or a duration in words such as "800 millis"`
  const pattern = new RegExp(`${durationPattern.source}|^${word}$`, "u")
  return Schema.String.annotate({ message, description }).check(
    Schema.isPattern(pattern, { message }),
    Schema.makeFilter((written) => written === word || durationMs(written) !== undefined || message)
  )
}

/** A name that goes into logs and targets (`#key-alias`). */
export const word = (description: string) =>
  text(description).check(Schema.isPattern(wordPattern, { message: wordMessage }))
