import type { Delta } from "../../../domain/Delta.ts"
import { asNumber, asObject, asText, objectOf, parseJson, textOf } from "../../../domain/Fields.ts"

/** A tool call while its pieces come in. */
export interface OpenCall {
  readonly id: string
  /** The host's own index, when it sent one; not unique with every host. */
  readonly index: number | undefined
  readonly name: string
  readonly kind: "function" | "custom"
  readonly signature: string | undefined
  /** `ToolCallStart` is out; the name is final. */
  readonly started: boolean
  /** What has come of the arguments. */
  readonly text: string
}

/** What reading the pieces of calls needs to know. */
export interface CallReading {
  readonly choice: number
  /** The pieces are whole calls (a body, not a chunk): none continues another. */
  readonly whole: boolean
  /** The host never sends a name in pieces, so a call can be told as soon as it begins. */
  readonly regular: boolean
  readonly newId: (prefix: string) => string
}

/**
 * Joins the tool-call pieces of one chunk to the calls so far. Hosts err here in every way there is: index missing or
 * reused, a new id at an old index, the rest of a call at another index than its head, no id, arguments as an object or
 * before the name, the name in pieces or said again in each chunk, several whole calls in one chunk, a whole call said
 * twice.
 */
export const readCalls = (
  calls: ReadonlyArray<OpenCall>,
  values: ReadonlyArray<unknown>,
  reading: CallReading
): readonly [ReadonlyArray<OpenCall>, ReadonlyArray<Delta>] => {
  const open = [...calls]
  const deltas: Array<Delta> = []
  const touched = new Set<number>()
  for (const value of values) {
    const piece = pieceOf(value)
    let at = reading.whole ? -1 : placeOf(open, touched, piece)
    if (at < 0) {
      // The call before is complete once another begins.
      deltas.push(...startOf(open, open.length - 1, reading.choice))
      const taken = piece.id === "" || open.some((call) => call.id === piece.id)
      open.push({
        id: taken ? reading.newId("call") : piece.id,
        index: piece.index,
        name: "",
        kind: piece.kind,
        signature: undefined,
        started: false,
        text: ""
      })
      at = open.length - 1
    }
    touched.add(at)
    const call = open[at]
    if (call === undefined || isSaidAgain(call, piece)) continue
    const { name, text, signature } = piece
    open[at] = {
      ...call,
      name: call.started || name === call.name ? call.name : call.name + name,
      signature: call.signature ?? signature,
      text: call.text + text
    }
    if (!call.started) {
      const named = call.name !== "" || name !== ""
      if (named && (reading.regular || call.text + text !== "")) deltas.push(...startOf(open, at, reading.choice))
    } else if (text !== "") {
      deltas.push({ _tag: "ToolCallArguments", choice: reading.choice, call: at, text })
    }
  }
  return [open, deltas]
}

/**
 * What is still to be said of the calls when the choice ends: starts that were held back, and `{}` where no arguments
 * came.
 */
export const closeCalls = (calls: ReadonlyArray<OpenCall>, choice: number): ReadonlyArray<Delta> => {
  const open = [...calls]
  const deltas: Array<Delta> = []
  for (const [at, call] of calls.entries()) {
    deltas.push(...startOf(open, at, choice))
    if (call.text === "" && call.kind === "function") {
      deltas.push({ _tag: "ToolCallArguments", choice, call: at, text: "{}" })
    }
  }
  return deltas
}

/** The start of a call that is not out yet, with what came of its arguments before its name. */
const startOf = (open: Array<OpenCall>, at: number, choice: number): ReadonlyArray<Delta> => {
  const call = open[at]
  if (call === undefined || call.started) return []
  open[at] = { ...call, started: true }
  const start: Delta = {
    _tag: "ToolCallStart",
    choice,
    call: at,
    id: call.id,
    name: call.name,
    kind: call.kind,
    ...(call.signature === undefined ? {} : { signature: call.signature })
  }
  return call.text === "" ? [start] : [start, { _tag: "ToolCallArguments", choice, call: at, text: call.text }]
}

/** A piece of a call; what the host left out is empty. */
interface Piece {
  readonly id: string
  readonly index: number | undefined
  readonly name: string
  readonly text: string
  readonly kind: OpenCall["kind"]
  readonly signature: string | undefined
}

const pieceOf = (value: unknown): Piece => {
  const piece = objectOf(value)
  const custom = asObject(piece["custom"])
  const called = custom ?? objectOf(piece["function"])
  return {
    id: textOf(piece["id"]),
    index: asNumber(piece["index"]),
    name: textOf(called["name"]) || textOf(piece["name"]),
    text: argumentsText(custom === undefined ? called["arguments"] : custom["input"]),
    kind: custom === undefined ? "function" : "custom",
    signature: asText(objectOf(objectOf(piece["extra_content"])["google"])["thought_signature"])
  }
}

/**
 * Which call a piece belongs to; below 0 for a new one. `touched`: the calls that the same chunk has said something of
 * already.
 */
const placeOf = (open: ReadonlyArray<OpenCall>, touched: ReadonlySet<number>, piece: Piece): number => {
  const { id, index, name, text } = piece
  const last = open.length - 1
  const sameId = id === "" ? -1 : open.findIndex((call) => call.id === id)
  if (sameId >= 0) return sameId
  const atIndex = index === undefined ? last : open.findLastIndex((call) => call.index === index)
  if (name === "") {
    // Poolside's, OCI's and mlx-openai-server's later pieces have ids of their own; only without index, or at a new
    // one, is it another call.
    if (id !== "") return index === undefined && text === "" ? -1 : atIndex
    // Ollama's DeepSeek begins a call at the index of the one before and goes on at the next.
    return atIndex < 0 ? last : atIndex
  }
  // Another id with a name is another call, whatever its index: Ollama numbers every call 0. No chunk says two pieces
  // of one call.
  if (id !== "" || touched.has(atIndex)) return -1
  const call = open[atIndex]
  if (call === undefined || call.name === "" || call.text === "" || text === "") return atIndex
  // Without an id, a name that comes again is another call, unless the arguments so far lack their end: some hosts say
  // it in each chunk.
  return call.name === name && !isWholeJson(call.text) ? atIndex : -1
}

/** Whether a piece repeats a whole call to the letter, as hosts do that say it once more with its end. */
const isSaidAgain = (call: OpenCall, { name, text }: Piece): boolean =>
  text !== "" && name === call.name && text === call.text && isWholeJson(text)

/** The look at its end spares most texts the parsing: hosts that say the name in each chunk have it asked as often. */
const isWholeJson = (text: string): boolean => text.trimEnd().endsWith("}") && asObject(parseJson(text)) !== undefined

/** The arguments as text. Those of a call without any (`{}` as an object) are left open: text may follow. */
const argumentsText = (value: unknown): string => {
  if (typeof value === "string") return value
  const fields = asObject(value)
  return fields === undefined || Object.keys(fields).length === 0 ? "" : JSON.stringify(fields)
}
