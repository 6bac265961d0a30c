import type { AttemptRecord } from "../../domain/routing/Trail.ts"
import type { RequestEnd } from "../RequestEnd.ts"

/** What stands for everything that has no series of its own. */
export const other = "other"

/** What stands where a label does not apply. */
export const none = "none"

/** The attempt whose answer was the caller's, if there was one. */
export const answering = ({ record }: Pick<RequestEnd, "record">): AttemptRecord | undefined =>
  record?.attempts.find(({ outcome }) => outcome === "answered" || outcome === "broken")

/**
 * The model that a request is counted under: the one that answered, else the first that was tried, else the one that
 * was asked for.
 */
export const modelOf = (end: RequestEnd, isModel: (id: string) => boolean): string => {
  if (end.record === undefined) return none
  const model = (answering(end) ?? end.record.attempts[0])?.model ?? end.record.model
  return isModel(model) ? model : other
}

/**
 * What became of a request: the record's word, or `refused` before there was one, or `served` where no model was asked.
 */
export const outcomeOf = ({ record, failure }: RequestEnd): string =>
  record?.outcome ?? (failure === undefined ? "served" : "refused")

/**
 * Seconds of the answer for each token of its output, from its first content to its end; of a stream alone, for the
 * content of a whole answer comes at once.
 */
export const secondsPerToken = ({ firstContentMs, endedMs, spending }: AttemptRecord): number | undefined => {
  const tokens = spending?.usage.outputTokens ?? 0
  return tokens > 0 && firstContentMs !== undefined ? (endedMs - firstContentMs) / 1000 / tokens : undefined
}

/** Keeps the first so many names and calls the rest `other`, so that names that people make cannot fill the page. */
export class FirstNames {
  readonly #names = new Set<string>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  of(name: string): string {
    if (this.#names.has(name)) return name
    if (this.#names.size >= this.#most) return other
    this.#names.add(name)
    return name
  }
}
