import { Console, Data, Effect, FileSystem, Option, Result, Stdio, Stream } from "effect"
import { Argument, Flag } from "effect/cli"
import type { Failure } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import { usdText } from "../domain/usage/Money.ts"
import type { Gateway } from "../Gateway.ts"

/** What is to be explained, and how it is told. */
export interface ExplainFlags {
  readonly config: Option.Option<string>
  /** A file with the body of a chat completion; `-`: standard input. */
  readonly request: Option.Option<string>
  readonly model: Option.Option<string>
  readonly prompt: Option.Option<string>
  readonly json: boolean
}

/** The parameters of `explain` besides `--config`. */
export const explainParameters = {
  request: Argument.String("REQUEST.json").pipe(
    Argument.withDescription("the body of a chat completion; - reads standard input"),
    Argument.optional
  ),
  model: Flag.String("model").pipe(Flag.withDescription("instead of a file: the model to ask"), Flag.optional),
  prompt: Flag.String("prompt").pipe(Flag.withDescription("instead of a file: what to ask it"), Flag.optional),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("print what POST /v1/route/explain answers"),
    Flag.withDefault(false)
  )
}

type Explained = Result.Result.Success<ReturnType<Gateway["Service"]["explain"]>>
type ExplainedStep = Explained["steps"][number]

/** What would become of a request. */
export interface Explanation {
  readonly explained: Explained
  /** Fields of the request that nothing reads. */
  readonly unserved: ReadonlyArray<string>
  /** The same as the endpoint tells it. */
  readonly json: Fields
}

/** The command line does not say which request is meant, or what it names cannot be read. */
export class NoRequest extends Data.TaggedError("NoRequest")<{ readonly message: string }> {}

const howToAsk = "Name a file with the request (- for standard input), or give --model and --prompt."

/** Reads the request, explains it, and prints that. Fails with the message that a caller would get. */
export const explainRequest = Effect.fn("explain")(function* (
  flags: Omit<ExplainFlags, "config">,
  explain: (text: string) => Result.Result<Explanation, Failure>
) {
  const text = yield* requestText(flags)
  const { explained, unserved, json } = yield* Effect.fromResult(explain(text))
  yield* Console.log(flags.json ? JSON.stringify(json, undefined, 2) : explanationText(explained, unserved))
})

const requestText = Effect.fnUntraced(function* ({ request, model, prompt }: Omit<ExplainFlags, "config">) {
  const isQuick = Option.isSome(model) && Option.isSome(prompt)
  if (Option.isSome(request) && (Option.isSome(model) || Option.isSome(prompt))) {
    return yield* new NoRequest({ message: `There is a file and --model or --prompt beside it. ${howToAsk}` })
  }
  if (isQuick) {
    return JSON.stringify({ model: model.value, messages: [{ role: "user", content: prompt.value }] })
  }
  if (Option.isNone(request)) return yield* new NoRequest({ message: howToAsk })
  if (request.value === "-") {
    const { stdin } = yield* Stdio.Stdio
    return yield* Stream.mkString(Stream.decodeText(stdin)).pipe(unreadable("Standard input"))
  }
  const files = yield* FileSystem.FileSystem
  return yield* files.readFileString(request.value).pipe(unreadable(request.value))
})

const unreadable = (name: string) => Effect.mapError(() => new NoRequest({ message: `${name} cannot be read.` }))

const duration = (ms: number | undefined): string => {
  if (ms === undefined) return "-"
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 10) / 100} s`
}

const cost = ({ cost: { most } }: ExplainedStep): string => (most === undefined ? "?" : `$${usdText(most)}`)

const retries = ({ policy: { retries, backoffMs } }: ExplainedStep): string =>
  retries === 0 ? "none" : `${retries} after ${duration(backoffMs)}`

const heads = ["", "target", "connect", "headers", "content", "silence", "idle", "total", "deadline", "retries", "cost"]

const row = (step: ExplainedStep, at: number): ReadonlyArray<string> => {
  const { connectMs, headersMs, contentMs, silenceMs, idleMs, totalMs } = step.limits
  const times = [connectMs, headersMs, contentMs, silenceMs, idleMs, totalMs, step.policy.deadlineMs]
  return [String(at + 1), step.target, ...times.map(duration), retries(step), cost(step)]
}

/** Columns as wide as their widest cell. */
const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = heads.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd()
  )
}

/** An explanation for a terminal. */
export const explanationText = (
  { steps, left }: Pick<Explained, "steps" | "left">,
  unserved: ReadonlyArray<string>
): string => {
  const blocks = [
    table([heads, ...steps.map(row)]),
    ...steps.map(details),
    left.length === 0 ? [] : ["Left out", ...table(left.map(({ model, reason }) => ["", model, reason]))],
    unserved.length === 0 ? [] : [`Nothing reads ${unserved.join(", ")}.`]
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")
}

const details = (step: ExplainedStep, at: number): ReadonlyArray<string> => {
  const { target, places, policy, prepared } = step
  const lines = [`${at + 1} ${target} (${at === 0 ? "first" : "fallback"})`]
  const add = (name: string, text: string): void => void lines.push(`  ${name.padEnd(9)}${text}`)
  if (Result.isFailure(prepared)) add("refused", prepared.failure.message)
  else {
    const { language, path, dropped } = prepared.success
    add("asked", `in ${language} at ${path}${step.streams ? ", as a stream" : ""}`)
    if (dropped.length > 0) add("dropped", dropped.join(", "))
  }
  for (const place of places) {
    add(
      "place",
      `${place.address}${place.target === target ? "" : ` as ${place.target}`}${place.isAvailable ? "" : " (shut)"}`
    )
  }
  if (policy.race) add("race", "starts together with the others")
  if (policy.hedge !== undefined) add("hedge", hedgeText(policy.hedge))
  if (policy.midStream === "hold") add("held", "back until the answer is whole")
  add("on", [...policy.on].join(", "))
  add("cost", costText(step))
  return lines
}

const hedgeText = ({ after, maxExtraCost }: NonNullable<ExplainedStep["policy"]["hedge"]>): string => {
  const start = after === "p95" ? "after its 95th percentile" : `after ${duration(after)}`
  return maxExtraCost === undefined ? start : `${start}, for at most $${usdText(maxExtraCost)}`
}

const costText = ({ cost: { inputTokens, outputTokens, most } }: ExplainedStep): string => {
  const output = outputTokens === undefined ? "an answer whose length is not bounded" : `${outputTokens} tokens out`
  const price = most === undefined ? "; not known in dollars" : `: $${usdText(most)} at most, by estimate`
  return `${inputTokens} tokens in, ${output}${price}`
}
