import type { Delta, Deltas } from "../../src/domain/Delta.ts"
import type { ExpectedUsage } from "./Expected.ts"
import type { Outcome, ToldCall, ToldChoice } from "./Outcome.ts"

interface Choice {
  text: string
  reasoning: string
  refusal: string
  readonly calls: Array<{ -readonly [Field in keyof ToldCall]: ToldCall[Field] }>
  finish: string | undefined
}

/** What an order of deltas breaks: the promises that `Delta` writes down. */
class Disorder extends Error {}

/** Deltas joined into what they tell. Throws when they are in an order that they must not have. */
export const fold = (deltas: Deltas): Outcome => {
  let model: string | undefined
  let usage: ExpectedUsage | undefined
  let failure: string | undefined
  const choices = new Map<number, Choice>()

  const choiceOf = (delta: Delta & { readonly choice: number }): Choice => {
    if (model === undefined) throw new Disorder(`${delta._tag} before Start`)
    const known = choices.get(delta.choice)
    if (known?.finish !== undefined) throw new Disorder(`${delta._tag} after the Finish of choice ${delta.choice}`)
    const choice = known ?? { text: "", reasoning: "", refusal: "", calls: [], finish: undefined }
    choices.set(delta.choice, choice)
    return choice
  }

  for (const delta of deltas) {
    if (failure !== undefined) throw new Disorder(`${delta._tag} after Failed`)
    switch (delta._tag) {
      case "Start":
        if (model !== undefined) throw new Disorder("a second Start")
        model = delta.model
        break
      case "Text":
        choiceOf(delta).text += delta.text
        break
      case "Reasoning":
        choiceOf(delta).reasoning += delta.text
        break
      case "Refusal":
        choiceOf(delta).refusal += delta.text
        break
      case "ToolCallStart": {
        const { calls } = choiceOf(delta)
        if (delta.call !== calls.length) throw new Disorder(`call ${delta.call} after ${calls.length} calls`)
        calls.push({ id: delta.id, kind: delta.kind, name: delta.name, arguments: "" })
        break
      }
      case "ToolCallArguments": {
        const call = choiceOf(delta).calls[delta.call]
        if (call === undefined) throw new Disorder("ToolCallArguments before its ToolCallStart")
        call.arguments += delta.text
        break
      }
      case "Usage":
        if (usage !== undefined) throw new Disorder("a second Usage")
        usage = {
          input: delta.usage.inputTokens,
          output: delta.usage.outputTokens,
          cached: delta.usage.cachedTokens,
          cacheWrite: delta.usage.cacheWriteTokens,
          reasoning: delta.usage.reasoningTokens
        }
        break
      case "Finish":
        choiceOf(delta).finish = delta.reason
        break
      case "Failed":
        failure = delta.failure._tag
        break
      default:
        break
    }
  }
  const told = [...choices].sort(([a], [b]) => a - b).map(([, choice]): ToldChoice => choice)
  return { model: model ?? "", choices: told, usage, failure }
}
