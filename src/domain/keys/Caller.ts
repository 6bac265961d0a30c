import type { NamePatterns } from "./NamePatterns.ts"

/** What a key, or a team, may use at most; what is absent has no limit. */
export interface Allowance {
  readonly requestsPerMinute?: number
  /** Input and output together. */
  readonly tokensPerMinute?: number
  readonly requestsAtOnce?: number
  /** Nano-dollars in a day of `zone`, in a month of it, and in all. */
  readonly perDay?: number
  readonly perMonth?: number
  readonly inTotal?: number
  /** IANA name of the time zone in which days and months begin. */
  readonly zone: string
  /** Whether a model whose price is not known may be asked although money is limited. */
  readonly unknownPrices: "refuse" | "allow"
}

/** An allowance and whose it is. */
export interface Quota {
  /** `key:ID` or `team:NAME`: one allowance is shared by all that have its scope. */
  readonly scope: string
  readonly allowance: Allowance
}

/** Who asks: what a gateway key stands for. */
export interface Caller {
  /** The same for as long as the key exists, whatever its secret. */
  readonly keyId: string
  /** For the log and the bill; never the key. */
  readonly name: string
  readonly team?: string
  /** What the bill can be split by. */
  readonly tags: ReadonlyArray<string>
  /** Model ids that may be asked, `*` for any part (`openai/*`); absent: all. */
  readonly models?: NamePatterns
  /** Names of tools that may be given to a model, `*` for any part; absent: all. */
  readonly tools?: NamePatterns
  /** What limits this caller: its key's and its team's. Empty for most. */
  readonly quotas: ReadonlyArray<Quota>
}
