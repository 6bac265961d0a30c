import { expect } from "bun:test"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { outputTo } from "../../../src/telemetry/log/Output.ts"
import { it } from "../../effect.ts"

it.live("all bytes arrive in their order", () =>
  Effect.gen(function* () {
    const folder = mkdtempSync(join(tmpdir(), "gateway-lines-"))
    const file = openSync(join(folder, "log"), "a")
    const text = Array.from({ length: 50_000 }, (_, place) => `line ${place}\n`)
    yield* Effect.forEach([text.slice(0, 20_000), text.slice(20_000)], (part) =>
      outputTo(file)(Buffer.from(part.join("")))
    )
    closeSync(file)
    expect(readFileSync(join(folder, "log"), "utf8")).toBe(text.join(""))
    rmSync(folder, { recursive: true })
  })
)

it.live("a full disk is said", () =>
  Effect.gen(function* () {
    const full = openSync("/dev/full", "w")
    const { code } = yield* Effect.flip(outputTo(full)(Buffer.from("a\n")))
    closeSync(full)
    expect(code).toBe("ENOSPC")
  })
)

const program = `
import { Effect } from "effect"
import { lineWriter } from "${join(import.meta.dir, "../../../src/telemetry/log/LineWriter.ts")}"
import { outputTo } from "${join(import.meta.dir, "../../../src/telemetry/log/Output.ts")}"
await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
  const writer = yield* lineWriter(outputTo(1), { everyMs: 1, fullCharacters: 1000, mostCharacters: 100000, lastMs: 50 })
  const began = performance.now()
  for (let turn = 0; turn < 30; turn++) {
    for (let place = 0; place < 500; place++) writer.add("x".repeat(100))
    yield* Effect.sleep(5)
  }
  console.error(JSON.stringify({ dropped: writer.dropped(), ms: performance.now() - began }))
})))
process.exit(0)
`

/** Runs the program with its standard output in a pipe to a command. */
const runInto = (reader: string) =>
  Effect.promise(async () => {
    const child = Bun.spawn(["sh", "-c", `{ "$BUN" -e "$PROGRAM"; echo $? >&2; } | ${reader} >/dev/null 2>&1`], {
      cwd: join(import.meta.dir, "../../.."),
      env: { ...process.env, BUN: process.execPath, PROGRAM: program },
      stderr: "pipe"
    })
    const [told = "", status] = (await new Response(child.stderr).text()).split("\n")
    await child.exited
    return { status, told: JSON.parse(told) }
  })

for (const [what, reader] of [
  ["leaves", "head -c 10"],
  ["does not read", "sleep 3"]
] as const) {
  it.live(`a reader that ${what} costs lines, and neither holds the process up nor keeps it from ending`, () =>
    Effect.gen(function* () {
      const { status, told } = yield* runInto(reader)
      expect(status).toBe("0")
      expect(told.dropped).toBeGreaterThan(0)
      expect(told.ms).toBeLessThan(2500)
    })
  )
}
