import type { Failure, ProviderWords } from "../domain/Failure.ts"

/** Headers of our requests whose values are no secret. */
const plainHeaders: ReadonlySet<string> = new Set([
  "content-type",
  "accept",
  "accept-encoding",
  "anthropic-version",
  "anthropic-beta"
])

/** Longest message of a provider that a caller is shown, in characters. */
const maxMessageLength = 2000

/** Longest of its other words: a code, a type, the name of a field. */
const maxWordLength = 200

/** Shortest value that is looked for: shorter ones are no keys, and would be found inside words. */
const minSecretLength = 6

/**
 * What must not be told of the headers of a request: all that is not known to be plain, the longest first because one
 * may be part of another.
 */
const secretsIn = (headers: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(headers)
    .filter(([name]) => !plainHeaders.has(name))
    .map(([, value]) => value.replace(/^(?:Bearer|Basic) /i, ""))
    .filter((value) => value.length >= minSecretLength)
    .sort((one, other) => other.length - one.length)

/** A text in which no credential of a request's headers is left. */
export const textWithoutKeys = (text: string, headers: Readonly<Record<string, string>>): string =>
  secretsIn(headers).reduce((rest, secret) => rest.replaceAll(secret, "<redacted>"), text)

/**
 * A failure in whose texts no credential of the request is left: providers echo what they were sent, in whatever field
 * they like. `answered`: what is known of the provider's answer, when it had begun.
 */
export const withoutKeys = (
  failure: Failure,
  headers: Readonly<Record<string, string>>,
  answered: Pick<ProviderWords, "provider" | "requestId"> | undefined = undefined
): Failure => {
  const { message, param, code } = failure
  // Inside a stream no provider says its request's id again; its headers did.
  const words = answered === undefined ? failure.words : { ...answered, ...failure.words }
  const clean = (text: string, most = maxWordLength): string => textWithoutKeys(text, headers).slice(0, most)
  const details = {
    message: clean(message, maxMessageLength),
    ...(param === undefined ? {} : { param: clean(param) }),
    ...(code === undefined ? {} : { code: clean(code) }),
    ...(words === undefined
      ? {}
      : {
          words: Object.fromEntries(
            Object.entries(words).map(([name, value]) => [
              name,
              typeof value === "string" ? clean(value, name === "message" ? maxMessageLength : maxWordLength) : value
            ])
          )
        })
  }
  // The same class with other texts; the constructors differ in what else they take.
  const told: Failure = Object.assign(Object.create(Object.getPrototypeOf(failure)), failure, details)
  return told
}
