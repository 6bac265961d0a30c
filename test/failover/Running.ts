import { asNumber, asText, type Fields, listOf, objectOf } from "../../src/domain/Fields.ts"
import { startConfigured } from "../journey/stage/Configured.ts"
import { type Running, startSimulator } from "../journey/stage/Processes.ts"
import { ask, logOf } from "./Caller.ts"
import type { Case, Mode, Scenario, Series, Trial, Way } from "./Scenarios.ts"
import { type Score, score, type Told, type Try, type Verdict, worst } from "./Scoring.ts"
import { scoreSeries, type Turn } from "./SeriesScoring.ts"
import { bodyOf, configurationOf, type Order, type Trip, tripsOf, words } from "./Trips.ts"

/** What became of one case, asked in one way. */
export interface TrialResult {
  readonly trial: Trial
  readonly way: Way
  readonly score: Score
  readonly primaryTries: number
  readonly fallbackTries: number
  /** Of the slowest answer, in milliseconds. */
  readonly endedMs: number
}

/** A row of the table: the worst of its cases. */
export interface ScenarioResult {
  readonly scenario: Scenario
  readonly verdict: Verdict
  readonly trials: ReadonlyArray<TrialResult>
}

/** The rows of each mode that was ordered. */
export type Results = ReadonlyMap<Mode, ReadonlyArray<ScenarioResult>>

/** Answers of one trip, and whether the place was healthy afterwards. */
interface Journey {
  readonly trip: Trip
  readonly turns: ReadonlyArray<Turn>
  readonly afterwards: Told | undefined
}

const unixMs = (): number => performance.timeOrigin + performance.now()

const takeTurn = async (gateway: Running, body: Fields, endsWithinMs: number): Promise<Turn> => {
  const askedAt = unixMs()
  return { askedAt, told: await ask(gateway.url, body, endsWithinMs) }
}

const goOnce = async (gateway: Running, trip: Trip, trial: Case, scale: number): Promise<Journey> => {
  const { endsWithinMs } = trial.right(trip.way)
  const turn = await takeTurn(gateway, bodyOf(trip, scale), endsWithinMs)
  if (trial.healthyAfterwards === undefined) return { trip, turns: [turn], afterwards: undefined }
  const healthy = { ...bodyOf(trip, scale), model: `${trip.provider}/words:count=${words.primary}` }
  return { trip, turns: [turn], afterwards: await ask(gateway.url, healthy, endsWithinMs) }
}

/** Requests after the one that the primary answers again, to see that it stays. */
const turnsAfterwards = 2

const goOnAndOn = async (gateway: Running, trip: Trip, series: Series, scale: number): Promise<Journey> => {
  const turns: Array<Promise<Turn>> = []
  const backs: Array<Turn> = []
  const giveUpAt = performance.now() + series.downMs + series.backWithinMs + series.everyMs
  while (backs.length <= turnsAfterwards && performance.now() < giveUpAt) {
    const turn = takeTurn(gateway, bodyOf(trip, scale), series.endsWithinMs)
    turns.push(turn)
    void turn.then((taken) => {
      if (taken.told.model === trip.places.primary.id) backs.push(taken)
    })
    await Bun.sleep(series.everyMs)
  }
  return { trip, turns: await Promise.all(turns), afterwards: undefined }
}

const go = (gateway: Running, trip: Trip, scale: number): Promise<Journey> =>
  trip.trial.kind === "one" ? goOnce(gateway, trip, trip.trial, scale) : goOnAndOn(gateway, trip, trip.trial, scale)

const triesOf = (log: ReadonlyArray<Fields>, { primaryModel, fallbackModel }: Trip): ReadonlyArray<Try> =>
  log.flatMap((entry) => {
    const model = asText(entry["model"])
    if (model !== primaryModel && model !== fallbackModel) return []
    const last = objectOf(listOf(objectOf(entry["body"])["messages"]).at(-1))
    return {
      place: model === primaryModel ? "primary" : "fallback",
      at: asNumber(entry["at"]) ?? 0,
      ended: entry["endedAt"] !== undefined,
      prefilled: last["role"] === "assistant"
    }
  })

