import { Effect } from "effect"
import type { Registry } from "./Registry.ts"

const everyMs = 1_000

/**
 * Measures once a second how much later than asked for a timer rings: what every request waits for when the process is
 * too busy.
 */
export const watchEventLoop = (registry: Registry, now: () => number, also: () => void) =>
  Effect.gen(function* () {
    const lag = registry
      .spreads({
        name: "gateway_event_loop_lag_seconds",
        description: "How late timers ring, measured once a second.",
        labels: [],
        bounds: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
        unit: "s"
      })
      .of()
    const turn = Effect.suspend(() => {
      const from = now()
      return Effect.map(Effect.sleep(everyMs), () => {
        lag.note(Math.max(0, now() - from - everyMs) / 1000)
        also()
      })
    })
    yield* Effect.forkScoped(Effect.forever(turn))
  })
