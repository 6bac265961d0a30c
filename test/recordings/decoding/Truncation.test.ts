import { differences } from "../Differences.ts"
import { eventsOf, type RecordedEvent } from "./Events.ts"
import type { Expectation } from "../Expected.ts"
import { expectationOf } from "../Expectation.ts"
import { fold } from "../Fold.ts"
import { parsed } from "../Json.ts"
import { decoded, languageFor } from "../Languages.ts"
import type { Outcome } from "../Outcome.ts"
import { isAnsweredStream, type Recording, recordings } from "../Recordings.ts"
import { eachRecording } from "../Tally.ts"
import { isWhole } from "../WholeRule.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** How many events at the end of a stream are also cut inside, at every byte. */
const closing = 4

/**
 * A cut stream ends with a failure. Where what is left has every sign of the end, it may also be told as whole, since
 * hosts exist that send no more (usage may then be missing); but then it must be the same answer.
 */
const judged = (
  recording: Recording,
  expected: Expectation,
  left: () => ReadonlyArray<RecordedEvent>,
  outcome: Outcome
): ReadonlyArray<string> => {
  if (outcome.failure !== undefined) return []
  if (!isWhole[recording.kind](left())) return ["looks whole"]
  return differences({ ...expected, usage: outcome.usage, failure: undefined }, outcome)
}

const streams = recordings.filter(isAnsweredStream)

eachRecording("never looks whole when it is cut after an event", streams, async (recording) => {
  const expected = await expectationOf(recording)
  const bytes = encoder.encode(recording.body)
  const language = languageFor(recording)
  const events = eventsOf(recording.body)
  for (const [index, { to }] of events.slice(0, -1).entries()) {
    const outcome = fold(decoded(language.stream(), [bytes.subarray(0, to)]))
    const found = judged(recording, expected, () => events.slice(0, index + 1), outcome)
    if (found.length > 0) return [`cut after event ${index}`, ...found]
  }
  return []
})

eachRecording("never looks whole when it is cut inside its last events", streams, async (recording) => {
  const expected = await expectationOf(recording)
  const bytes = encoder.encode(recording.body)
  const language = languageFor(recording)
  const events = eventsOf(recording.body)
  let first = Math.max(0, events.length - closing)
  while (first > 0 && isWhole[recording.kind](events.slice(0, first))) first--
  const before = events.slice(0, first).map(({ data }) => parsed(data))
  const resume = language.resumed(before.filter((value) => value !== undefined)).at(-1)
  if (resume === undefined) return ["no events"]
  const start = events[first]?.from ?? 0
  const told = language.stream().push(decoder.decode(bytes.subarray(0, start)))
  for (let cut = start + 1; cut < bytes.length; cut++) {
    const outcome = fold([...told, ...decoded(resume(), [bytes.subarray(start, cut)])])
    // An event without its blank line counts when its data is whole JSON; a cut one is no event.
    const left = () => eventsOf(decoder.decode(bytes.subarray(0, cut)))
    const found = judged(recording, expected, left, outcome)
    if (found.length > 0) return [`cut after byte ${cut}`, ...found]
  }
  return []
})
