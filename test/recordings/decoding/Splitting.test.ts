import { differences } from "../Differences.ts"
import { eventsOf } from "./Events.ts"
import { expectationOf } from "../Expectation.ts"
import { fold } from "../Fold.ts"
import { parsed } from "../Json.ts"
import { decoded, languageFor } from "../Languages.ts"
import { isAnsweredStream, recordings } from "../Recordings.ts"
import { eachRecording } from "../Tally.ts"

const encoder = new TextEncoder()

/** Splits are tried at every byte before this one. */
const lastSplit = 8 * 1024

/**
 * Every so many splits, coprime to the usual lengths, the whole stream is decoded, not the events about the split
 * alone.
 */
const stride = 41

const streams = recordings.filter(isAnsweredStream)

/**
 * A split inside an event can change that event only, and one between two events those two; the events before are taken
 * once for all splits.
 */
eachRecording("tells the same when it is split in two at any byte under 8 KB", streams, (recording) => {
  const bytes = encoder.encode(recording.body)
  const events = eventsOf(recording.body)
  const language = languageFor(recording)
  // Comments and end marks are no events to a protocol; the decoder passes them over or ends.
  const values = events.map(({ data }) => parsed(data))
  const resumes = language.resumed(values.filter((value) => value !== undefined))
  const wrong: Array<string> = []
  let taken = 0
  for (const [index, event] of events.entries()) {
    if (event.from >= lastSplit || wrong.length > 0) break
    const resume = resumes[taken]
    if (resume === undefined) break
    if (values[index] !== undefined) taken++
    const to = events[index + 1]?.to ?? event.to
    const told = (split: number): string => {
      const decoder = resume()
      const text = new TextDecoder()
      const end = split > event.to - 4 ? to : event.to
      const first = decoder.push(text.decode(bytes.subarray(event.from, split), { stream: true }))
      const second = decoder.push(text.decode(bytes.subarray(split, end), { stream: true }))
      return JSON.stringify([...first, ...second])
    }
    const own = told(event.from)
    const both = told(event.to)
    for (let split = event.from + 1; split <= Math.min(event.to, lastSplit); split++) {
      if (told(split) !== (split > event.to - 4 ? both : own)) wrong.push(`split at byte ${split}`)
    }
  }
  return wrong
})

eachRecording("is decoded whole when it is split in two", streams, async (recording) => {
  const expected = await expectationOf(recording)
  const bytes = encoder.encode(recording.body)
  const language = languageFor(recording)
  for (let split = 1; split < Math.min(bytes.length, lastSplit); split += stride) {
    const outcome = fold(decoded(language.stream(), [bytes.subarray(0, split), bytes.subarray(split)]))
    const found = differences(expected, outcome)
    if (found.length > 0) return [`split at byte ${split}`, ...found]
  }
  return []
})
