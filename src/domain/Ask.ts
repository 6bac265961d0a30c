import type { Fields } from "./Fields.ts"
import type { Result } from "effect"
import type { InvalidRequest } from "./Failure.ts"
import type { Request } from "./Request.ts"
import type { Labels } from "./usage/RequestRecord.ts"
import type { TextCounts } from "./usage/TextTally.ts"
import type { Routing } from "./routing/Steering.ts"

/**
 * A request at its door: what the way of every request needs, at hand. The rest is read when a target needs it in our
 * words; a target that speaks the door's own language may be sent the body as it came, and then nothing of it is read
 * twice.
 */
export interface Ask {
  /** The id of the key that asks: what is remembered for one is never told to another. */
  readonly caller: string
  /** As the caller wrote it: catalog id, bare name or alias. */
  readonly model: string
  readonly stream: boolean
  /** The caller wants a usage chunk at the end of the stream. */
  readonly includeUsage: boolean
  /** The caller wants its usage with what it costs. */
  readonly includeCost: boolean
  /** The caller used the old `functions` and `function_call`, and is answered in kind. */
  readonly legacyFunctions: boolean
  /** The caller's body as parsed. */
  readonly source: Fields
  /** The same without the fields that say where it goes. */
  readonly plain: Fields
  /** `plain` as text, when it is OpenAI chat and holds nothing unusual. */
  readonly usualText: string | undefined
  /** The whole request in our words; made once. */
  readonly request: () => Request
  /** What the text that goes to a provider is made of, media left out; made once. */
  readonly text: () => TextCounts
  /** Whose the request is, as it says itself. */
  readonly labels: Labels
  /** What the request says of where it goes and how long it may take. */
  readonly routing: Routing
  /** The same request with answers of at most so many tokens. */
  readonly bounded: (outputTokens: number) => Ask
  /**
   * The same request with other fields in its door's language, read anew; `undefined` as a value takes a field away.
   */
  readonly with: (overrides: Fields) => Result.Result<Ask, InvalidRequest>
}
