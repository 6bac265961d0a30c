import { inputTokensOf } from "../../catalog/tokens/InputTokens.ts"
import type { Tokens } from "../../catalog/tokens/Tokens.ts"
import type { Ask } from "../../domain/Ask.ts"
import type { Spending } from "../../domain/usage/Cost.ts"
import type { Delta, Deltas } from "../../domain/Delta.ts"
import type { Failure } from "../../domain/Failure.ts"
import { textOf } from "../../domain/Fields.ts"
import type { Model } from "../../domain/Model.ts"
import { noUsage, type Usage } from "../../domain/usage/Usage.ts"
import { relayedText } from "../../providers/relay/RelayedText.ts"
import type { Progress } from "../../providers/sending/Limits.ts"

/** What an attempt used, before it is priced. */
export type Measured = Pick<Spending, "usage" | "source">

/** What is known of an attempt that is over. */
export interface Ended {
  readonly ask: Ask
  readonly model: Model
  readonly progress: Progress
  /** Absent: it answered, or somebody stopped it. */
  readonly failure: Failure | undefined
  readonly tokens: Tokens["Service"]
}

/** Most text of one kind that is kept, in UTF-16 units; of more only the length is known. */
const maxKept = 1024 * 1024

/** Raw text of the relay lane that is read again at most, in UTF-16 units: 1 ms. */
const maxReread = 128 * 1024

/** Characters of base64 in a token of a spoken answer: PCM of 24 kHz, 20 tokens a second. */
const audioCharactersPerToken = 3_200

/**
 * Notes what one attempt used. On the way it keeps only references to what it is shown, and lets go of them when the
 * provider has said the usage itself; only the end of an answer that had no such word is worked on.
 */
export class Meter {
  #told: { readonly usage: Usage } | undefined
  /** The provider's own, once it has said all. */
  #final: Usage | undefined
  #isFinished = false
  #text: Said | undefined
  #reasoning: Said | undefined
  /** What went on as it came, its JSON included. */
  #relayed: Said | undefined
  #audioCharacters = 0
  #measured: Measured | "nothing" | undefined

  /** Everything that the provider says passes here. */
  take(deltas: Deltas): void {
    if (this.#final !== undefined) return
    for (const delta of deltas) this.#noteFact(delta)
    // A whole answer mostly comes with its usage, and then nothing of it need be kept.
    if (this.#told !== undefined && this.#isFinished && isCounted(this.#told.usage)) this.#letGo(this.#told.usage)
    else for (const delta of deltas) this.#noteText(delta)
  }

  /**
   * What was used, once the attempt is over; nothing when a provider bills nothing for it. The first call decides, and
   * ends the keeping.
   */
  usage(ended: Ended): Measured | undefined {
    if (this.#measured === undefined) {
      this.#measured = this.#measure(ended) ?? "nothing"
      this.#letGo()
      ended.progress.reader = undefined
    }
    return this.#measured === "nothing" ? undefined : this.#measured
  }

  #noteFact(delta: Delta): void {
    // Read once: what the relay lane tells is parsed each time that it is asked.
    if (delta._tag === "Usage") this.#told = { usage: delta.usage }
    else if (delta._tag === "Finish") this.#isFinished = true
  }

  #noteText(delta: Delta): void {
    switch (delta._tag) {
      case "Text":
      case "Refusal":
      case "ToolCallArguments":
        this.#text = noted(this.#text, delta.text)
        return
      case "Relayed":
        this.#relayed = noted(this.#relayed, delta.text)
        return
      case "Reasoning":
        this.#reasoning = noted(this.#reasoning, delta.text)
        return
      case "ToolCallStart":
        this.#text = noted(this.#text, delta.name)
        return
      case "Audio":
        this.#audioCharacters += textOf(delta.audio["data"]).length
        return
      default:
        return
    }
  }

