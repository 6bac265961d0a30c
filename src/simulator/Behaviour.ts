import { Result } from "effect"
import {
  type CountName,
  type DurationName,
  type FlagName,
  isOption,
  isScript,
  optionTable,
  type ProblemName,
  problems,
  type ScriptName
} from "./Vocabulary.ts"

/**
 * What a model's name asks the simulator to do: `<script>[:<option>[=<value>]]…`, with or without `sim/` before it.
 *
 * - `echo`: a helpful answer.
 * - `words:count=60:first=200ms:pace=20ms`: sixty words, the first after 200 ms, then one every 20 ms.
 * - `words:status=429:retry-after=2:times=1`: rate limited once, then healthy.
 * - `words:cut=40`, `words:cut:at=40`: sixty words of which forty arrive before the socket closes.
 * - `tools:tool-no-index:pace=5ms`: options add up.
 *
 * Any other name (`gpt-5-nano`) is a model that calls the first tool it is offered, gives JSON when it is asked for
 * JSON, and else repeats the user's words; options may follow it too, and when what follows are no options it belongs
 * to the name (`llama3:8b`). The scripts and options with their meaning are in `Vocabulary.ts`, and served at
 * `/_simulator/models`.
 */
export interface Behaviour {
  /** The whole name as asked for, without `sim/`; `times` and `for` count by it. */
  readonly model: string
  /** The name without its options. */
  readonly name: string
  readonly script: ScriptName | "any"
  /** Milliseconds. */
  readonly durations: Readonly<Partial<Record<DurationName, number>>>
  readonly counts: Readonly<Partial<Record<CountName, number>>>
  readonly flags: ReadonlySet<FlagName>
  readonly code?: ProblemName
  readonly retryAfter?: string
}

/** Why a model's name was not understood, as a sentence for the caller. */
export interface Mistake {
  readonly message: string
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

const duration = (value: string): number | undefined => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value) ?? []
  const factor = unit === undefined ? undefined : milliseconds[unit]
  return factor === undefined ? undefined : Number(amount) * factor
}

/** Milliseconds in a day; a timer takes no more than 24 of them. */
const longestDelay = 86_400_000

const wholeNumber = (value: string): number | undefined => (/^\d{1,10}$/.test(value) ? Number(value) : undefined)

const mistake = (message: string) => Result.fail({ message })

interface Written {
  durations: Partial<Record<string, number>>
  counts: Partial<Record<string, number>>
  flags: Set<string>
  words: Partial<Record<string, string>>
}

/** Notes one option down; answers with what is wrong with it, if anything. */
const note = (text: string, written: Written, at: number | undefined): string | undefined => {
  const [name = "", value] = splitOnce(text, "=")
  const option = Object.hasOwn(optionTable, name) ? optionTable[name] : undefined
  if (option === undefined) {
    return `The simulator has no option '${name}'. GET /_simulator/models lists the scripts and options.`
  }
  if (option.kind === "flag") {
    written.flags.add(name)
    return value === undefined ? undefined : `The simulator's option '${name}' takes no value.`
  }
  if (option.kind === "word") {
    if (value === undefined || value === "") return `The simulator's option '${name}' needs a value: ${option.line}.`
    written.words[name] = value
    return undefined
  }
  const usual = option.usual
  // `at` stands in for the number of a fault that happens at a piece, not for a size or a time.
  const standIn = option.kind === "count" && name !== "giant" ? (at ?? usual) : usual
  const number = value === undefined ? standIn : option.kind === "duration" ? duration(value) : wholeNumber(value)
  if (number === undefined) {
    const example = option.kind === "duration" ? `${name}=200ms, ${name}=2s` : `${name}=3`
    return `The simulator's option '${name}' needs a value such as ${example}: ${option.line}.`
  }
  const most = option.most ?? (option.kind === "duration" ? longestDelay : Number.POSITIVE_INFINITY)
  if (number > most) return `The simulator's option '${name}' is at most ${most}.`
  written[option.kind === "duration" ? "durations" : "counts"][name] = number
  return undefined
}

const splitOnce = (text: string, mark: string): readonly [string, string | undefined] => {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/**
 * Reads a model's name. Fails, naming the option, when an option of one of the simulator's own scripts is not
 * understood.
 */
export const parse = (asked: string): Result.Result<Behaviour, Mistake> => {
  const model = asked.startsWith("sim/") ? asked.slice(4) : asked
  const [head = "", ...rest] = model.split(":")
  if (!isScript(head) && !rest.every((text) => isOption(splitOnce(text, "=")[0]))) {
    return Result.succeed({
      model,
      name: model,
      script: "any",
      durations: {},
      counts: {},
      flags: new Set<FlagName>()
    })
  }
  const written: Written = { durations: {}, counts: {}, flags: new Set(), words: {} }
  const atText = rest.find((text) => text.startsWith("at="))
  const at = atText === undefined ? undefined : wholeNumber(atText.slice(3))
  for (const text of rest) {
    const wrong = note(text, written, at)
    if (wrong !== undefined) return mistake(wrong)
  }
  const code = written.words["code"]
  const problem = problems.find((name) => name === code)
  if (code !== undefined && problem === undefined) {
    return mistake(`The simulator's option 'code' is one of ${problems.join(", ")}, not '${code}'.`)
  }
  const status = written.counts["status"]
  if (status !== undefined && (status < 400 || status > 599)) {
    return mistake("The simulator's option 'status' is an error status, 400 to 599.")
  }
  const retryAfter = written.words["retry-after"]
  if (retryAfter !== undefined && !/^(date|none|\d{1,12})$/.test(retryAfter)) {
    return mistake("The simulator's option 'retry-after' is a number of seconds, `date` or `none`.")
  }
  return Result.succeed({
    model,
    name: head,
    script: isScript(head) ? head : "any",
    durations: written.durations,
    counts: written.counts,
    // Only names of flags of the table were added.
    flags: written.flags as ReadonlySet<FlagName>,
    ...(problem === undefined ? {} : { code: problem }),
    ...(retryAfter === undefined ? {} : { retryAfter })
  })
}

const withoutFaults = <Value>(record: Readonly<Partial<Record<string, Value>>>): Partial<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => optionTable[name]?.fault !== true))

/** Whether it misbehaves at all, delays aside. */
export const hasFault = (behaviour: Behaviour): boolean =>
  behaviour.flags.size > 0 ||
  behaviour.code !== undefined ||
  [...Object.keys(behaviour.counts), ...Object.keys(behaviour.durations)].some(
    (name) => optionTable[name]?.fault === true
  )

/** What is left of it once `times` or `for` is over: no fault; and no delays where delays were all there was. */
export const healthy = (behaviour: Behaviour): Behaviour => {
  const { code: _code, retryAfter: _retryAfter, ...rest } = behaviour
  return {
    ...rest,
    durations: hasFault(behaviour) ? withoutFaults(behaviour.durations) : {},
    counts: withoutFaults(behaviour.counts),
    flags: new Set<FlagName>()
  }
}

/** Whether the fault is over for the `nth` request (from 1) to this name, `sinceMs` after the first. */
export const isOver = (behaviour: Behaviour, nth: number, sinceMs: number): boolean => {
  const times = behaviour.counts.times
  const lasts = behaviour.durations.for
  return (times !== undefined && nth > times) || (lasts !== undefined && sinceMs >= lasts)
}
