import { isDeepStrictEqual } from "node:util"
import type { Expectation, ExpectedCall, ExpectedChoice } from "./Expected.ts"
import { parsed } from "./Json.ts"
import type { Outcome, ToldCall, ToldChoice } from "./Outcome.ts"

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing"
  return text.length > 300 ? `${text.slice(0, 200)} … ${text.slice(-80)}` : text
}

const unlike = (what: string, expected: unknown, got: unknown): ReadonlyArray<string> =>
  isDeepStrictEqual(expected, got) ? [] : [`${what}: expected ${shown(expected)}, got ${shown(got)}`]

/** Whether `told` is the pieces in their order, with nothing but blank space between them. */
const isJoined = (pieces: ReadonlyArray<string>, told: string): boolean => {
  let rest = told
  for (const piece of pieces) {
    if (!rest.startsWith(piece)) rest = rest.trimStart()
    if (!rest.startsWith(piece)) return false
    rest = rest.slice(piece.length)
  }
  return rest === ""
}

const ofCall = (where: string, expected: ExpectedCall, told: ToldCall | undefined): ReadonlyArray<string> => {
  if (told === undefined) return [`${where}: expected a call of ${expected.name}, got none`]
  const written = expected.arguments
  return [
    ...unlike(`${where}.name`, expected.name, told.name),
    ...unlike(`${where}.kind`, expected.kind, told.kind),
    ...(expected.id === undefined ? [] : unlike(`${where}.id`, expected.id, told.id)),
    ...("text" in written
      ? unlike(`${where}.arguments`, written.text, told.arguments)
      : unlike(`${where}.arguments`, written.value, parsed(told.arguments)))
  ]
}

const isRepeated = (ids: ReadonlyArray<string>): boolean => new Set(ids).size < ids.length

/** A caller answers calls by their ids, so each needs its own, unless the provider itself gave one twice. */
const ofIds = (where: string, expected: ExpectedChoice, calls: ReadonlyArray<ToldCall>): ReadonlyArray<string> => {
  const ids = calls.map((call) => call.id)
  const recorded = expected.calls.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const isFine = ids.every((id) => id !== "") && (isRepeated(recorded) || !isRepeated(ids))
  return isFine ? [] : [`${where}: ids are empty or repeated: ${shown(ids)}`]
}

const ofChoice = (where: string, expected: ExpectedChoice, told: ToldChoice): ReadonlyArray<string> => [
  ...unlike(`${where}.text`, expected.text, told.text),
  ...(isJoined(expected.reasoning, told.reasoning)
    ? []
    : [`${where}.reasoning: expected ${shown(expected.reasoning)}, got ${shown(told.reasoning)}`]),
  ...unlike(`${where}.refusal`, expected.refusal, told.refusal),
  ...unlike(`${where}.calls.length`, expected.calls.length, told.calls.length),
  ...expected.calls.flatMap((call, index) => ofCall(`${where}.calls[${index}]`, call, told.calls[index])),
  ...ofIds(`${where}.calls`, expected, told.calls),
  ...unlike(`${where}.finish`, expected.finish, told.finish)
]

/**
 * What came before a failure may be held back, for another target to take over; but what was told must be as recorded.
 */
const ofFailed = (expected: Expectation, told: Outcome): ReadonlyArray<string> => [
  ...unlike("failure", expected.failure, told.failure),
  ...told.choices.flatMap((choice, index) => {
    const recorded = expected.choices[index]
    if (recorded === undefined) return []
    return [
      ...unlike(`choices[${index}].text`, recorded.text, choice.text),
      ...unlike(`choices[${index}].reasoning`, recorded.reasoning.join(""), choice.reasoning)
    ]
  })
]

/** Everything in which what the gateway told is not what the recording says; empty when they agree. */
export const differences = (expected: Expectation, told: Outcome): ReadonlyArray<string> => {
  if (expected.failure !== undefined) return ofFailed(expected, told)
  return [
    ...unlike("failure", undefined, told.failure),
    ...unlike("choices.length", expected.choices.length, told.choices.length),
    ...expected.choices.flatMap((choice, index) => {
      const other = told.choices[index]
      return other === undefined ? [] : ofChoice(`choices[${index}]`, choice, other)
    }),
    ...unlike("usage", expected.usage, told.usage)
  ]
}
