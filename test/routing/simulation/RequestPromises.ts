import { Exit } from "effect"
import type { AttemptOutcome } from "../../../src/domain/routing/Trail.ts"
import type { Rule, Try } from "./Seen.ts"

/** The trail tells hundredths of milliseconds. */
const rounding = 0.011

/** No request outlives its deadline: its answer has begun by then, or it has failed. */
export const keepsDeadline: Rule = ({ story, tries, receivedAt, openedAt, endedAt }, complain) => {
  const latest = receivedAt + Math.max(...story.plan.steps.map(({ policy }) => policy.deadlineMs))
  if ((openedAt ?? endedAt) > latest) complain("the answer had not begun at the deadline")
  for (const one of tries) {
    const until = receivedAt + one.step.policy.deadlineMs
    if (one.sentAt >= until) complain("an attempt was sent after its deadline")
    const decidedAt = one.isOpened ? (openedAt ?? Infinity) : one.endedAt
    if (decidedAt > until) complain("an attempt outlived its deadline")
  }
}

/** No attempt outlives its other limits. */
export const keepsLimits: Rule = ({ tries }, complain) => {
  for (const { sentAt, endedAt, record, step } of tries) {
    const { firstContentMs, totalMs } = step.policy.timeouts
    if (totalMs !== undefined && endedAt > sentAt + totalMs) complain("an attempt outlived its total limit")
    const contentMs = record.firstContentMs === undefined ? endedAt - sentAt : record.firstContentMs - record.sentMs
    if (firstContentMs !== undefined && contentMs > firstContentMs + rounding)
      complain("content was waited for too long")
  }
}

/**
 * The door is opened at most once, what is written is one attempt's answer from its beginning, and nothing is written
 * after the end.
 */
export const givesOneAnswer: Rule = ({ story, tries, exit, hasFault }, complain) => {
  const { door, leftAt } = story
  for (const wrong of door.wrongs) complain(`the door was ${wrong}`)
  const written = new Set(door.written)
  const [source, ...more] = tries.filter(({ send }) => send.told.some((delta) => written.has(delta)))
  if (more.length > 0) complain("the caller got parts of several answers")
  if (source === undefined && door.written.length > 0) complain("the caller got what nobody sent")
  if (source !== undefined) {
    const { told } = source.send
    if (!source.isOpened) complain("the caller got an answer that had not opened the door")
    if (door.written.some((delta, index) => delta !== told[index]))
      complain("the answer lacks its beginning or its order")
    if (leftAt === undefined && door.written.length !== told.length) complain("the end of the answer was lost")
  }
  if (tries.filter(({ isOpened }) => isOpened).length !== door.openings.length)
    complain("the door knows another answer")
  const isOpened = door.openings.length > 0
  if (Exit.isSuccess(exit) && !isOpened) complain("it was answered without an answer")
  if (Exit.isFailure(exit) && isOpened && leftAt === undefined && !hasFault) complain("it failed after it had begun")
  if (Exit.hasDies(exit) && !hasFault) complain("the engine broke")
  if (Exit.hasInterrupts(exit) && leftAt === undefined) complain("it was interrupted though its caller stayed")
}

/** A streamed answer begins with its first content; one that is whole or held, when it is whole. */
export const keepsGate: Rule = ({ story, tries, receivedAt, openedAt }, complain) => {
  for (const { isOpened, step, send, endedAt, record } of tries) {
    if (!isOpened || openedAt === undefined) continue
    const isWhole = send.exit !== undefined && Exit.isSuccess(send.exit) && endedAt === openedAt
    if (story.call.gate === "end" || step.policy.midStream === "hold") {
      if (!isWhole) complain("an answer was given away before it was whole")
      continue
    }
    const contentAt = record.firstContentMs === undefined ? undefined : receivedAt + record.firstContentMs
    if (contentAt === undefined ? !isWhole : Math.abs(contentAt - openedAt) > rounding) {
      complain("an answer did not begin with its first content")
    }
  }
}

/** Every attempt is in the trail, once, in the order of sending, with the end that it had. */
export const tellsTrail: Rule = ({ story, tries, exit, receivedAt }, complain) => {
  const { id } = story.door
  for (const [index, { record, endedAt }] of tries.entries()) {
    if (record.id !== `${id}/${index + 1}`) complain(`attempt ${index + 1} has the id ${record.id}`)
    if (record.sentMs < record.queuedMs) complain("an attempt was sent before it was due")
    if (record.sentMs < (tries[index - 1]?.record.sentMs ?? 0)) complain("attempts are not in the order of sending")
    if (Math.abs(endedAt - receivedAt - record.endedMs) > rounding)
      complain("an attempt ended at another time than told")
  }
  const count = (outcome: AttemptOutcome) => tries.filter(({ record }) => record.outcome === outcome).length
  const outcome = Exit.isSuccess(exit) ? exit.value : undefined
  const isAnswered = outcome !== undefined && outcome.failure === undefined
  // A caller may leave when an answer is whole and not all of it is taken.
  if (isAnswered ? count("answered") !== 1 : count("answered") > (story.leftAt === undefined ? 0 : 1)) {
    complain("the trail tells another answer")
  }
  const isBroken = outcome?.failure !== undefined || tries.some(({ isOpened, isFault }) => isOpened && isFault)
  if (count("broken") !== (isBroken ? 1 : 0)) complain("the trail tells another break")
  if (count("cancelled") > 0 && story.leftAt === undefined) complain("nobody cancelled the attempt")
  for (const one of tries) {
    const wrong = wrongOutcome(one)
    if (wrong !== undefined) complain(`an attempt is told as ${one.record.outcome}, but ${wrong}`)
  }
}

const wrongOutcome = ({ record, failure, send, isOpened }: Try): string | undefined => {
  switch (record.outcome) {
    case "answered":
      return send.exit === undefined || !Exit.isSuccess(send.exit) ? "did not end well" : undefined
    case "failed":
    case "broken":
      if (failure === undefined || record.failure?.class !== failure._tag) return "did not fail so"
      return isOpened === (record.outcome === "broken") ? undefined : "was on the other side of the gate"
    case "lost":
      if (record.firstContentMs !== undefined) return "had content"
      return send.exit === undefined ? undefined : "had ended"
    case "cancelled":
      return send.exit === undefined ? undefined : "had ended"
  }
}

/** Every provider that had not ended was stopped, once and at once. */
export const stopsProviders: Rule = ({ story, tries, openedAt }, complain) => {
  for (const { send, endedAt, sentAt } of tries) {
    if (send.isLive) complain("a provider was not stopped")
    if (send.exit === undefined ? send.stops !== 1 : send.stops > 1)
      complain(`a provider was stopped ${send.stops} times`)
    if (story.leftAt !== undefined && endedAt > story.leftAt) complain("a provider outlived its caller")
    if (openedAt !== undefined && sentAt > openedAt) complain("something was sent after the answer had begun")
  }
  if (openedAt === undefined) return
  if (tries.some(({ isOpened, endedAt }) => !isOpened && endedAt > openedAt)) {
    complain("an attempt went on after another one's answer had begun")
  }
}
