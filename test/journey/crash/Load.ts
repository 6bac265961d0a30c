import { objectOf } from "../../../src/domain/Fields.ts"
import { post, read, type Seen } from "../stage/Asking.ts"
import type { Running } from "../stage/Processes.ts"

/**
 * One kind of request. The options of the simulator's model say how many tokens are reported, and how slowly they come.
 */
interface Kind {
  readonly model: string
  readonly fallback?: string
  readonly stream?: true
  /** Another provider is asked after so many milliseconds. */
  readonly hedgeAfterMs?: number
  /** The caller leaves at the first words. */
  readonly leaves?: true
}

const kinds: ReadonlyArray<Kind> = [
  { model: "words:count=3:input=11" },
  { model: "words:count=4:input=12:pace=3ms", stream: true },
  { model: "words:count=5:input=13:pace=3ms:no-usage", stream: true },
  { model: "words:input=14:status=503", fallback: "words:count=2:input=15" },
  { model: "words:input=16:status=400" },
  { model: "words:count=2:input=17:first=80ms", fallback: "words:count=2:input=18", hedgeAfterMs: 5 },
  { model: "words:count=40:input=19:pace=5ms", stream: true, leaves: true }
]

/** What callers with limited money ask. */
const paid: Kind = { model: "words:count=3:input=5" }

/** The simulator's models that are asked. */
export const models: ReadonlyArray<string> = [...kinds, paid].flatMap(({ model, fallback = model }) => [
  model,
  fallback
])

/** A request of which the caller has all that it can get: it must be on the bill, and is never asked again. */
export interface Acknowledged {
  /** What the caller calls it, in the prompt and as `user`. */
  readonly name: string
  /** What the gateway calls it. */
  readonly requestId: string
  /** To how many providers it went. */
  readonly attempts: number
  /** What the answer says that it used. */
  readonly usage: { readonly input: number; readonly output: number } | undefined
}

const bodyOf = (name: string, { model, fallback, stream, hedgeAfterMs }: Kind) => ({
  model: `main/${model}`,
  messages: [{ role: "user", content: name }],
  max_tokens: 50,
  user: name,
  ...(stream === undefined ? {} : { stream, stream_options: { include_usage: true } }),
  ...(fallback === undefined ? {} : { fallbacks: [`spare/${fallback}`] }),
  ...(hedgeAfterMs === undefined ? {} : { gateway: { hedge: { after_ms: hedgeAfterMs } } })
})

const usageIn = ({ chunks }: Seen): Acknowledged["usage"] => {
  const usage = objectOf(chunks.findLast((chunk) => chunk["usage"] !== undefined && chunk["usage"] !== null)?.["usage"])
  const [input, output] = [usage["prompt_tokens"], usage["completion_tokens"]]
  return typeof input === "number" && typeof output === "number" ? { input, output } : undefined
}

/** Asks, and says what came; nothing when the answer was not whole. */
const acknowledged = async (
  gateway: Pick<Running, "url">,
  name: string,
  kind: Kind,
  headers: Readonly<Record<string, string>>
): Promise<Acknowledged | undefined> => {
  try {
    const leaving = new AbortController()
    const response = await post(gateway, bodyOf(name, kind), headers, leaving.signal)
    if (kind.leaves) {
      await response.body?.getReader().read()
      leaving.abort()
      return undefined
    }
    const seen = await read(response)
    if (kind.stream && seen.status === 200 && !seen.done) return undefined
    return {
      name,
      requestId: seen.headers.get("x-request-id") ?? "",
      attempts: Number(seen.headers.get("x-gateway-attempts")),
      usage: usageIn(seen)
    }
  } catch {
    // The gateway was killed.
    return undefined
  }
}

/** Milliseconds between two requests of a caller, so that what is measured is not the machine's strength. */
const pauseMs = 6

/** The secrets of a key without limits, and of one whose money is limited. */
export interface Secrets {
  readonly free: string
  readonly paid: () => string
}

/** Callers at one place, who know which of their answers were whole. */
export class Load {
  readonly acknowledged: Array<Acknowledged> = []
  readonly #place: string
  #asked = 0

  /** `place`: what the names of its requests begin with. */
  constructor(place: string) {
    this.#place = place
  }

  get asked(): number {
    return this.#asked
  }

  /** Asks once. */
  async ask(gateway: Pick<Running, "url">, secret: string, kind: Kind = paid): Promise<Acknowledged | undefined> {
    const name = `${this.#place}-${++this.#asked}`
    const found = await acknowledged(gateway, name, kind, { authorization: `Bearer ${secret}` })
    if (found !== undefined) this.acknowledged.push(found)
    return found
  }

  /** So many callers, one of whom has limited money, ask whatever gateway is there until there is none any more. */
  async run(
    gateway: () => Promise<Pick<Running, "url"> | undefined>,
    callers: number,
    secrets: Secrets
  ): Promise<void> {
    const call = async (at: number): Promise<void> => {
      for (let nth = at; ; nth++) {
        const to = await gateway()
        if (to === undefined) return
        if (at === 0) await this.ask(to, secrets.paid())
        else await this.ask(to, secrets.free, kinds[nth % kinds.length])
        await Bun.sleep(pauseMs)
      }
    }
    await Promise.all(Array.from({ length: callers }, (_, at) => call(at)))
  }
}
