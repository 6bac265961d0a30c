import type { Deltas } from "../domain/Delta.ts"
import { addDetail, type ReasoningDetail } from "../domain/Reasoning.ts"
import type { Remembered } from "./Protocol.ts"

/** How many tool calls are remembered: an hour of ten a second. The oldest goes first. */
const capacity = 36_000
/** How much text is remembered in all, in characters, since a turn's reasoning may be as long as a book. */
const maxLength = 32 * 1024 * 1024

/**
 * What providers want back with a tool call (Gemini's and Anthropic's signatures, OpenAI's encrypted reasoning, Kimi's
 * reasoning text), by the call's id. Callers should send it back themselves; most client libraries strip fields they do
 * not know. Lost with the process: then the protocols do without.
 */
export class Memory {
  readonly #calls = new Map<string, Remembered>()
  #length = 0

  /** What a caller's call left behind: one caller never sees another's. */
  find(caller: string, callId: string): Remembered | undefined {
    return this.#calls.get(placeOf(caller, callId))
  }

  /** Collects what one answer's calls will need; give it every delta of the answer. */
  listener(caller: string): (deltas: Deltas) => void {
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
              this.#keep(caller, call, first ? reasoning : "", first ? details : [])
            }
            break
          }
          default:
            break
        }
      }
    }
  }

  #keep(caller: string, call: Called, reasoning: string, details: ReadonlyArray<ReasoningDetail>): void {
    if (call.signature === undefined && reasoning === "" && details.length === 0) return
    if (!unguessable.test(call.id)) return
    const place = placeOf(caller, call.id)
    this.#forget(place)
    const remembered: Remembered = {
      ...(call.signature === undefined ? {} : { signature: call.signature }),
      ...(reasoning === "" ? {} : { reasoning }),
      ...(details.length === 0 ? {} : { reasoningDetails: [...details] })
    }
    this.#calls.set(place, remembered)
    this.#length += lengthOf(remembered)
    while (this.#calls.size > capacity || this.#length > maxLength) {
      const oldest = this.#calls.keys().next()
      if (oldest.done === true) return
      this.#forget(oldest.value)
    }
  }

  #forget(place: string): void {
    const known = this.#calls.get(place)
    if (known === undefined) return
    this.#calls.delete(place)
    this.#length -= lengthOf(known)
  }
}

const placeOf = (caller: string, callId: string): string => `${caller}\n${callId}`

/**
 * Ids that stand for one call of one conversation: sixteen letters and digits in a row, some of them digits. Kimi's
 * `functions.name:0` comes back in every conversation.
 */
const unguessable = /(?=[A-Za-z]*\d)[A-Za-z0-9]{16}/

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
