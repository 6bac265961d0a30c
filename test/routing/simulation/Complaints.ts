import type { AttemptRecord } from "../../../src/domain/routing/Trail.ts"
import { keepsHedges, keepsNumbers, keepsTo, keepsWaits } from "./AttemptPromises.ts"
import { givesOneAnswer, keepsDeadline, keepsGate, keepsLimits, stopsProviders, tellsTrail } from "./RequestPromises.ts"
import type { History } from "./Run.ts"
import { type Complain, type Rule, type Seen, seenOf } from "./Seen.ts"

const rules: ReadonlyArray<Rule> = [
  keepsDeadline,
  keepsLimits,
  givesOneAnswer,
  keepsGate,
  tellsTrail,
  stopsProviders,
  keepsNumbers,
  keepsWaits,
  keepsTo,
  keepsHedges
]

/** What a run had to keep and did not, and its requests for whoever wants to count them. */
export const look = (
  history: History
): { readonly complaints: ReadonlyArray<string>; readonly seen: ReadonlyArray<Seen> } => {
  const complaints: Array<string> = []
  const seen: Array<Seen> = []
  for (const story of history.stories) {
    const complain: Complain = (wrong) => void complaints.push(`${story.door.id}: ${wrong}`)
    const one = seenOf(story, complain)
    if (one === undefined) continue
    seen.push(one)
    for (const rule of rules) rule(one, complain, history)
  }
  afterwards(history, seen, (wrong) => void complaints.push(wrong))
  return { complaints, seen }
}

const tokensOf = ({ spending }: AttemptRecord): number =>
  spending === undefined ? 0 : spending.usage.inputTokens + spending.usage.outputTokens

/** What must be so when all requests are over. */
const afterwards = (
  { left, breakers, budget, latencies, purse }: History,
  seen: ReadonlyArray<Seen>,
  complain: Complain
): void => {
  if (left.fibers !== 0) complain(`${left.fibers} fibers live on`)
  if (left.timers !== 0) complain(`${left.timers} timers live on`)
  if (left.sends !== 0) complain(`${left.sends} providers go on`)
  const tries = seen.flatMap((one) => one.tries)

  const { tokens, nanos } = purse?.held ?? { tokens: 0, nanos: 0 }
  if (tokens !== 0 || nanos !== 0) complain(`${tokens} tokens and ${nanos} nano-dollars were never given back`)
  const used = tries.reduce((sum, { record }) => sum + tokensOf(record), 0)
  if (purse !== undefined && purse.spent.tokens !== used) {
    complain(`${used} tokens were used and ${purse.spent.tokens} were paid`)
  }

  const unsettled = breakers.passes.filter(({ settled }) => !settled).length
  if (unsettled > 0) complain(`${unsettled} passes of breakers were never settled`)
  const failed = tries.filter(({ failure }) => failure !== undefined).length
  const told = breakers.endings.filter(({ _tag }) => _tag === "Failure").length
  // A probe that had content was good news, whatever came later.
  const good = breakers.passes.filter(({ probe }) => probe).length
  if (told > failed || told < failed - good) complain(`${failed} attempts failed and the breakers were told of ${told}`)

  for (const provider of new Set(tries.map(({ step }) => step.target.model.provider))) {
    const own = tries.filter(({ step }) => step.target.model.provider === provider)
    const second = own.filter(({ record }) => record.kind === "retry" || record.kind === "hedge").length
    const taken = budget.taken.filter((name) => name === provider).length
    if (second > taken) complain(`${second} second tries, of which the budget allowed ${taken}`)
  }
  for (const target of new Set([
    ...latencies.noted.map(({ target }) => target),
    ...tries.map(({ step }) => step.target.model.id)
  ])) {
    const own = tries.filter(({ step }) => step.target.model.id === target)
    const expected = own.filter(
      ({ record }) => record.firstContentMs !== undefined || record.outcome === "answered"
    ).length
    const noted = latencies.noted.filter((one) => one.target === target).length
    if (noted !== expected) complain(`${expected} attempts had content and ${noted} latencies were noted`)
  }
}
