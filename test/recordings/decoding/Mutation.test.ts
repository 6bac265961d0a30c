import { describe, expect, test } from "bun:test"
import { differences } from "../Differences.ts"
import { expectationOf } from "../Expectation.ts"
import { fold } from "../Fold.ts"
import { decoded, languageFor } from "../Languages.ts"
import { isEveryMutation, mutatedShapes, mutationsOf, originalsOf } from "./Mutations.ts"
import { absent } from "../Recordings.ts"

describe("a mutated recording is not decoded to what the original says", () => {
  for (const [kind, stream] of mutatedShapes) {
    test.skipIf(absent !== undefined)(`${kind}, ${stream ? "streamed" : "whole"}`, async () => {
      const tried = new Set<string>()
      for (const original of await originalsOf(kind, stream)) {
        const expected = await expectationOf(original)
        for (const { name, recording } of await mutationsOf(original)) {
          const language = languageFor(recording)
          const decoder = stream ? language.stream() : language.whole()
          const outcome = fold(decoded(decoder, [new TextEncoder().encode(recording.body)]))
          // The control: it is decoded well, and differs for what was changed alone.
          expect(differences(await expectationOf(recording), outcome), `${recording.id}: ${name}`).toEqual([])
          expect(differences(expected, outcome), `${recording.id}: ${name}`).not.toEqual([])
          tried.add(name)
        }
      }
      expect(isEveryMutation(tried, stream), [...tried].join(", ")).toBe(true)
    })
  }
})
