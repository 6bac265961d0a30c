import { Effect } from "effect"
import type { Tokens } from "../../../../src/catalog/tokens/Tokens.ts"

/** A token for each character. */
export const fakeTokens: Tokens["Service"] = { count: (_, text) => text.length, load: () => Effect.void }
