import { Exit } from "effect"
import type { Failure } from "../../../src/domain/Failure.ts"
import type { AttemptRecord } from "../../../src/domain/routing/Trail.ts"
import type { Step } from "../../../src/routing/planning/Plan.ts"
import { everyFailure } from "../EveryFailure.ts"
import type { FakeSend } from "./fakes/FakeProviders.ts"
import type { History, Story } from "./Run.ts"

/**
 * One request to a provider with what the trail says of it and the step that it belongs to. Times are milliseconds from
 * the beginning of the run.
 */
export interface Try {
  readonly send: FakeSend
  readonly record: AttemptRecord
  readonly step: Step
  readonly sentAt: number
  /** `Infinity`: never. */
  readonly endedAt: number
  /** What the provider ended it with; a bug of ours is one too. */
  readonly failure: Failure | undefined
  /** The provider's side met a bug of ours. */
  readonly isFault: boolean
  /** Its answer is on its way to the caller. */
  readonly isOpened: boolean
}

/** A request that is over, put together for a look at what it was promised. */
export interface Seen {
  readonly story: Story
  readonly tries: ReadonlyArray<Try>
  readonly receivedAt: number
  readonly openedAt: number | undefined
  readonly endedAt: number
  readonly exit: Story["exits"][number]["exit"]
  /** Targets may have been tried at the same time. */
  readonly isContested: boolean
  readonly hasFault: boolean
}

export type Complain = (wrong: string) => void

/** Says what was not kept of what a request was promised. */
export type Rule = (seen: Seen, complain: Complain, history: History) => void

/**
 * A request with its attempts; nothing when it never ended or its trail is not that of what was sent, which is a
 * complaint of its own.
 */
export const seenOf = (story: Story, complain: Complain): Seen | undefined => {
  const { walk, sends, plan, exits, door } = story
  const [end, ...more] = exits
  if (end === undefined) return void complain("it never ended")
  if (more.length > 0) complain("it ended twice")
  const trail = walk.journal.trail()
  if (trail.length !== sends.length) return void complain(`${sends.length} were sent and ${trail.length} recorded`)
  const tries: Array<Try> = []
  for (const [index, send] of sends.entries()) {
    const record = trail[index]
    const step = plan.steps.find(({ target, ask }) => target === send.ready.target && ask === send.ready.ask)
    if (record === undefined || step === undefined) return void complain("what was sent was not planned")
    tries.push(tryOf(send, record, step))
  }
  return {
    story,
    tries,
    receivedAt: door.receivedAt,
    openedAt: door.openings[0]?.at,
    endedAt: end.at,
    exit: end.exit,
    isContested: plan.steps.some(({ policy }) => policy.race || policy.hedge !== undefined),
    hasFault: tries.some(({ isFault }) => isFault)
  }
}

const tryOf = (send: FakeSend, record: AttemptRecord, step: Step): Try => {
  const { exit } = send
  const isFault = exit !== undefined && Exit.hasDies(exit)
  const failure = exit === undefined ? undefined : Exit.findErrorOption(exit)
  return {
    send,
    record,
    step,
    sentAt: send.sentAt,
    endedAt: send.endedAt ?? Infinity,
    failure: isFault ? everyFailure.Internal : failure?._tag === "Some" ? failure.value : undefined,
    isFault,
    isOpened: send.options.progress.isOpen
  }
}

/** The greatest number of attempts that were under way at the same moment. */
export const mostAtOnce = (tries: ReadonlyArray<Try>): number =>
  Math.max(
    0,
    ...tries.map(({ sentAt }, index) => 1 + tries.slice(0, index).filter(({ endedAt }) => endedAt > sentAt).length)
  )
