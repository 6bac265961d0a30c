import type { Delta } from "../../domain/Delta.ts"
import { asNumber, asObject, asText, type Fields, objectOf, textOf } from "../../domain/Fields.ts"

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
  readonly hasArguments: boolean
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
 * Joins the tool-call pieces of one chunk to the calls so far. Hosts err here in every way there is: index missing or reused, a new id at an old
 * index, no id, arguments as an object, the name in pieces or said again in each chunk, several whole calls in one chunk.
 */
export const readCalls = (
  calls: ReadonlyArray<OpenCall>,
  pieces: ReadonlyArray<unknown>,
  reading: CallReading
): readonly [ReadonlyArray<OpenCall>, ReadonlyArray<Delta>] => {
  const open = [...calls]
  const deltas: Array<Delta> = []
  for (const value of pieces) {
    const piece = objectOf(value)
    const custom = asObject(piece["custom"])
    const called = custom ?? objectOf(piece["function"])
    const name = textOf(called["name"]) || textOf(piece["name"])
    const text = argumentsText(custom === undefined ? called["arguments"] : custom["input"])
    let at = reading.whole ? -1 : placeOf(open, piece, name)
    if (at < 0) {
      // The call before is complete once another begins.
      deltas.push(...startOf(open, open.length - 1, reading.choice))
      const id = asText(piece["id"])
      const taken = id === undefined || id === "" || open.some((call) => call.id === id)
      open.push({
        id: taken ? reading.newId("call") : id,
        index: asNumber(piece["index"]),
        name: "",
        kind: custom === undefined ? "function" : "custom",
        signature: asText(objectOf(objectOf(piece["extra_content"])["google"])["thought_signature"]),
        started: false,
        hasArguments: false
      })
      at = open.length - 1
    }
    let call = open[at]
    if (call === undefined) continue
    if (!call.started && name !== "" && name !== call.name) call = { ...call, name: call.name + name }
    if (text !== "") call = { ...call, hasArguments: true }
    open[at] = call
    if (call.name !== "" && (reading.regular || text !== "")) deltas.push(...startOf(open, at, reading.choice))
    if (text !== "") deltas.push({ _tag: "ToolCallArguments", choice: reading.choice, call: at, text })
  }
  return [open, deltas]
}

/** What is still to be said of the calls when the choice ends: starts that were held back, and `{}` where no arguments came. */
export const closeCalls = (calls: ReadonlyArray<OpenCall>, choice: number): ReadonlyArray<Delta> => {
  const open = [...calls]
  const deltas: Array<Delta> = []
  for (const [at, call] of calls.entries()) {
    deltas.push(...startOf(open, at, choice))
    if (!call.hasArguments && call.kind === "function") {
      deltas.push({ _tag: "ToolCallArguments", choice, call: at, text: "{}" })
    }
  }
  return deltas
}

const startOf = (open: Array<OpenCall>, at: number, choice: number): ReadonlyArray<Delta> => {
  const call = open[at]
  if (call === undefined || call.started) return []
  open[at] = { ...call, started: true }
  return [
    {
      _tag: "ToolCallStart",
      choice,
      call: at,
      id: call.id,
      name: call.name,
      kind: call.kind,
      ...(call.signature === undefined ? {} : { signature: call.signature })
    }
  ]
}

/** Which call a piece belongs to; below 0 for a new one. */
const placeOf = (open: ReadonlyArray<OpenCall>, piece: Fields, name: string): number => {
  const id = asText(piece["id"]) ?? ""
  const index = asNumber(piece["index"])
  const sameId = id === "" ? -1 : open.findIndex((call) => call.id === id)
  if (sameId >= 0) return sameId
  const atIndex = index === undefined ? open.length - 1 : open.findLastIndex((call) => call.index === index)
  const call = open[atIndex]
  if (call === undefined) return -1
  // Another id at the same index is another call if it comes with a name (Poolside's and mlx-openai-server's later pieces have ids of their own),
  // as is a name after arguments where there is neither id nor index.
  if (id !== "" && (index === undefined || name !== "")) return -1
  if (index === undefined && name !== "" && call.hasArguments) return -1
  return atIndex
}

const argumentsText = (value: unknown): string => {
  if (typeof value === "string") return value
  return asObject(value) === undefined ? "" : JSON.stringify(value)
}
