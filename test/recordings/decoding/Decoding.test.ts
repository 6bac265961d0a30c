import { expect, test } from "bun:test"
import { differences } from "../Differences.ts"
import { expectationOf } from "../Expectation.ts"
import { fold } from "../Fold.ts"
import { decoded, languageFor } from "../Languages.ts"
import type { Outcome } from "../Outcome.ts"
import { absent, isAnsweredStream, type Recording, recordings } from "../Recordings.ts"
import { eachRecording } from "../Tally.ts"

const encoder = new TextEncoder()

const told = (recording: Recording, pieces: (bytes: Uint8Array) => Iterable<Uint8Array>): Outcome => {
  const language = languageFor(recording)
  if (recording.status >= 300) {
    const headers = new Headers({ ...recording.headers })
    const failure = language.failure({ ...recording, headers })
    return { model: "", choices: [], usage: undefined, failure: failure._tag }
  }
  const decoder = recording.stream ? language.stream() : language.whole()
  return fold(decoded(decoder, pieces(encoder.encode(recording.body))))
}

function* singleBytes(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

eachRecording("is decoded to what the provider's own SDK reads", recordings, async (recording) => {
  const expected = await expectationOf(recording)
  const outcome = told(recording, (bytes) => [bytes])
  const isNamed = expected.model === "" || outcome.model === expected.model || outcome.failure !== undefined
  const model = isNamed ? [] : [`model: expected ${expected.model}, got ${outcome.model}`]
  return [...differences(expected, outcome), ...model]
})

eachRecording("is decoded alike one byte at a time", recordings.filter(isAnsweredStream), async (recording) =>
  differences(await expectationOf(recording), told(recording, singleBytes))
)

test.skipIf(absent !== undefined)(
  "there are recordings of every kind, whole and streamed, answered and refused",
  () => {
    const shapes = new Set(recordings.map(({ kind, status, stream }) => `${kind} ${status < 300} ${stream}`))
    for (const kind of ["chat", "messages", "generate_content", "responses"]) {
      expect(shapes).toContain(`${kind} true false`)
      expect(shapes).toContain(`${kind} false false`)
    }
    for (const kind of ["chat", "messages", "stream_generate_content", "responses"]) {
      expect(shapes).toContain(`${kind} true true`)
    }
  }
)
