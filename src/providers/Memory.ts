import type { Deltas } from "../domain/Delta.ts"
import type { ReasoningDetail } from "../domain/Reasoning.ts"
import type { Remembered } from "./Protocol.ts"

/** How many tool calls are remembered: an hour of ten a second. The oldest goes first. */
const capacity = 36_000

/**
 * What providers want back with a tool call (Gemini's and Anthropic's signatures, OpenAI's encrypted reasoning, Kimi's reasoning text), by the call's id.
 * Callers should send it back themselves; most client libraries strip fields they do not know. Lost with the process: then the protocols do without.
 */
export class Memory {
  readonly #calls = new Map<string, Remembered>()

  find(callId: string): Remembered | undefined {
    return this.#calls.get(callId)
  }

  /** Collects what one answer's calls will need; give it every delta of the answer. */
  listener(): (deltas: Deltas) => void {
    const details: Array<ReasoningDetail> = []
    const calls: Array<{ readonly id: string; readonly signature?: string }> = []
    let reasoning = ""
    return (deltas) => {
      for (const delta of deltas) {
        switch (delta._tag) {
          case "Reasoning":
            reasoning += delta.text
            break
          case "ReasoningDetail":
            details.push(delta.detail)
            break
          case "ToolCallStart":
            calls.push(delta)
            break
          case "Finish":
            for (const [at, call] of calls.entries()) {
              // The reasoning belongs to the turn; its first call carries it.
              const turn = at === 0 ? { reasoning, details } : { reasoning: "", details: [] }
              this.#keep(call, turn.reasoning, turn.details)
            }
            break
          default:
            break
        }
      }
    }
  }

  #keep(
    call: { readonly id: string; readonly signature?: string },
    reasoning: string,
    details: ReadonlyArray<ReasoningDetail>
  ): void {
    if (call.signature === undefined && reasoning === "" && details.length === 0) return
    this.#calls.delete(call.id)
    this.#calls.set(call.id, {
      ...(call.signature === undefined ? {} : { signature: call.signature }),
      ...(reasoning === "" ? {} : { reasoning }),
      ...(details.length === 0 ? {} : { reasoningDetails: [...details] })
    })
    if (this.#calls.size <= capacity) return
    const oldest = this.#calls.keys().next()
    if (oldest.done !== true) this.#calls.delete(oldest.value)
  }
}