const scoreOf = ({ trip, turns }: Journey, tries: ReadonlyArray<Try>): Score => {
  const { trial, way, places } = trip
  if (trial.kind === "series") return scoreSeries(turns, tries, trial, places)
  const [turn] = turns
  if (turn === undefined) return { verdict: "fail", notes: ["it was not asked"] }
  return score(turn.told, tries, trial.right(way), places)
}

const judge = (journey: Journey, log: ReadonlyArray<Fields>): TrialResult => {
  const { trip, turns, afterwards } = journey
  const { primary, fallback } = trip.places
  const tries = triesOf(log, trip)
  const scored = scoreOf(journey, tries)
  const isSick = afterwards !== undefined && ![primary.text, fallback.text].includes(afterwards.text)
  return {
    trial: trip.trial,
    way: trip.way,
    score: isSick ? { verdict: "fail", notes: [...scored.notes, "a request afterwards was not answered"] } : scored,
    primaryTries: tries.filter(({ place }) => place === "primary").length,
    fallbackTries: tries.filter(({ place }) => place === "fallback").length,
    endedMs: Math.max(...turns.map(({ told }) => told.endedMs))
  }
}

/** Longest wait for connections to be closed once everything is answered, in milliseconds. */
const closingMs = 2000

/** The simulator's log once no request of it is open, or as it is when that takes too long. */
const settledLog = async (simulator: Running): Promise<ReadonlyArray<Fields>> => {
  const until = performance.now() + closingMs
  while (true) {
    const log = await logOf(simulator.url)
    if (log.every((entry) => entry["endedAt"] !== undefined) || performance.now() > until) return log
    await Bun.sleep(50)
  }
}

/** The words of a healthy model, asked of the simulator itself. */
const canonical = async (simulator: Running, count: number): Promise<string> => {
  const { text } = await ask(
    simulator.url,
    { model: `words:count=${count}`, messages: [{ role: "user", content: "x" }] },
    5000
  )
  return text
}

/** Between the beginnings of two trips, so that all of them do not fall upon one processor at once. Milliseconds. */
const stepMs = 10

/**
 * Runs what was ordered against one gateway and one simulator, each a process of its own, all at once, and judges it
 * from both sides.
 */
export const run = async (order: Order): Promise<Results> => {
  const simulator = await startSimulator()
  try {
    const texts = {
      primary: await canonical(simulator, words.primary),
      fallback: await canonical(simulator, words.fallback)
    }
    const trips = tripsOf(order, texts)
    const gateway = await startConfigured(configurationOf(trips, simulator.url, order.scale))
    try {
      const journeys = await Promise.all(
        trips.map(async (trip, at) => {
          await Bun.sleep(at * stepMs)
          return go(gateway, trip, order.scale)
        })
      )
      const log = await settledLog(simulator)
      if (gateway.printed().includes("ERROR"))
        throw new Error(`The gateway met a fault of its own:\n${gateway.printed()}`)
      return new Map(order.modes.map((mode) => [mode, rowsOf(mode, journeys, log)]))
    } finally {
      await gateway.stop()
    }
  } finally {
    await simulator.stop()
  }
}

const rowsOf = (
  mode: Mode,
  journeys: ReadonlyArray<Journey>,
  log: ReadonlyArray<Fields>
): ReadonlyArray<ScenarioResult> => {
  const ours = journeys.filter(({ trip }) => trip.mode === mode)
  return [...Map.groupBy(ours, ({ trip }) => trip.scenario.number).values()].flatMap((some) => {
    const [first] = some
    if (first === undefined) return []
    const trials = some.map((journey) => judge(journey, log))
    return { scenario: first.trip.scenario, verdict: worst(trials.map(({ score }) => score.verdict)), trials }
  })
}
