import { noDeltas, type Delta, type Deltas } from "../../domain/Delta.ts"
import { asObject, asText, listOf, objectOf, parseJson, textOf, type Fields } from "../../domain/Fields.ts"
import type { ReasoningDetail } from "../../domain/Reasoning.ts"
import type { Tool } from "../../domain/Request.ts"
import { toolName, toolNames } from "./Names.ts"
import { customInput } from "./Tools.ts"

/** A content block that has begun and not ended. */
type OpenBlock =
  | { readonly kind: "text"; readonly from: number; readonly citations: ReadonlyArray<Fields> }
  | { readonly kind: "thinking"; readonly text: string; readonly signature: string }
  | {
      readonly kind: "call"
      readonly call: number
      readonly custom: boolean
      /** For a custom tool, whose text can only be read from the whole input. */
      readonly json: string
      /** The block began with its input; fragments would tell it again. */
      readonly whole: boolean
      /** Arguments were told. */
      readonly said: boolean
    }

/** How far the content of an answer has been told. */
export interface BlockState {
  /** The caller's tools by Anthropic's names. */
  readonly tools: ReadonlyMap<string, { readonly name: string; readonly kind: "function" | "custom" }>
  readonly newId: (prefix: string) => string
  /** The open blocks by their index. */
  readonly open: ReadonlyMap<unknown, OpenBlock>
  /** Tool calls so far: Anthropic's block index counts text and thinking too. */
  readonly calls: number
  /** Pieces of signed reasoning so far. */
  readonly details: number
  /** Characters of text so far. */
  readonly length: number
}

type Told = readonly [BlockState, Deltas]

/** The state before the first block. */
export const noBlocks = (tools: ReadonlyArray<Tool>, newId: (prefix: string) => string): BlockState => {
  const names = toolNames(tools)
  return {
    tools: new Map(tools.map(({ name, kind }) => [toolName(names, name), { name, kind }])),
    newId,
    open: new Map(),
    calls: 0,
    details: 0,
    length: 0
  }
}

const withBlock = (state: BlockState, index: unknown, block: OpenBlock): BlockState => ({
  ...state,
  open: new Map(state.open).set(index, block)
})

const told = (state: BlockState, text: string): Told =>
  text === ""
    ? [state, noDeltas]
    : [{ ...state, length: state.length + text.length }, [{ _tag: "Text", choice: 0, text }]]

const detailed = (state: BlockState, detail: Omit<ReasoningDetail, "format" | "index">): Told => [
  { ...state, details: state.details + 1 },
  [
    {
      _tag: "ReasoningDetail",
      choice: 0,
      detail: { ...detail, format: "anthropic-claude-v1", index: state.details }
    }
  ]
]

const callStarted = (state: BlockState, index: unknown, content: Fields): Told => {
  const name = textOf(content["name"])
  const tool = state.tools.get(name) ?? { name, kind: "function" as const }
  const call = state.calls
  const custom = tool.kind === "custom"
  const id = asText(content["id"]) ?? state.newId("toolu")
  // A stream begins with `{}` and tells the input in fragments; a whole message has it here.
  const input = asObject(content["input"]) ?? {}
  const whole = Object.keys(input).length === 0 ? "" : JSON.stringify(input)
  const deltas: Array<Delta> = [{ _tag: "ToolCallStart", choice: 0, call, id, name: tool.name, kind: tool.kind }]
  if (whole !== "" && !custom) deltas.push({ _tag: "ToolCallArguments", choice: 0, call, text: whole })
  const block: OpenBlock = {
    kind: "call",
    call,
    custom,
    json: whole,
    whole: whole !== "",
    said: whole !== "" && !custom
  }
  return [{ ...withBlock(state, index, block), calls: call + 1 }, deltas]
}

/** A `content_block_start`. In a whole message the block is all there already. */
export const blockStarted = (state: BlockState, index: unknown, content: Fields): Told => {
  switch (content["type"]) {
    case "text": {
      const citations = listOf(content["citations"]).map(objectOf)
      return told(withBlock(state, index, { kind: "text", from: state.length, citations }), textOf(content["text"]))
    }
    case "thinking": {
      const text = textOf(content["thinking"])
      const signature = textOf(content["signature"])
      const deltas: Deltas = text === "" ? noDeltas : [{ _tag: "Reasoning", choice: 0, text }]
      return [withBlock(state, index, { kind: "thinking", text, signature }), deltas]
    }
    case "redacted_thinking":
      return detailed(state, { type: "reasoning.encrypted", data: textOf(content["data"]) })
    case "tool_use":
      return callStarted(state, index, content)
    default:
      // Anthropic's own tools and their results (`server_tool_use`, `…_tool_result`), compactions, and whatever comes
      // next.
      return [state, noDeltas]
  }
}

/** A `content_block_delta`. */
export const blockContinued = (state: BlockState, index: unknown, delta: Fields): Told => {
  const block = state.open.get(index)
  if (block === undefined) return [state, noDeltas]
  if (block.kind === "text") {
    if (delta["type"] === "text_delta") return told(state, textOf(delta["text"]))
    if (delta["type"] !== "citations_delta") return [state, noDeltas]
    return [
      withBlock(state, index, { ...block, citations: [...block.citations, objectOf(delta["citation"])] }),
      noDeltas
    ]
  }
  if (block.kind === "thinking") {
    const text = textOf(delta["thinking"])
    const signature = block.signature + textOf(delta["signature"])
    const next = withBlock(state, index, { kind: "thinking", text: block.text + text, signature })
    return [next, text === "" ? noDeltas : [{ _tag: "Reasoning", choice: 0, text }]]
  }
  const text = textOf(delta["partial_json"])
  if (text === "" || block.whole) return [state, noDeltas]
  if (block.custom) return [withBlock(state, index, { ...block, json: block.json + text }), noDeltas]
  const next = block.said ? state : withBlock(state, index, { ...block, said: true })
  return [next, [{ _tag: "ToolCallArguments", choice: 0, call: block.call, text }]]
}

/**
 * A source that a text block cites: the whole block is what it supports. Places inside the caller's own documents have
 * no address.
 */
const annotations = (citations: ReadonlyArray<Fields>, start: number, end: number): Deltas =>
  citations.flatMap((citation): Deltas => {
    const url = asText(citation["url"]) ?? asText(citation["source"])
    if (url === undefined) return noDeltas
    return [{ _tag: "Annotation", choice: 0, annotation: { url, title: textOf(citation["title"]), start, end } }]
  })

/** A `content_block_stop`. */
export const blockEnded = (state: BlockState, index: unknown): Told => {
  const block = state.open.get(index)
  if (block === undefined) return [state, noDeltas]
  const open = new Map(state.open)
  open.delete(index)
  const next = { ...state, open }
  if (block.kind === "text") return [next, annotations(block.citations, block.from, state.length)]
  if (block.kind === "thinking") {
    const { text, signature } = block
    if (text === "" && signature === "") return [next, noDeltas]
    return detailed(next, { type: "reasoning.text", text, ...(signature === "" ? {} : { signature }) })
  }
  if (block.said) return [next, noDeltas]
  const text = block.custom ? customInput(parseJson(block.json), block.json) : "{}"
  return [next, text === "" ? noDeltas : [{ _tag: "ToolCallArguments", choice: 0, call: block.call, text }]]
}

/** Ends what was left open. */
export const allEnded = (state: BlockState): Told => {
  const deltas: Array<Delta> = []
  let last = state
  for (const index of state.open.keys()) {
    const [next, made] = blockEnded(last, index)
    last = next
    deltas.push(...made)
  }
  return [last, deltas]
}
