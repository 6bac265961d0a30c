import { expect } from "bun:test"
import { Effect } from "effect"
import { failureKinds } from "../../src/domain/Failure.ts"
import { it } from "../effect.ts"
import { look } from "./simulation/Complaints.ts"
import { Coverage, worthSeeing } from "./simulation/Coverage.ts"
import { run } from "./simulation/Run.ts"

const runs = 10_000
/** `SIMULATION_SEED=4711 bun test test/routing/Simulation.test.ts` lives through one run again. */
const again = process.env["SIMULATION_SEED"]

/** The seeds whose runs broke a promise, each with what was wrong. */
const broken = (seeds: Iterable<number>, coverage: Coverage): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const found: Array<string> = []
    for (const seed of seeds) {
      const { complaints, seen } = look(yield* run(seed))
      for (const one of seen) coverage.note(one)
      if (complaints.length > 0) found.push(`SIMULATION_SEED=${seed}: ${[...new Set(complaints)].join("; ")}`)
    }
    return found
  })

it.effect(
  "whatever targets and callers do, every promise of the engine is kept",
  () =>
    Effect.gen(function* () {
      const coverage = new Coverage()
      if (again !== undefined) return expect(yield* broken([Number(again)], coverage)).toEqual([])
      const found = yield* broken(Array(runs).keys(), coverage)
      // The first few say enough.
      expect(found.slice(0, 10)).toEqual([])
      expect(coverage.rarerThan(20, [...worthSeeing, ...Object.keys(failureKinds)])).toEqual({})
    }),
  "60 seconds"
)
