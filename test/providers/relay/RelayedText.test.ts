import { expect, test } from "bun:test"
import { OpenAiChat } from "../../../src/providers/protocols/OpenAiChat.ts"
import { RelayDecoder } from "../../../src/providers/relay/Relay.ts"
import { relayedText } from "../../../src/providers/relay/RelayedText.ts"
import { answering, calling, chunk, sse } from "../protocols/chat/ChatStreams.ts"

const events = [
  chunk({ role: "assistant", content: "" }),
  chunk({ reasoning_content: "Hm. " }),
  ...["Say ", '"hi"', "\n\n", "🙂"].map((content) => chunk({ content })),
  chunk({ refusal: "No." }),
  calling({ index: 0, id: "a", type: "function", function: { name: "look", arguments: "" } }),
  calling({ index: 0, function: { arguments: '{"x":1}' } })
]

test("what relayed events said is found in them again, however they came", () => {
  for (const pieces of [[sse(events)], [...sse(events)]]) {
    const decoder = new RelayDecoder(OpenAiChat, answering({ regular: true }), false)
    const relayed = pieces
      .flatMap((piece) => decoder.push(piece))
      .map((delta) => (delta._tag === "Relayed" ? delta.text : ""))
      .join("")
    expect(relayedText(relayed)).toEqual({ text: 'Say "hi"\n\n🙂No.look{"x":1}', reasoning: "Hm. " })
  }
})

test("a relayed body says what its message does, and what is neither says nothing", () => {
  const message = {
    content: "Hi",
    tool_calls: [{ type: "custom", custom: { name: "sql", input: "select 1" } }]
  }
  expect(relayedText(JSON.stringify({ choices: [{ message }] }))).toEqual({ text: "Hisqlselect 1", reasoning: "" })
  for (const text of ["", "data: [DONE]\n\n", "data: {", "[]", "null"])
    expect(relayedText(text)).toEqual({ text: "", reasoning: "" })
})
