import { nanosPerDollar } from "../domain/usage/Money.ts"
import type { AttemptTimeouts, Hedge, Retries, Steering } from "../domain/routing/Steering.ts"
import type { Path, Report } from "./ConfigurationInvalid.ts"
import type { SteeringEntry } from "./file/SteeringEntry.ts"
import { durationMs, isTrue } from "./file/Values.ts"

const milliseconds = (written: string | undefined): number | undefined =>
  written === undefined ? undefined : durationMs(written)

const readTimeouts = (entry: SteeringEntry, path: Path, report: Report): AttemptTimeouts | undefined => {
  const { latencyThreshold, timeouts = {} } = entry
  const threshold = milliseconds(latencyThreshold)
  const written = milliseconds(timeouts.firstContent)
  if (threshold !== undefined && written !== undefined && threshold !== written) {
    const message = "is not the same as timeouts.firstContent, which means the same; leave one of them out"
    report({ path: [...path, "latencyThreshold"], message })
  }
  const connectMs = milliseconds(timeouts.connect)
  const headersMs = milliseconds(timeouts.headers)
  const firstContentMs = threshold ?? written
  const idleMs = milliseconds(timeouts.idle)
  const totalMs = milliseconds(timeouts.total)
  const parts = [connectMs, headersMs, firstContentMs, idleMs, totalMs]
  if (parts.every((part) => part === undefined)) return undefined
  return {
    ...(connectMs === undefined ? {} : { connectMs }),
    ...(headersMs === undefined ? {} : { headersMs }),
    ...(firstContentMs === undefined ? {} : { firstContentMs }),
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(totalMs === undefined ? {} : { totalMs })
  }
}

const readRetries = ({ attempts, backoff }: NonNullable<SteeringEntry["retries"]>): Retries => {
  const backoffMs = milliseconds(backoff)
  return { attempts: Number(attempts), ...(backoffMs === undefined ? {} : { backoffMs }) }
}

const readHedge = ({ after, maxExtraCostUsd }: NonNullable<SteeringEntry["hedge"]>): Hedge => ({
  after: durationMs(after) ?? "p95",
  ...(maxExtraCostUsd === undefined ? {} : { maxExtraCost: Math.round(Number(maxExtraCostUsd) * nanosPerDollar) })
})

/** What the file says at one place about how requests are served; what it does not say is absent. */
export const readSteering = (entry: SteeringEntry, path: Path, report: Report): Steering => {
  const timeouts = readTimeouts(entry, path, report)
  const deadlineMs = milliseconds(entry.deadline)
  if (entry.hedge !== undefined && entry.race !== undefined && isTrue(entry.race)) {
    const message =
      "stands beside race, which starts all targets at once, so that none is left for later; leave one out"
    report({ path: [...path, "hedge"], message, atName: true })
  }
  return {
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(entry.on === undefined ? {} : { on: entry.on }),
    ...(entry.retries === undefined ? {} : { retries: readRetries(entry.retries) }),
    ...(entry.hedge === undefined ? {} : { hedge: readHedge(entry.hedge) }),
    ...(entry.race === undefined ? {} : { race: isTrue(entry.race) }),
    ...(entry.midStream === undefined ? {} : { midStream: entry.midStream }),
    ...(entry.trail === undefined ? {} : { trail: isTrue(entry.trail) })
  }
}
