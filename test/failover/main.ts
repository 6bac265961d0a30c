import { parseArgs } from "node:util"
import { run } from "./Running.ts"
import type { Mode } from "./Scenarios.ts"
import { isAsPromised, table } from "./Table.ts"

/**
 * The sixteen failover scenarios at their real length, about eighty seconds: `bun run failover`.
 * `--only 8` runs one of them, `--mode hold` or `--mode stream` one of the two tables, `--scale 0.1` a tenth of the
 * times. Ends with 0 when every verdict is the one that is promised.
 */
const { values } = parseArgs({
  options: { only: { type: "string" }, mode: { type: "string" }, scale: { type: "string", default: "1" } }
})

const modeNames: ReadonlyArray<Mode> = ["stream", "hold"]
const modes = modeNames.filter((mode) => values.mode === undefined || values.mode === mode)
const only = values.only === undefined ? undefined : Number(values.only)
const scale = Number(values.scale)
if (modes.length === 0 || !(scale > 0) || (only !== undefined && !(only >= 1 && only <= 16))) {
  console.error("Usage: bun run failover [--only 1…16] [--mode hold|stream] [--scale 0.1]")
  process.exit(2)
}
if (process.stderr.isTTY) console.error(`All scenarios run at once, for about ${Math.ceil(80 * scale)} seconds.`)

const results = await run({ modes, scale, only })
// The table that promises to pass everything comes last, and so does its summary.
console.log([...results].map(([mode, rows]) => table(mode, rows)).join("\n\n"))
process.exit([...results].every(([mode, rows]) => isAsPromised(mode, rows)) ? 0 : 1)
