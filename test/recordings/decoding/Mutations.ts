import { isDeepStrictEqual } from "node:util"
import { eventsOf } from "./Events.ts"
import type { Expectation } from "../Expected.ts"
import { expectationOf } from "../Expectation.ts"
import { type Kind, type Recording, recordings } from "../Recordings.ts"

/** A recording with one thing changed that a replay must notice. */
export interface Mutation {
  readonly name: string
  readonly recording: Recording
}

const missing = "an event is missing"
const others = ["a word is another", "an argument is another", "a count of tokens is another"] as const

const usageField = /("(?:prompt_tokens|input_tokens|promptTokenCount)":\s*)(\d+)/g

/** Every body in which one event is left out. */
function* withoutAnEvent({ body }: Recording): Iterable<string> {
  const bytes = new TextEncoder().encode(body)
  const text = new TextDecoder()
  for (const { from, to } of eventsOf(body)) {
    yield text.decode(bytes.subarray(0, from)) + text.decode(bytes.subarray(to))
  }
}

/** Every body in which one word of `text` is another word. */
function* withAnotherWord(body: string, text: string): Iterable<string> {
  for (const [word] of text.matchAll(/\p{Letter}{3,}/gu)) {
    const found = body.indexOf(word)
    if (found >= 0) yield `${body.slice(0, found)}Zebra${body.slice(found + word.length)}`
    const last = body.lastIndexOf(word)
    if (last !== found) yield `${body.slice(0, last)}Zebra${body.slice(last + word.length)}`
  }
}

const argumentsText = (expected: Expectation): string =>
  expected.choices
    .flatMap(({ calls }) => calls)
    .map((call) => ("text" in call.arguments ? call.arguments.text : JSON.stringify(call.arguments.value)))
    .join(" ")

function* bodies(recording: Recording, expected: Expectation): Iterable<readonly [name: string, body: string]> {
  if (recording.stream) for (const body of withoutAnEvent(recording)) yield [missing, body]
  const text = expected.choices.map((choice) => choice.text).join(" ")
  for (const body of withAnotherWord(recording.body, text)) yield [others[0], body]
  for (const body of withAnotherWord(recording.body, argumentsText(expected))) yield [others[1], body]
  yield [others[2], recording.body.replace(usageField, (_, name, count) => name + (+count + 1))]
}

/**
 * For each way to change a recording, the first change that makes it mean something else to the independent reading.
 */
export const mutationsOf = async (recording: Recording): Promise<ReadonlyArray<Mutation>> => {
  const expected = await expectationOf(recording)
  const found = new Map<string, Mutation>()
  for (const [name, body] of bodies(recording, expected)) {
    if (found.has(name)) continue
    const mutated = { ...recording, body }
    // What breaks the SDK (a message without its first event) means something else, too; but it would show little of
    // the comparison.
    const meaning = await expectationOf(mutated).catch(() => undefined)
    if (meaning === undefined || meaning.failure !== undefined || isDeepStrictEqual(meaning, expected)) continue
    found.set(name, { name, recording: mutated })
  }
  return [...found.values()]
}

/** Every form in which a provider answers. */
export const mutatedShapes: ReadonlyArray<readonly [Kind, stream: boolean]> = [
  ["chat", true],
  ["chat", false],
  ["messages", true],
  ["messages", false],
  ["stream_generate_content", true],
  ["generate_content", false],
  ["responses", true],
  ["responses", false]
]

const isBare = (written: { readonly text: string } | { readonly value: unknown }): boolean =>
  "text" in written ? written.text.length < 8 : JSON.stringify(written.value).length < 8

/** The first recordings of a shape that tell text and that call tools: enough for every mutation. */
export const originalsOf = async (kind: Kind, stream: boolean): Promise<ReadonlyArray<Recording>> => {
  const all = recordings.filter((each) => each.kind === kind && each.stream === stream && each.status < 300)
  const read = await Promise.all(all.map(async (recording) => ({ recording, ...(await expectationOf(recording)) })))
  const talking = read.find(({ choices }) => choices.some(({ text }) => /\p{Letter}{3,}/u.test(text)))
  const calling = read.find(({ choices }) => choices.some(({ calls }) => calls.some((call) => !isBare(call.arguments))))
  return [talking, calling].flatMap((found) => (found === undefined ? [] : [found.recording]))
}

/** Whether every way to change a recording of this shape was tried, so that none is left out unnoticed. */
export const isEveryMutation = (names: ReadonlySet<string>, stream: boolean): boolean =>
  [...(stream ? [missing] : []), ...others].every((name) => names.has(name))
