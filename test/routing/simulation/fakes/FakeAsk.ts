import { Result } from "effect"
import type { Ask } from "../../../../src/domain/Ask.ts"
import { InvalidRequest } from "../../../../src/domain/Failure.ts"
import { TextTally } from "../../../../src/domain/usage/TextTally.ts"
import { noRouting, type Routing } from "../../../../src/domain/routing/Steering.ts"

const tallyOf = (text: string): TextTally => {
  const tally = new TextTally()
  tally.add(text)
  return tally
}

/** A request of which only what the engine looks at is there. */
export const fakeAsk = (
  caller: string,
  model: string,
  said: { readonly stream?: boolean; readonly routing?: Routing; readonly maxOutputTokens?: number } = {}
): Ask => {
  const { stream = true, routing = noRouting, maxOutputTokens } = said
  const source = { model }
  return {
    caller,
    model,
    stream,
    includeUsage: false,
    includeCost: false,
    legacyFunctions: false,
    labels: { tags: [] },
    source,
    plain: { model },
    usualText: undefined,
    text: () => tallyOf(model),
    request: () => ({
      model,
      messages: [],
      stream,
      includeUsage: false,
      tools: [],
      requireParameters: false,
      legacyFunctions: false,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens })
    }),
    routing,
    bounded: (outputTokens) => fakeAsk(caller, model, { ...said, maxOutputTokens: outputTokens }),
    with: () => Result.fail(new InvalidRequest({ message: "This request has no fields." }))
  }
}
