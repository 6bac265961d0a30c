import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { expectationOf } from "../Expectation.ts"
import { isEveryMutation, mutatedShapes, mutationsOf, originalsOf } from "../decoding/Mutations.ts"
import { absent, type Recording, recordings } from "../Recordings.ts"
import { type Replays, startReplays } from "./Replaying.ts"
import { eachRecording } from "../Tally.ts"

interface Mutant {
  readonly shape: string
  readonly name: string
  readonly original: Recording
  readonly recording: Recording
}

const shapeName = (kind: string, stream: boolean): string => `${kind}, ${stream ? "streamed" : "whole"}`

const makeMutants = async (): Promise<ReadonlyArray<Mutant>> => {
  const mutants: Array<Mutant> = []
  for (const [kind, stream] of mutatedShapes) {
    for (const original of await originalsOf(kind, stream)) {
      for (const { name, recording } of await mutationsOf(original)) {
        const id = `${recording.id}.mutated.${mutants.length}`
        mutants.push({ shape: shapeName(kind, stream), name, original, recording: { ...recording, id } })
      }
    }
  }
  return mutants
}

let replays: Replays
let mutants: ReadonlyArray<Mutant> = []
const found = new Map<string, Promise<ReadonlyArray<string>>>()

beforeAll(async () => {
  if (absent !== undefined) return
  mutants = await makeMutants()
  replays = await startReplays([...recordings, ...mutants.map(({ recording }) => recording)])
  // Begun at once, because a provider that asks to wait is waited for.
  for (const recording of recordings) {
    const differences = expectationOf(recording).then((expected) => replays.differencesOf(recording, expected))
    // Its test awaits it, and fails with it; until then a rejection is nobody's.
    differences.catch(() => {})
    found.set(recording.id, differences)
  }
}, 60_000)

afterAll(() => replays?.stop())

eachRecording(
  "is replayed through the gateway's socket",
  recordings,
  (recording) => found.get(recording.id) ?? ["no replay"]
)

describe("a mutated recording is not replayed to what the original says", () => {
  for (const [kind, stream] of mutatedShapes) {
    const shape = shapeName(kind, stream)
    test.skipIf(absent !== undefined)(
      shape,
      async () => {
        const tried = new Set<string>()
        for (const { name, original, recording } of mutants.filter((mutant) => mutant.shape === shape)) {
          // The control: it is replayed well, and differs for what was changed alone.
          const own = await replays.differencesOf(recording, await expectationOf(recording))
          expect(own, `${recording.id}: ${name}`).toEqual([])
          const differences = await replays.differencesOf(recording, await expectationOf(original))
          expect(differences, `${recording.id}: ${name}`).not.toEqual([])
          tried.add(name)
        }
        expect(isEveryMutation(tried, stream), [...tried].join(", ")).toBe(true)
      },
      60_000
    )
  }
})
