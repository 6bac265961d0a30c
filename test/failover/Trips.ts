import type { Fields } from "../../src/domain/Fields.ts"
import { attemptLimitMs, type Mode, type Scenario, scenarios, type Trial, type Way, ways } from "./Scenarios.ts"
import type { Place, Places, Tokens } from "./Scoring.ts"

/** What is run. */
export interface Order {
  readonly modes: ReadonlyArray<Mode>
  /** 1: the times of the published table. */
  readonly scale: number
  /** Only the scenario of this number. */
  readonly only?: number | undefined
}

/**
 * A case in one way, with places of its own: neither a breaker nor a retry budget nor a count of the simulator is
 * shared with another.
 */
export interface Trip {
  readonly mode: Mode
  readonly scenario: Scenario
  readonly trial: Trial
  readonly way: Way
  readonly provider: string
  readonly primaryModel: string
  readonly fallbackModel: string
  readonly places: Places
}

const backup = "backup"
/** How many words the two places answer with: different ones, so that a text tells who answered. */
export const words = { primary: 60, fallback: 50 }

const modelOf = (place: keyof typeof words, tokens: Tokens, options: string): string =>
  [`words:count=${words[place]}:input=${tokens.input}:output=${tokens.output}`, options].filter(Boolean).join(":")

/** All trips of an order; `texts` are the whole answers of the two places. */
export const tripsOf = (
  { modes, scale, only }: Order,
  texts: Readonly<Record<keyof Places, string>>
): ReadonlyArray<Trip> => {
  const all = scenarios(scale).filter(({ number }) => only === undefined || number === only)
  // Its tokens of input make each model's name its own.
  let unique = 1000
  const tripOf = (mode: Mode, scenario: Scenario, trial: Trial, way: Way): Trip => {
    const tokens = {
      primary: { input: unique++, output: words.primary },
      fallback: { input: unique++, output: words.fallback }
    }
    const provider = `primary-${trial.id}-${way}`
    const primaryModel = modelOf("primary", tokens.primary, trial.primary)
    const fallbackModel = modelOf("fallback", tokens.fallback, trial.kind === "one" ? (trial.fallback ?? "") : "")
    const place = (provider: string, model: string, which: keyof Places): Place => ({
      id: `${provider}/${model}`,
      text: texts[which],
      tokens: tokens[which]
    })
    const places = {
      primary: place(provider, primaryModel, "primary"),
      fallback: place(backup, fallbackModel, "fallback")
    }
    return { mode, scenario, trial, way, provider, primaryModel, fallbackModel, places }
  }
  return modes.flatMap((mode) =>
    all.flatMap((scenario) =>
      scenario.trials.flatMap((trial) => ways[mode].map((way) => tripOf(mode, scenario, trial, way)))
    )
  )
}

/**
 * The primaries speak OpenAI's language and the fallback Anthropic's, so that nothing can pass by being sent on as it
 * came.
 */
export const configurationOf = (trips: ReadonlyArray<Trip>, simulator: string, scale: number): object => ({
  timeouts: { headersAfter: `${10_000 * scale} millis`, keepAlive: `${5000 * scale} millis` },
  providers: {
    ...Object.fromEntries(trips.map(({ provider }) => [provider, { baseUrl: `${simulator}/v1`, models: "any" }])),
    [backup]: { baseUrl: simulator, models: "any", speaks: "anthropic" }
  },
  models: Object.fromEntries(
    trips.flatMap(({ trial, places }) => {
      if (trial.kind !== "one" || trial.contextTokens === undefined) return []
      const { primary, fallback } = trial.contextTokens
      return [
        [places.primary.id, { contextTokens: primary }],
        [places.fallback.id, { contextTokens: fallback }]
      ]
    })
  )
})

/** What the caller sends. */
export const bodyOf = ({ trial, way, places }: Trip, scale: number): Fields => {
  const limitMs = attemptLimitMs(scale)
  return {
    model: places.primary.id,
    messages: [{ role: "user", content: "Say something long." }],
    ...(way === "whole" ? {} : { stream: true, stream_options: { include_usage: true } }),
    fallbacks: [{ model: places.fallback.id }],
    gateway: {
      timeout_ms: { connect: 3000, headers: limitMs, idle: limitMs },
      retries: { attempts: 2 },
      trail: true,
      ...(way === "held" ? { mid_stream: "hold" } : {}),
      ...(trial.kind === "one" ? trial.gateway : {})
    }
  }
}
