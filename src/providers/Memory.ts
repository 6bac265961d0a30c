import type { Deltas } from "../domain/Delta.ts"
import { addDetail, type ReasoningDetail } from "../domain/Reasoning.ts"
import type { Remembered } from "./Protocol.ts"

/** How many tool calls are remembered: an hour of ten a second. The oldest goes first. */
const capacity = 36_000
/** How much text is remembered in all, in characters, since a turn's reasoning may be as long as a book. */
const maxLength = 32 * 1024 * 1024

/**
 * What providers want back with a tool call (Gemini's and Anthropic's signatures, OpenAI's encrypted reasoning, Kimi's reasoning text), by the call's id.
 * Callers should send it back themselves; most client libraries strip fields they do not know. Lost with the process: then the protocols do without.
 */
export class Memory {
  readonly #calls = new Map<string, Remembered>()
  #length = 0

  find(callId: string): Remembered | undefined {
    return this.#calls.get(callId)
  }

  /** Collects what one answer's calls will need; give it every delta of the answer. */
  listener(): (deltas: Deltas) => void {
    const turns = new Map<number, Turn>()
    const at = (choice: number): Turn => {
      const known = turns.get(choice)
      if (known !== undefined) return known
      const turn: Turn = { reasoning: "", details: [], calls: [] }
      turns.set(choice, turn)
      return turn
    }
    return (deltas) => {
      for (const delta of deltas) {
        switch (delta._tag) {
          case "Reasoning":
            at(delta.choice).reasoning += delta.text
            break
          case "ReasoningDetail":
            addDetail(at(delta.choice).details, delta.detail)
            break
          case "ToolCallStart":
            at(delta.choice).calls.push(delta)
            break
          case "Finish": {
            const { calls, reasoning, details } = at(delta.choice)
            for (const [place, call] of calls.entries()) {
              // The reasoning belongs to the turn; its first call carries it.
              const first = place === 0
              this.#keep(call, first ? reasoning : "", first ? details : [])
            }
            break
          }
          default:
            break
        }
      }
    }
  }

  #keep(call: Called, reasoning: string, details: ReadonlyArray<ReasoningDetail>): void {
    if (call.signature === undefined && reasoning === "" && details.length === 0) return
    this.#forget(call.id)
    const remembered: Remembered = {
      ...(call.signature === undefined ? {} : { signature: call.signature }),
      ...(reasoning === "" ? {} : { reasoning }),
      ...(details.length === 0 ? {} : { reasoningDetails: [...details] })
    }
    this.#calls.set(call.id, remembered)
    this.#length += lengthOf(remembered)
    while (this.#calls.size > capacity || this.#length > maxLength) {
      const oldest = this.#calls.keys().next()
      if (oldest.done === true) return
      this.#forget(oldest.value)
    }
  }

  #forget(callId: string): void {
    const known = this.#calls.get(callId)
    if (known === undefined) return
    this.#calls.delete(callId)
    this.#length -= lengthOf(known)
  }
}

interface Called {
  readonly id: string
  readonly signature?: string
}

/** What one of the answers has said so far. */
interface Turn {
  reasoning: string
  readonly details: Array<ReasoningDetail>
  readonly calls: Array<Called>
}

const lengthOf = ({ signature = "", reasoning = "", reasoningDetails = [] }: Remembered): number =>
  reasoningDetails.reduce(
    (length, { text = "", summary = "", data = "", signature = "" }) =>
      length + text.length + summary.length + data.length + signature.length,
    signature.length + reasoning.length
  )
