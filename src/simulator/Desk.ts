import { Result } from "effect"
import { asObject, asText, type Fields, parseJson } from "../domain/Fields.ts"
import type { Asked } from "./script/Asked.ts"
import { type Behaviour, parse } from "./Behaviour.ts"
import type { Counters } from "./Counters.ts"
import type { Language, Received, Tokens } from "./languages/Language.ts"
import type { Plan } from "./plan/Plan.ts"
import { planFor } from "./plan/Planning.ts"
import { refuse } from "./plan/Refusing.ts"
import type { Route } from "./Routes.ts"
import { type Script, scriptFor } from "./script/Script.ts"

/** A request whose body is here. */
export interface Arrived {
  readonly route: Extract<Route, { kind: "answer" }>
  readonly text: string
  readonly header: (name: string) => string | undefined
  /** Unique to the request. */
  readonly id: string
  /** Unix milliseconds. */
  readonly at: number
}

/** What is done with a request. */
export interface Decided {
  readonly model: string
  readonly body: unknown
  readonly plan: Plan
}

/** Characters of a prompt that count as a token. */
const charactersPerToken = 4

const tokensOf = (behaviour: Behaviour, asked: Asked, script: Script): Tokens => {
  const { counts } = behaviour
  const cached = counts.cached ?? 0
  const written = counts.written ?? 0
  const guess = Math.max(1, Math.ceil(asked.promptLength / charactersPerToken))
  const reasoning = counts.reasoning ?? script.pieces.filter((piece) => piece.kind === "reasoning").length
  return {
    input: Math.max(counts.input ?? guess, cached + written),
    cached,
    written,
    output: Math.max(counts.output ?? script.pieces.length, reasoning),
    reasoning
  }
}

const wrong = (language: Language, message: string, id: string): Plan =>
  refuse(language, { ...language.problem("invalid_request", 400, ""), message, param: "model" }, id)

/** Reads a request and decides on its answer; counts it where its model's faults are counted. */
export const decide = (arrived: Arrived, counters: Counters): Decided => {
  const { route, text, header, id, at } = arrived
  const { language } = route
  const parsed = parseJson(text)
  const body = asObject(parsed)
  if (body === undefined) {
    const message = "We could not parse the JSON body of your request. The body must be a JSON object."
    return { model: "", body: parsed, plan: wrong(language, message, id) }
  }
  const model = route.model ?? asText(body["model"])
  if (model === undefined || model === "") {
    return { model: "", body, plan: wrong(language, "you must provide a model parameter", id) }
  }
  const understood = parse(model)
  if (Result.isFailure(understood)) return { model, body, plan: wrong(language, understood.failure.message, id) }
  const plan = Result.try(() => planned(understood.success, body, arrived, counters, header, at))
  // A request that is nested deeper than the stack must not end the process that the simulator lives in.
  if (Result.isFailure(plan)) return { model, body, plan: wrong(language, "The request is nested too deeply.", id) }
  return { model, body, plan: plan.success }
}

const planned = (
  parsed: Behaviour,
  body: Fields,
  { route, id }: Arrived,
  counters: Counters,
  header: Received["header"],
  at: number
): Plan => {
  const { language } = route
  const stream = route.stream ?? body["stream"] === true
  const received: Received = { body, model: parsed.name, stream, header }
  const refusal = language.check(received)
  if (refusal !== undefined) return refuse(language, refusal, id)
  const behaviour = counters.next(parsed, at)
  const asked = language.read(received)
  const script = scriptFor(behaviour, asked)
  const answer = {
    id,
    model: behaviour.model,
    created: Math.floor(at / 1000),
    asked,
    script,
    tokens: tokensOf(behaviour, asked, script),
    flags: behaviour.flags
  }
  return planFor(behaviour, language, answer, route.list, at)
}
