import type { Fields } from "../../../domain/Fields.ts"
import type { Piece } from "../../script/Script.ts"
import type { Answer } from "../Language.ts"

type CallPiece = Extract<Piece, { kind: "call" }>

/**
 * The deltas of a piece of a tool call, as OpenAI sends them or, where a fault asks for it, as hosts do that speak its
 * language loosely: without an index or an id, with every call at index 0, with the arguments as an object, or with the
 * name in two parts.
 */
export const callDeltas = (piece: CallPiece, answer: Answer): ReadonlyArray<Fields> => {
  const { flags, script } = answer
  const call = script.calls[piece.call]
  if (call === undefined) return []
  const oneIndex = flags.has("tool-reused-index") || flags.has("tool-new-id-same-index")
  const index = flags.has("tool-no-index") ? {} : { index: oneIndex ? 0 : piece.call }
  // Hosts that reuse an index, or send an object, send each call whole.
  const sentWhole = flags.has("tool-reused-index") || flags.has("tool-object-arguments")
  const delta = (fields: Fields): Fields => ({ tool_calls: [{ ...index, ...fields }] })

  if (!piece.opens) return sentWhole ? [] : [delta({ function: { arguments: piece.fragment } })]
  const id = flags.has("tool-no-id") ? {} : { id: `call_${answer.id}${piece.call}` }
  const first = (name: string): Fields =>
    delta({ ...id, type: "function", function: { name, arguments: openingArguments(call.arguments, answer) } })
  if (!flags.has("tool-name-in-pieces")) return [first(call.name)]
  const middle = Math.ceil(call.name.length / 2)
  return [first(call.name.slice(0, middle)), delta({ function: { name: call.name.slice(middle) } })]
}

const openingArguments = (fields: Fields, { flags }: Answer): Fields | string => {
  if (flags.has("tool-object-arguments")) return fields
  return flags.has("tool-reused-index") ? JSON.stringify(fields) : ""
}
