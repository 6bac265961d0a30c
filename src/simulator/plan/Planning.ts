import { streamed, whole } from "./Answering.ts"
import type { Behaviour } from "../Behaviour.ts"
import type { Answer, Language } from "../languages/Language.ts"
import type { Plan, Step } from "./Plan.ts"
import { early } from "./Refusing.ts"
import type { FlagName } from "../Vocabulary.ts"

const cuttings = ["one-byte", "split-utf8", "crlf"] as const satisfies ReadonlyArray<FlagName>
const encodings = ["gzip", "br", "zstd", "gzip-bomb"] as const satisfies ReadonlyArray<FlagName>

/** The faults that work on bytes, whatever the answer says. */
const transported = (plan: Plan, behaviour: Behaviour): Plan => {
  const { flags, durations } = behaviour
  const cutting = cuttings.find((name) => flags.has(name))
  const encoding = encodings.find((name) => flags.has(name))
  const trickleMs = durations.trickle
  const lied = flags.has("long-length") ? 2 : flags.has("short-length") ? 0.5 : undefined
  const changed =
    cutting ??
    encoding ??
    (trickleMs === undefined ? undefined : "trickle") ??
    (lied === undefined ? undefined : "length")
  return {
    ...plan,
    steps: flags.has("truncate") ? truncated(plan.steps) : cutting === "crlf" ? plan.steps.map(carriage) : plan.steps,
    ...(cutting === undefined ? {} : { cutting }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(trickleMs === undefined ? {} : { trickleMs }),
    // After a length that is not true the connection is of no use to anyone.
    ...(lied === undefined ? {} : { lengthLie: lied, ending: "close" as const }),
    outcome: flags.has("truncate") ? "truncated" : (changed ?? plan.outcome)
  }
}

const carriage = (step: Step): Step => ({ ...step, text: step.text.replaceAll(/\r?\n/g, "\r\n") })

/**
 * The first half, as far as characters go: in a stream that ends inside an event, as the halves of events do not match.
 */
const truncated = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> => {
  const total = steps.reduce((sum, step) => sum + step.text.length, 0)
  let left = Math.floor(total / 2)
  return steps.flatMap((step) => {
    const text = step.text.slice(0, left)
    left -= text.length
    return text === "" ? [] : [{ ...step, text: left > 0 ? text : text.trimEnd() }]
  })
}

/** What is sent for an answer, and how. `list`: the stream is a JSON list, not SSE. */
export const planFor = (behaviour: Behaviour, language: Language, answer: Answer, list: boolean, now: number): Plan => {
  const sooner = early(behaviour, language, answer, now)
  if (sooner?.mute === true) return sooner
  const plan =
    sooner ?? (answer.asked.stream ? streamed(behaviour, language, answer, list) : whole(behaviour, language, answer))
  return transported(plan, behaviour)
}
