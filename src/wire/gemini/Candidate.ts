import type { Delta } from "../../domain/Delta.ts"
import { asObject, asText, type Fields, listOf, objectOf } from "../../domain/Fields.ts"
import { citations, logprobs } from "./Grounding.ts"
import { partialArguments } from "./PartialArguments.ts"
import type { ToolNames } from "./ToolNames.ts"

/** A call whose arguments come in pieces (Vertex). */
interface Pending {
  readonly call: number
  readonly kind: "function" | "custom"
  readonly pieces: ReadonlyArray<Fields>
}

/** What is known of one candidate so far. */
export interface Choice {
  readonly index: number
  /** All text so far: citations point into it. */
  readonly text: string
  readonly calls: number
  readonly details: number
  readonly pending?: Pending
  readonly cited: ReadonlyArray<string>
  /** Gemini's reason; older models repeat it in each chunk, so it counts only when the stream has ended. */
  readonly finish?: string
}

/** What a candidate is read with. */
export interface Reading {
  readonly names: ToolNames
  readonly newId: (prefix: string) => string
}

/**
 * Reads one candidate's piece. Left out, because the answer's vocabulary has no place for them: made images, and code
 * that Gemini ran itself.
 */
export const readCandidate = (old: Choice, candidate: Fields, reading: Reading, deltas: Array<Delta>): Choice => {
  let choice = old
  // Where the text parts of this piece begin, by their place among its parts: citations count from there when the
  // piece is the whole text.
  const starts: Array<number> = []
  const scores = asObject(candidate["logprobsResult"])
  let scored = scores === undefined ? {} : { logprobs: logprobs(scores) }
  for (const value of listOf(objectOf(candidate["content"])["parts"])) {
    const part = objectOf(value)
    starts.push(choice.text.length)
    const call = asObject(part["functionCall"])
    if (call !== undefined) {
      choice = readCall(choice, call, asText(part["thoughtSignature"]), reading, deltas)
      continue
    }
    const text = asText(part["text"])
    if (text === undefined) continue
    if (part["thought"] === true) {
      if (text !== "") deltas.push({ _tag: "Reasoning", choice: choice.index, text })
    } else if (text !== "") {
      deltas.push({ _tag: "Text", choice: choice.index, text, ...scored })
      scored = {}
      choice = { ...choice, text: choice.text + text }
    }
    const data = asText(part["thoughtSignature"])
    if (data === undefined) continue
    const detail = { type: "reasoning.encrypted", format: "google-gemini-v1", data, index: choice.details } as const
    deltas.push({ _tag: "ReasoningDetail", choice: choice.index, detail })
    choice = { ...choice, details: choice.details + 1 }
  }
  if ("logprobs" in scored) deltas.push({ _tag: "Text", choice: choice.index, text: "", ...scored })
  choice = cite(choice, candidate, old.text === "" ? starts : [], deltas)
  const finish = asText(candidate["finishReason"])
  return finish === undefined ? choice : { ...choice, finish }
}

const readCall = (
  choice: Choice,
  call: Fields,
  signature: string | undefined,
  { names, newId }: Reading,
  deltas: Array<Delta>
): Choice => {
  const given = asText(call["name"])
  const named = given !== undefined && given !== ""
  const pieces = objects(call["partialArgs"])
  const args = asObject(call["args"])
  if (!named) {
    // The continuation of a call that comes in pieces; the last one is an empty object.
    if (choice.pending === undefined) return choice
    const pending = { ...choice.pending, pieces: [...choice.pending.pieces, ...pieces] }
    return call["willContinue"] === true ? { ...choice, pending } : complete({ ...choice, pending }, args, deltas)
  }
  const before = complete(choice, undefined, deltas)
  const { name, kind } = names.fromGemini(given)
  const id = asText(call["id"])
  deltas.push({
    _tag: "ToolCallStart",
    choice: choice.index,
    call: before.calls,
    id: id === undefined || id === "" ? newId("call") : id,
    name,
    kind,
    ...(signature === undefined ? {} : { signature })
  })
  const started = { ...before, calls: before.calls + 1, pending: { call: before.calls, kind, pieces } }
  return call["willContinue"] === true ? started : complete(started, args, deltas)
}

/** Says the arguments of the call that is open, if one is, whole. */
export const complete = (choice: Choice, args: Fields | undefined, deltas: Array<Delta>): Choice => {
  const { pending, ...rest } = choice
  if (pending === undefined) return choice
  const all = args ?? partialArguments(pending.pieces)
  const input = pending.kind === "custom" ? asText(all["input"]) : undefined
  const text = input ?? JSON.stringify(all)
  deltas.push({ _tag: "ToolCallArguments", choice: choice.index, call: pending.call, text })
  return rest
}

const cite = (choice: Choice, candidate: Fields, starts: ReadonlyArray<number>, deltas: Array<Delta>): Choice => {
  const metadata = asObject(candidate["groundingMetadata"])
  if (metadata === undefined) return choice
  const cited = [...choice.cited]
  for (const annotation of citations(metadata, choice.text, (part) => starts[part] ?? 0)) {
    // Later chunks repeat the earlier ones' sources.
    const key = `${annotation.start} ${annotation.end} ${annotation.url}`
    if (cited.includes(key)) continue
    cited.push(key)
    deltas.push({ _tag: "Annotation", choice: choice.index, annotation })
  }
  return { ...choice, cited }
}

const objects = (value: unknown): ReadonlyArray<Fields> =>
  listOf(value)
    .map(asObject)
    .filter((fields) => fields !== undefined)
