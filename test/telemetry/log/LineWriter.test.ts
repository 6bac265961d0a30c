import { expect } from "bun:test"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { lineWriter } from "../../../src/telemetry/log/LineWriter.ts"
import { NotWritten, type Output } from "../../../src/telemetry/log/Output.ts"
import { it } from "../../effect.ts"

const bounds = { everyMs: 100, fullCharacters: 100, mostCharacters: 1_000, lastMs: 1_000 }

/** Keeps what is written. */
const memory = () => {
  const written: Array<string> = []
  const output: Output = (bytes) => Effect.sync(() => void written.push(Buffer.from(bytes).toString()))
  return { written, output }
}

/** Lets fibers that are ready run. */
const settle = Effect.repeat(Effect.yieldNow, { times: 20 })

it.effect("lines wait for others, a tenth of a second at most", () =>
  Effect.gen(function* () {
    const { written, output } = memory()
    const writer = yield* lineWriter(output, bounds)
    yield* settle
    writer.add("a")
    writer.add("b")
    yield* TestClock.adjust(99)
    expect(written).toEqual([])
    yield* TestClock.adjust(1)
    expect(written).toEqual(["a\nb\n"])
    yield* TestClock.adjust(1_000)
    writer.add("c")
    yield* TestClock.adjust(100)
    expect(written).toEqual(["a\nb\n", "c\n"])
  })
)

it.effect("many lines are written at once", () =>
  Effect.gen(function* () {
    const { written, output } = memory()
    const writer = yield* lineWriter(output, bounds)
    yield* settle
    for (let place = 0; place < 30; place++) writer.add(`line ${place}`)
    expect(written).toEqual([])
    yield* settle
    expect(written.join("").split("\n")).toHaveLength(31)
  })
)

it.effect("what is left is written when the scope closes", () =>
  Effect.gen(function* () {
    const { written, output } = memory()
    const scope = yield* Scope.make()
    const writer = yield* Scope.provide(lineWriter(output, bounds), scope)
    writer.add("last")
    yield* Scope.close(scope, Exit.void)
    expect(written).toEqual(["last\n"])
  })
)

it.effect("an output that takes nothing costs lines, not memory, and does not keep the scope from closing", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const writer = yield* Scope.provide(
      lineWriter(() => Effect.never, bounds),
      scope
    )
    yield* settle
    for (let place = 0; place < 10_000; place++) writer.add("0123456789")
    yield* settle
    for (let place = 0; place < 10_000; place++) writer.add("0123456789")
    // Two times what may wait: one on its way, one behind it.
    expect(writer.dropped()).toBeGreaterThan(20_000 - 2 * 91 - 1)
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* TestClock.adjust(bounds.lastMs)
    yield* Fiber.join(closing)
  })
)

it.effect("a reader that is gone is not written to again; a full disk is", () =>
  Effect.gen(function* () {
    for (const [code, tries] of [
      ["EPIPE", 1],
      ["ENOSPC", 2]
    ] as const) {
      let tried = 0
      const output: Output = () =>
        Effect.suspend(() => {
          tried++
          return Effect.fail(new NotWritten({ code }))
        })
      const writer = yield* lineWriter(output, bounds)
      writer.add("a")
      yield* TestClock.adjust(200)
      writer.add("b")
      yield* TestClock.adjust(200)
      expect([code, tried, writer.dropped()]).toEqual([code, tries, 2])
    }
  })
)
