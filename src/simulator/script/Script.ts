import type { Fields } from "../../domain/Fields.ts"
import type { Asked, AskedTool } from "./Asked.ts"
import type { Behaviour } from "../Behaviour.ts"
import { example, find, nothingFound } from "./Example.ts"
import { stamp } from "./Stamps.ts"

/**
 * The smallest thing that is sent, and waited for, on its own. A call's first piece opens it; its fragments joined are
 * its arguments.
 */
export type Piece =
  | { readonly kind: "text" | "reasoning" | "refusal"; readonly text: string }
  | { readonly kind: "call"; readonly call: number; readonly opens: boolean; readonly fragment: string }

/** A tool call that the script makes. */
export interface Call {
  readonly name: string
  readonly arguments: Fields
}

/** An answer in no provider's words: the one source of what every language sends. */
export interface Script {
  readonly pieces: ReadonlyArray<Piece>
  readonly calls: ReadonlyArray<Call>
  readonly finish: "stop" | "length" | "tool_calls" | "content_filter"
}

/** All text of a kind, as a whole answer has it. */
export const textOf = (script: Script, kind: "text" | "reasoning" | "refusal"): string =>
  script.pieces.map((piece) => (piece.kind === kind ? piece.text : "")).join("")

/** Plain words with some that take two, three and four bytes a character, so that cuts inside characters are met. */
const vocabulary = (
  "The quick brown fox naïvely jumps over a lazy dog, pauses in a café, orders crème brûlée, reads 日本語 news, " +
  "sends one 🙂 home, and walks on. "
)
  .trim()
  .split(" ")

/** Text cut into words, each with the space before it; joined they are the text again. */
export const cut = (text: string): ReadonlyArray<string> => text.match(/\s*\S+|\s+$/g) ?? []

const told = (text: string, kind: "text" | "reasoning" | "refusal" = "text"): ReadonlyArray<Piece> =>
  cut(text).map((word) => ({ kind, text: word }))

const words = (count: number): string =>
  Array.from({ length: count }, (_, at) => vocabulary[at % vocabulary.length]).join(" ")

const clock = (count: number): ReadonlyArray<Piece> =>
  Array.from({ length: count }, (_, at) => ({ kind: "text", text: `${at === 0 ? "" : " "}${stamp(at)}` }))

const said = (pieces: ReadonlyArray<Piece>, finish: Script["finish"] = "stop"): Script => ({
  pieces,
  calls: [],
  finish
})

/** Longest repetition of the user's words, in characters. */
const longestRepetition = 2000

const repeated = (asked: Asked): string =>
  asked.userText === "" ? "You said nothing." : `You said: “${asked.userText.slice(0, longestRepetition)}”`

const welcome = (asked: Asked): string =>
  [
    "Hello from the simulator, a stand-in for a provider that needs no key and no network.",
    repeated(asked),
    "Try the models sim/words, sim/clock, sim/think, sim/json and, with tools in the request, sim/tool.",
    "Options follow a colon: sim/words:count=100:first=1s:pace=50ms is slow, sim/words:status=503:times=1 fails once, sim/words:cut=20 breaks off.",
    "For real models set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or BASETEN_API_KEY, start the gateway again, and ask for one, such as openai/gpt-5-nano."
  ].join("\n\n")

/** Length of a fragment of arguments or JSON, in characters: several to even a short object. */
const fragmentLength = 7

const fragments = (text: string): ReadonlyArray<string> =>
  text.match(new RegExp(`[^]{1,${fragmentLength}}`, "gu")) ?? []

const calling = (tools: ReadonlyArray<AskedTool>, asked: Asked): Script => {
  const calls = tools.map((tool): Call => {
    const made = example({ type: "object", ...tool.parameters }, find(asked.userText), true)
    return { name: tool.name, arguments: typeof made === "object" && made !== null ? { ...made } : {} }
  })
  const pieces = calls.flatMap((call, index): ReadonlyArray<Piece> => [
    { kind: "call", call: index, opens: true, fragment: "" },
    ...fragments(JSON.stringify(call.arguments)).map((fragment): Piece => ({
      kind: "call",
      call: index,
      opens: false,
      fragment
    }))
  ])
  return { pieces, calls, finish: "tool_calls" }
}

const toolsOf = (asked: Asked, all: boolean): ReadonlyArray<AskedTool> => {
  const choice = asked.toolChoice
  if (choice === "none") return []
  if (typeof choice === "object") return asked.tools.filter((tool) => tool.name === choice.name)
  return all ? asked.tools : asked.tools.slice(0, 1)
}

const tooled = (asked: Asked, all: boolean, otherwise: () => Script): Script => {
  if (asked.toolResults !== undefined) {
    const results = asked.toolResults.map((result) => result.slice(0, longestRepetition)).join("; ")
    return said(told(`The ${asked.toolResults.length > 1 ? "tools" : "tool"} answered: ${results}`))
  }
  const tools = toolsOf(asked, all)
  return tools.length === 0 ? otherwise() : calling(tools, asked)
}

const json = (asked: Asked): Script => {
  const schema = asked.schema ?? {}
  const value = Object.keys(schema).length === 0 ? { answer: repeated(asked) } : example(schema, nothingFound, false)
  return said(fragments(JSON.stringify(value)).map((text) => ({ kind: "text", text })))
}

const plain = (asked: Asked, behaviour: Behaviour): Script =>
  asked.schema === undefined ? said(told(`${behaviour.name}, simulated. ${repeated(asked)}`)) : json(asked)

const written = (behaviour: Behaviour, asked: Asked): Script => {
  const count = (usual: number): number => behaviour.counts.count ?? usual
  switch (behaviour.script) {
    case "echo":
      return said(told(welcome(asked)))
    case "words":
      return said(told(words(count(60))))
    case "clock":
      return said(clock(count(20)))
    case "tool":
    case "tools":
      return tooled(asked, behaviour.script === "tools", () => said(told("No tool was offered to call.")))
    case "think":
      return said([
        ...told("The user asks something. I think about it, weigh two sides, and settle on one.", "reasoning"),
        ...told(words(count(12)))
      ])
    case "json":
      return json(asked)
    case "refuse":
      return said(told("I’m sorry, but I can’t help with that.", "refusal"), "content_filter")
    case "filter":
      return said(told(words(count(10))), "content_filter")
    case "length":
      return said(told(words(count(10))), "length")
    case "empty":
      return said([])
    case "any":
      return tooled(asked, false, () => plain(asked, behaviour))
  }
}

/** The answer that a behaviour gives to a request, cut to the tokens it allows. */
export const scriptFor = (behaviour: Behaviour, asked: Asked): Script => {
  const script = written(behaviour, asked)
  const giant = behaviour.counts.giant
  if (giant !== undefined) return { ...script, pieces: [{ kind: "text", text: "x".repeat(giant) }, ...script.pieces] }
  const most = asked.maxTokens
  // A piece counts for a token; calls are left whole, since a cut one is a fault that only `max_tokens` would explain.
  if (most === undefined || script.pieces.length <= most || script.calls.length > 0) return script
  return { ...script, pieces: script.pieces.slice(0, most), finish: "length" }
}
