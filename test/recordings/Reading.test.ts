import OpenAI from "openai"
import { at, listAt, textAt } from "./Json.ts"
import { expectationOf } from "./Expectation.ts"
import { isAnsweredStream, recordings } from "./Recordings.ts"
import { playing } from "./readings/Playing.ts"
import { eachRecording } from "./Tally.ts"

/**
 * The SDK's accumulation takes only what OpenAI itself would send; the reading of chat streams must take what its
 * imitators send, too.
 */
const strict = recordings.filter(
  (recording) => recording.kind === "chat" && recording.provider === "openai" && isAnsweredStream(recording)
)

eachRecording("is read as OpenAI's own accumulation reads it", strict, async (recording) => {
  const expected = await expectationOf(recording)
  const stream = playing(OpenAI, recording).chat.completions.stream({ model: "any", messages: [] })
  const completion: unknown = await stream.finalChatCompletion()
  return expected.choices.flatMap((choice, index) => {
    const message = at(listAt(completion, "choices"), index, "message")
    const calls = listAt(message, "tool_calls").map((call) => [
      textAt(call, "id"),
      textAt(call, "function", "arguments")
    ])
    const read = choice.calls.map(({ arguments: written, id }) => [id, "text" in written ? written.text : ""])
    return [
      ...(textAt(message, "content") === choice.text ? [] : [`text ${index}`]),
      ...(JSON.stringify(calls) === JSON.stringify(read) ? [] : [`calls ${index}: ${JSON.stringify(read)}`])
    ]
  })
})
