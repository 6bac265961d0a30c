import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { textProgram, toolProgram } from "../../clients/Programs.ts"
import { missingInPython, runPython } from "../../clients/Python.ts"
import { expectationOf } from "../Expectation.ts"
import type { Expectation, ExpectedCall } from "../Expected.ts"
import { absent, type Kind, type Recording, recordings } from "../Recordings.ts"
import { modelOf, type Replays, startReplays } from "./Replaying.ts"

/** A few recordings of each language stand for all; the socket replay has them all. */
const perLanguage = 6

const languages: ReadonlyArray<{ readonly language: string; readonly kinds: ReadonlyArray<Kind> }> = [
  { language: "OpenAI chat", kinds: ["chat"] },
  { language: "OpenAI responses", kinds: ["responses"] },
  { language: "Anthropic messages", kinds: ["messages"] },
  { language: "Gemini content", kinds: ["stream_generate_content"] }
]

interface Case {
  readonly recording: Recording
  readonly expected: Expectation
}

/** Streamed answers of a language that went well and that `wanted` picks. */
const casesOf = async (
  kinds: ReadonlyArray<Kind>,
  wanted: (expected: Expectation) => boolean
): Promise<ReadonlyArray<Case>> => {
  const cases: Array<Case> = []
  for (const recording of recordings) {
    if (cases.length === perLanguage) break
    if (!kinds.includes(recording.kind) || !recording.stream || recording.status >= 300) continue
    const expected = await expectationOf(recording)
    if (expected.failure === undefined && expected.choices.length === 1 && wanted(expected))
      cases.push({ recording, expected })
  }
  return cases
}

const callsOf = (expected: Expectation): ReadonlyArray<ExpectedCall> => expected.choices[0]?.calls ?? []
const textOf = (expected: Expectation): string => expected.choices[0]?.text ?? ""
const argumentsOf = (call: ExpectedCall | undefined): unknown => {
  if (call === undefined) return undefined
  return "value" in call.arguments ? call.arguments.value : JSON.parse(call.arguments.text || "{}")
}

const missing = absent ?? missingInPython("openai")

describe.skipIf(missing !== undefined)(
  "recorded answers, read by the programs of the official Python SDK's users",
  () => {
    let replays: Replays

    beforeAll(async () => {
      replays = await startReplays(recordings)
    }, 30_000)

    afterAll(() => replays.stop())

    const run = (program: string) =>
      runPython("openai", program, { OPENAI_BASE_URL: replays.baseUrl, OPENAI_API_KEY: "caller" })

    for (const { language, kinds } of languages) {
      test(`print the model's text and nothing else (${language})`, async () => {
        const cases = await casesOf(kinds, (expected) => textOf(expected) !== "" && callsOf(expected).length === 0)
        expect(cases.length).toBeGreaterThan(0)
        for (const { recording, expected } of cases) {
          expect(await run(textProgram(modelOf(recording))), recording.id).toBe(textOf(expected))
        }
      }, 20_000)

      test(`get one whole tool call (${language})`, async () => {
        const cases = await casesOf(kinds, (expected) => callsOf(expected).length === 1)
        expect(cases.length).toBeGreaterThan(0)
        for (const { recording, expected } of cases) {
          const { calls, finish } = JSON.parse(await run(toolProgram(modelOf(recording))))
          const [call] = callsOf(expected)
          expect(calls, recording.id).toHaveLength(1)
          expect(calls[0], recording.id).toMatchObject({ type: "function", name: call?.name ?? "" })
          expect(JSON.parse(calls[0].arguments), recording.id).toEqual(argumentsOf(call))
          expect(finish, recording.id).toBe(expected.choices[0]?.finish)
        }
      }, 20_000)
    }
  }
)
