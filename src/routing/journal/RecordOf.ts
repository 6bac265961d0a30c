import { Cause, Exit } from "effect"
import type { Ask } from "../../domain/Ask.ts"
import type { FailureTag } from "../../domain/Failure.ts"
import type { Labels, Origin, RequestRecord } from "../../domain/usage/RequestRecord.ts"
import type { Writable } from "../../domain/Writable.ts"
import type { Door, Outcome } from "../Door.ts"
import type { Journal } from "./Journal.ts"
import type { Unanswered } from "../Walk.ts"

/** The moment at which a request is over, on both clocks: `now` is the timers', `wallNow` milliseconds since 1970. */
export interface End {
  readonly exit: Exit.Exit<Outcome, Unanswered>
  readonly now: number
  readonly wallNow: number
  /** Fingerprint of the configuration. */
  readonly configuration: string
}

/** What became of a request, with all its attempts. */
export const recordOf = (
  ask: Ask,
  asked: Pick<Door, "id" | "receivedAt" | "origin">,
  journal: Journal,
  { exit, now, wallNow, configuration }: End
): RequestRecord => {
  const endedMs = now - asked.receivedAt
  const { caller, tags, idempotencyKey } = asked.origin
  const record: Writable<RequestRecord> = {
    id: asked.id,
    receivedAt: wallNow - endedMs,
    caller,
    model: ask.model,
    stream: ask.stream,
    labels: labelled(ask.labels, caller, tags),
    configuration,
    outcome: outcomeOf(exit),
    endedMs,
    attempts: journal.trail()
  }
  if (idempotencyKey !== undefined) record.idempotencyKey = idempotencyKey
  const failure = failureIn(exit)
  if (failure !== undefined) record.failure = failure
  return record
}

const labelled = (labels: Labels, caller: Origin["caller"], tags: Origin["tags"]): Labels =>
  caller.tags.length === 0 && tags.length === 0
    ? labels
    : { ...labels, tags: [...new Set([...caller.tags, ...tags, ...labels.tags])] }

const outcomeOf = (exit: End["exit"]): RequestRecord["outcome"] => {
  if (Exit.isSuccess(exit)) return exit.value.failure === undefined ? "answered" : "broken"
  return Cause.hasInterruptsOnly(exit.cause) ? "cancelled" : "failed"
}

const failureIn = (exit: End["exit"]): FailureTag | undefined => {
  if (Exit.isSuccess(exit)) return exit.value.failure?._tag
  const failure = Cause.findErrorOption(exit.cause)
  if (failure._tag === "Some") return failure.value.failure._tag
  return Cause.hasInterruptsOnly(exit.cause) ? undefined : "Internal"
}
