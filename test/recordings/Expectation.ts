import { readChat } from "./readings/ReadChat.ts"
import { readError } from "./readings/ReadError.ts"
import { readGemini } from "./readings/ReadGemini.ts"
import { readMessages } from "./readings/ReadMessages.ts"
import { readResponses } from "./readings/ReadResponses.ts"
import type { Expectation } from "./Expected.ts"
import type { Recording } from "./Recordings.ts"

const readers = {
  chat: readChat,
  messages: readMessages,
  generate_content: readGemini,
  stream_generate_content: readGemini,
  responses: readResponses
} as const

/** Reads a recording with the provider's own SDK where that can, else by plain code; never with the gateway's. */
export const expectationOf = async (recording: Recording): Promise<Expectation> => {
  if (recording.status < 300) return readers[recording.kind](recording)
  return { model: "", choices: [], usage: undefined, failure: readError(recording.body, recording.status) }
}
