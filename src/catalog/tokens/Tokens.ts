import { Context, Effect, Layer } from "effect"
import type { Model } from "../../domain/Model.ts"
import { boundedCount, type Counter, tokensOfBytes } from "./Counting.ts"
import { type Encoding, familyOf } from "./Families.ts"

/**
 * Counts the tokens of texts where no provider has: an estimate, near for most models and exact for none but OpenAI's.
 */
export class Tokens extends Context.Service<
  Tokens,
  {
    /**
     * Tokens of a text for a model, rounded up. At once, in at most some milliseconds; by a rule of thumb until the
     * vocabulary is loaded, which the first call begins.
     */
    readonly count: (model: Model, text: string) => number
    /** Waits until a model's vocabulary is loaded, or cannot be. */
    readonly load: (model: Model) => Effect.Effect<void>
  }
>()("gateway/catalog/Tokens") {
  /** Each vocabulary is loaded when it is first needed: it costs a quarter of a second of processor time and 25 MB. */
  static readonly layer = Layer.sync(Tokens, () => {
    const counters = new Map<Encoding, Counter>()
    const loading = new Map<Encoding, Promise<void>>()

    const load = (encoding: Encoding): Promise<void> => {
      const known = loading.get(encoding)
      if (known !== undefined) return known
      const begun = loaders[encoding]().then(
        (counter) => void counters.set(encoding, counter),
        // The rule of thumb serves on.
        () => {}
      )
      loading.set(encoding, begun)
      return begun
    }

    return Tokens.of({
      count: (model, text) => {
        if (text === "") return 0
        const { encoding, factor } = familyOf(model)
        const counter = counters.get(encoding)
        // No vocabulary has more tokens than bytes.
        if (counter !== undefined) {
          return Math.min(Math.ceil(factor * boundedCount(counter, text)), Buffer.byteLength(text))
        }
        void load(encoding)
        return Math.ceil(factor * tokensOfBytes(text))
      },
      load: (model) => Effect.promise(() => load(familyOf(model).encoding))
    })
  })
}

/** Of a vocabulary, what is loaded of it. */
interface Vocabulary {
  readonly countTokens: (text: string, options: { readonly disallowedSpecial: Set<string> }) => number
  readonly setMergeCacheSize: (size: number) => void
}

const counterOf = ({ countTokens, setMergeCacheSize }: Vocabulary): Counter => {
  // Words of prompts would stay in memory, and a full cache is slower than none.
  setMergeCacheSize(0)
  // What looks like a control token of a model is text like any other in a prompt.
  const options = { disallowedSpecial: new Set<string>() }
  return (text) => countTokens(text, options)
}

/**
 * Literal names, so that the compiled program holds them. The word lists come first, so that other requests have their
 * turn in between.
 */
const loaders: Readonly<Record<Encoding, () => Promise<Counter>>> = {
  o200k_base: async () => {
    await import("gpt-tokenizer/bpeRanks/o200k_base")
    await nextTurn()
    return counterOf(await import("gpt-tokenizer/encoding/o200k_base"))
  },
  cl100k_base: async () => {
    await import("gpt-tokenizer/bpeRanks/cl100k_base")
    await nextTurn()
    return counterOf(await import("gpt-tokenizer/encoding/cl100k_base"))
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
