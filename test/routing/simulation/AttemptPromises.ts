import { worstCost } from "../../../src/routing/funding/WorstCost.ts"
import type { Place } from "../../../src/providers/Deployments.ts"
import type { Step } from "../../../src/routing/planning/Plan.ts"
import { longestRetryAfterMs } from "../../../src/routing/planning/Policy.ts"
import { isRoomier, partAtFault } from "../../../src/routing/planning/StepFacts.ts"
import { mostAtOnce, type Rule, type Try } from "./Seen.ts"

/** The trail tells hundredths of milliseconds. */
const rounding = 0.011

/**
 * A target is asked once at each of its places, and as often again as retries were promised. The winner of a contest
 * that dies before its gate sets those free that it had beaten: they may be tried anew, once for each such death.
 */
export const keepsNumbers: Rule = ({ tries, isContested, story }, complain, { scenario }) => {
  const { steps } = story.plan
  const deaths = tries.filter(
    ({ record: { outcome, firstContentMs } }) => outcome === "failed" && firstContentMs !== undefined
  )
  // A bug of ours gives nothing up, so that the target of one that nobody waits for may be tried anew too.
  const rounds = isContested ? 1 + deaths.length + tries.filter(({ isFault }) => isFault).length : 1
  for (const step of steps) {
    const own = tries.filter((one) => one.step === step)
    const deployment = scenario.deployments.find(({ provider }) => provider === step.target.model.provider)
    const promised = ((deployment?.places.length ?? 0) + step.policy.retries) * rounds
    if (own.length > promised) complain(`${own.length} attempts at a target where ${promised} were promised`)
    const again = own.filter(({ record }) => record.kind === "retry").length
    if (again > step.policy.retries * rounds) complain(`${again} retries where ${step.policy.retries} were promised`)
    if (mostAtOnce(own) > 1) complain("a target was asked twice at once")
  }
  const races = steps.some(({ policy }) => policy.race)
  if (mostAtOnce(tries) > (races ? steps.length : isContested ? 2 : 1)) complain("too many attempts at once")
  if (tries.some(({ record, step }, index) => record.kind === "first" && (index > 0 || step !== steps[0]))) {
    complain("what did not come first says so")
  }
}

/** A retry waits, a rotation goes elsewhere at once. */
export const keepsWaits: Rule = ({ tries, isContested }, complain) => {
  for (const [index, { record, send, step }] of tries.entries()) {
    if (record.kind !== "retry" && record.kind !== "rotation") continue
    const before = tries.slice(0, index).findLast((other) => other.step === step)
    if (before === undefined) return complain(`a ${record.kind} came before anything to repeat`)
    const waitedMs = record.sentMs - before.record.endedMs
    if (record.kind === "rotation") {
      if (!isContested && sharesFault(send.place, tries.slice(0, index), step))
        complain("a rotation went to the same fault")
      if (waitedMs > 0) complain("a rotation waited")
      continue
    }
    const namedMs = before.failure?.retryAfterMs ?? 0
    const leastMs = namedMs > 0 ? namedMs : step.policy.backoffMs / 2
    if (waitedMs < leastMs - rounding) complain(`a retry waited ${waitedMs} ms instead of ${leastMs}`)
    if (namedMs > longestRetryAfterMs) complain("a retry waited for longer than anyone waits")
  }
}

/** Whether a place has a key or an address that has failed, as far as the last attempt at each place says. */
const sharesFault = (place: Place, before: ReadonlyArray<Try>, step: Step): boolean => {
  const last = new Map(before.filter((one) => one.step === step).map((one) => [one.send.place, one.failure]))
  return [...last].some(([other, failure]) => {
    const part = failure === undefined ? undefined : partAtFault(failure)
    return part !== undefined && other[part] === place[part]
  })
}

/** A failure leads on only where that was said, and a prompt that was too long only to a model with more room. */
export const keepsTo: Rule = ({ tries, isContested }, complain, { scenario }) => {
  // Attempts at the same time do not follow each other, and a target that cannot be asked leaves no record.
  if (isContested || scenario.unable.size > 0) return
  for (const [index, { step, failure }] of tries.entries()) {
    const next = tries[index + 1]
    if (failure === undefined) {
      if (next !== undefined) complain("something followed an answer")
      continue
    }
    if (next === undefined || next.step === step) continue
    if (next.record.kind !== "fallback") complain(`another target was asked as ${next.record.kind}`)
    if (!step.policy.on.has(failure._tag)) complain(`${failure._tag} led on, though it should not`)
    if (failure._tag !== "ContextTooLong") continue
    if (tries.slice(index + 1).some((later) => !isRoomier(later.step, step))) complain("a model without room was asked")
  }
}

/** A hedge starts when the one before is late, and only where it is allowed; a race only where it is asked for. */
export const keepsHedges: Rule = ({ tries, story }, complain, { latencies }) => {
  for (const [index, { record, step, sentAt }] of tries.entries()) {
    if (record.kind === "race" && !story.plan.steps.some(({ policy }) => policy.race))
      complain("nobody asked for a race")
    if (record.kind !== "hedge") continue
    const before = tries.slice(0, index)
    const late = before.findLast((other) => other.record.kind === "first" || other.record.kind === "fallback")
    const hedge = late?.step.policy.hedge
    if (late === undefined || hedge === undefined) return complain("nobody asked for a hedge")
    const told = latencies.told
      .filter(({ target }) => target === late.step.target.model.id)
      .map(({ ms }) => ms ?? Infinity)
    const afterMs = hedge.after === "p95" ? Math.min(...told) : hedge.after
    if (sentAt - late.sentAt < afterMs) complain("a hedge came too early")
    const since = before.slice(before.indexOf(late))
    if (since.some((other) => other.record.kind === "hedge")) complain("a second hedge was sent")
    if (since.some((other) => (other.record.firstContentMs ?? Infinity) < record.sentMs))
      complain("a hedge came after content")
    const cost = worstCost(step.ask, step.target.model, ({ prices }) => prices[0])
    if (hedge.maxExtraCost !== undefined && !(cost <= hedge.maxExtraCost)) complain("a hedge was too dear")
  }
}
