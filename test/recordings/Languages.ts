import type { Deltas } from "../../src/domain/Delta.ts"
import type { Failure } from "../../src/domain/Failure.ts"
import type { Model } from "../../src/domain/Model.ts"
import type { Rules } from "../../src/domain/Model.ts"
import type { Request } from "../../src/domain/Request.ts"
import { type Decoder, StreamDecoder, WholeDecoder } from "../../src/providers/Decoder.ts"
import type { Answering, Protocol, Refused } from "../../src/providers/Protocol.ts"
import { AnthropicMessages } from "../../src/providers/protocols/AnthropicMessages.ts"
import { GeminiContent } from "../../src/providers/protocols/GeminiContent.ts"
import { OpenAiChat } from "../../src/providers/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/providers/protocols/OpenAiResponses.ts"
import type { Kind, Recording } from "./Recordings.ts"

const openAi: Rules = {
  language: "openai",
  api: "chat",
  reasoning: false,
  sampling: "always",
  systemRole: "system"
}

const compatible: Rules = {
  language: "compatible",
  reasoningSwitch: "none",
  reasoningBack: false,
  parallelToolCalls: true
}

const anthropic: Rules = {
  language: "anthropic",
  sampling: "always",
  thinking: "budget",
  thinkingOff: "yes",
  thinksByDefault: false,
  forcedToolChoice: "yes",
  prefill: true,
  structured: true,
  lateSystem: false
}

const gemini: Rules = {
  language: "gemini",
  thinking: "level",
  minimalLevel: true,
  penalties: true,
  jsonWithTools: true,
  signatures: true,
  imagesInResults: true,
  systemInstruction: true
}

const rulesOf = ({ kind, provider }: Recording): Rules => {
  if (kind === "messages") return anthropic
  if (kind === "responses") return openAi
  if (kind === "chat") return provider === "openai" ? openAi : compatible
  return gemini
}

const modelOf = (recording: Recording): Model => ({
  id: `${recording.provider}/recorded`,
  provider: recording.provider,
  name: "recorded",
  rules: rulesOf(recording),
  prices: [],
  listed: false
})

const request: Request = {
  model: "recorded",
  messages: [{ role: "user", content: "recorded" }],
  stream: true,
  includeUsage: true,
  tools: [],
  requireParameters: false,
  legacyFunctions: false
}

/** A protocol of whatever state, for one recording. */
export interface Language {
  readonly stream: () => Decoder
  readonly whole: () => Decoder
  readonly failure: (refused: Refused) => Failure
  /**
   * For each of the events, and for the end: decoders that go on as if the events before it had been taken. A state is
   * a value, so many can go on from one.
   */
  readonly resumed: (events: ReadonlyArray<unknown>) => ReadonlyArray<() => Decoder>
}

const languageOf = <State>(protocol: Protocol<State>, recording: Recording): Language => {
  let made = 0
  const answering: Answering = {
    model: modelOf(recording),
    request,
    quirks: recording.provider === "openai" ? {} : { compatible: true },
    // Counted, so that the same recording gives the same ids however it is cut.
    newId: (prefix) => `${prefix}_${made++}`
  }
  const from = (state: State, base: number) => () => {
    made = base
    return new StreamDecoder({ ...protocol, start: () => state }, answering)
  }
  return {
    stream: () => from(protocol.start(answering), 0)(),
    whole: () => new WholeDecoder(protocol, answering),
    failure: protocol.failure,
    resumed: (events) => {
      made = 0
      let state = protocol.start(answering)
      const resumes = [from(state, made)]
      for (const event of events) {
        state = protocol.step(state, event)[0]
        resumes.push(from(state, made))
      }
      return resumes
    }
  }
}

const languages: Readonly<Record<Kind, (recording: Recording) => Language>> = {
  chat: (recording) => languageOf(OpenAiChat, recording),
  messages: (recording) => languageOf(AnthropicMessages, recording),
  generate_content: (recording) => languageOf(GeminiContent, recording),
  stream_generate_content: (recording) => languageOf(GeminiContent, recording),
  responses: (recording) => languageOf(OpenAiResponses, recording)
}

/** The language in which a recording's provider answered. */
export const languageFor = (recording: Recording): Language => languages[recording.kind](recording)

/** Pushes byte pieces as the engine does, a character that two pieces share included, and ends the transport. */
export const decoded = (decoder: Decoder, pieces: Iterable<Uint8Array>): Deltas => {
  const text = new TextDecoder()
  const deltas = []
  for (const piece of pieces) deltas.push(...decoder.push(text.decode(piece, { stream: true })))
  deltas.push(...decoder.push(text.decode()), ...decoder.finish())
  return deltas
}