  #letGo(final?: Usage): void {
    this.#final = final
    this.#told = undefined
    this.#text = this.#reasoning = this.#relayed = undefined
  }

  #measure(ended: Ended): Measured | undefined {
    if (this.#final !== undefined) return { usage: this.#final, source: "provider" }
    const told = this.#told?.usage
    const latest = ended.progress.reader?.reported
    const reported = told ?? latest?.usage
    const isSilent = !this.#hasSaid && (reported === undefined || !isCounted(reported))
    if (isSilent && isFree(ended)) return undefined
    if (reported === undefined || !isCounted(reported)) return this.#estimate(noUsage, ended)
    // What is told before a failure, and is not a report that was current, is the provider's last word.
    const isCurrent = latest === undefined || latest.isCurrent
    return isCurrent && (reported.outputTokens > 0 || !this.#hasSaid)
      ? { usage: reported, source: "provider" }
      : this.#estimate(reported, ended)
  }

  get #hasSaid(): boolean {
    return (
      this.#text !== undefined ||
      this.#reasoning !== undefined ||
      this.#relayed !== undefined ||
      this.#audioCharacters > 0
    )
  }

  /** What was reported, where that is more, and else what is counted. */
  #estimate(reported: Usage, { ask, model, tokens }: Ended): Measured {
    const input = reported.inputTokens > 0 ? undefined : inputTokensOf(ask.request(), model, tokens)
    const relayed = reread(this.#relayed)
    const count = ({ text, scale }: Kept): number => Math.ceil(tokens.count(model, text) * scale)
    const audio = Math.ceil(this.#audioCharacters / audioCharactersPerToken)
    const said = count(kept(this.#text)) + count(relayed.text) + audio
    const reasoning = count(kept(this.#reasoning)) + count(relayed.reasoning)
    const reasoningTokens = Math.max(reported.reasoningTokens, reasoning)
    const usage: Usage = {
      ...reported,
      ...(input === undefined ? {} : { inputTokens: input.all, inputAudioTokens: input.audio }),
      outputTokens: Math.max(reported.outputTokens, said + reasoningTokens),
      reasoningTokens,
      outputAudioTokens: Math.max(reported.outputAudioTokens, audio)
    }
    return { usage, source: "estimate" }
  }
}

const noted = (said: Said | undefined, text: string): Said | undefined => {
  if (text === "") return said
  const kept = said ?? new Said()
  kept.add(text)
  return kept
}

/** Hosts exist that send a usage of zeros. */
const isCounted = ({ inputTokens, outputTokens }: Usage): boolean => inputTokens > 0 || outputTokens > 0

/** Whether a provider that said nothing bills nothing: it was not reached, or refused. */
const isFree = ({ progress, failure }: Ended): boolean => {
  if (progress.connectedAt === undefined) return true
  if (progress.status !== undefined && progress.status >= 300) return true
  // A refusal may come as the first event of a stream.
  const { status, message, type, code } = failure?.words ?? {}
  return (status ?? message ?? type ?? code) !== undefined
}

/** Text, and how many times as much there was of it. */
interface Kept {
  readonly text: string
  readonly scale: number
}

const nothingKept: Kept = { text: "", scale: 1 }

const kept = (said: Said | undefined): Kept => said?.upTo(maxKept) ?? nothingKept

/** What relayed events said. They are much alike, so every few of many are enough. */
const reread = (relayed: Said | undefined): { readonly text: Kept; readonly reasoning: Kept } => {
  if (relayed === undefined) return { text: nothingKept, reasoning: nothingKept }
  const { text: raw, scale } = relayed.upTo(maxReread)
  const { text, reasoning } = relayedText(raw)
  return { text: { text, scale }, reasoning: { text: reasoning, scale } }
}

/** Text in the pieces in which it came. */
class Said {
  readonly #pieces: Array<string> = []
  #kept = 0
  #length = 0

  add(text: string): void {
    this.#length += text.length
    if (this.#kept >= maxKept) return
    this.#kept += text.length
    this.#pieces.push(text)
  }

  /** Pieces that together have about so many characters at most, spread evenly. */
  upTo(most: number): Kept {
    const every = Math.ceil(this.#kept / most)
    const text = this.#pieces.filter((_, place) => place % every === 0).join("")
    return { text, scale: this.#length / text.length }
  }
}
