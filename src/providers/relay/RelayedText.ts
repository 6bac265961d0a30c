import { type Fields, listOf, objectOf, parseJson, textOf } from "../../domain/Fields.ts"

/** What relayed events, or a relayed body, said to the caller. */
export interface RelayedText {
  readonly text: string
  readonly reasoning: string
}

/** Reads the text of a `Relayed` delta again, for an answer that ended before its usage was told. */
export const relayedText = (relayed: string): RelayedText => {
  const texts: Array<string> = []
  const thoughts: Array<string> = []
  const events = relayed.startsWith("data:")
    ? relayed.split("\n\n").map((event) => event.slice("data:".length))
    : [relayed]
  for (const event of events) {
    for (const value of listOf(objectOf(parseJson(event))["choices"])) {
      const choice = objectOf(value)
      read(objectOf(choice["delta"] ?? choice["message"]), texts, thoughts)
    }
  }
  return { text: texts.join(""), reasoning: thoughts.join("") }
}

const read = (said: Fields, texts: Array<string>, thoughts: Array<string>): void => {
  texts.push(textOf(said["content"]), textOf(said["refusal"]))
  thoughts.push(textOf(said["reasoning_content"] ?? said["reasoning"]))
  for (const value of listOf(said["tool_calls"])) {
    const call = objectOf(value)
    const called = objectOf(call["function"] ?? call["custom"])
    texts.push(textOf(called["name"]), textOf(called["arguments"] ?? called["input"]))
  }
}
