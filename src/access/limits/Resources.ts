import type { Allowance } from "../../domain/keys/Caller.ts"
import type { WindowKind } from "./Windows.ts"

/** What is limited. */
export type Resource = "requests" | "tokens" | "at-once" | "day" | "month" | "total"

interface ResourceFacts {
  readonly window: WindowKind
  readonly counts: "requests" | "tokens" | "nanos"
  /**
   * Whether a process that stops gives back what it had taken for itself. Of a minute it does not: what it used of that
   * is written nowhere, and the minute is soon over.
   */
  readonly isLeased: boolean
  readonly limitOf: (allowance: Allowance) => number | undefined
}

/** What each resource is. */
export const resourceFacts: Readonly<Record<Resource, ResourceFacts>> = {
  requests: { window: "minute", counts: "requests", isLeased: false, limitOf: (of) => of.requestsPerMinute },
  tokens: { window: "minute", counts: "tokens", isLeased: false, limitOf: (of) => of.tokensPerMinute },
  "at-once": { window: "always", counts: "requests", isLeased: true, limitOf: (of) => of.requestsAtOnce },
  day: { window: "day", counts: "nanos", isLeased: true, limitOf: (of) => of.perDay },
  month: { window: "month", counts: "nanos", isLeased: true, limitOf: (of) => of.perMonth },
  total: { window: "always", counts: "nanos", isLeased: true, limitOf: (of) => of.inTotal }
}

/** All resources: those that a request needs once come first. */
export const resources: ReadonlyArray<Resource> = ["requests", "at-once", "tokens", "day", "month", "total"]

/** Those that are money. */
export const moneyResources: ReadonlyArray<Resource> = resources.filter((one) => resourceFacts[one].counts === "nanos")
