import { afterAll, beforeAll, describe, test } from "bun:test"
import type { Manner } from "../stage/InProcess.ts"
import type { Cell, Row, Way } from "./matrix/Cell.ts"
import { Lanes } from "./matrix/Lanes.ts"
import { groups } from "./matrix/Rows.ts"

const manners: ReadonlyArray<Manner> = ["openai", "anthropic", "google", "baseten"]
const ways: ReadonlyArray<Way> = ["whole", "stream", "held"]

/** A port at which a server without TLS listens for as long as the tests run. */
const plain = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() })

const cellsOf = (row: Row): ReadonlyArray<Cell> =>
  (row.manners ?? manners).flatMap((manner) =>
    ways.flatMap((way) => [false, true].map((fallback): Cell => ({ row, manner, way, fallback })))
  )

const matrix = groups(`http://127.0.0.1:${plain.port}`).map(({ name, rows }) => ({
  name,
  cells: rows.flatMap(cellsOf)
}))

/** Cells that are met at once. */
const laneCount = 20
const passed = new Map<string, number>()
let lanes: Lanes

beforeAll(async () => {
  lanes = await Lanes.start(
    matrix.flatMap(({ cells }) => cells),
    laneCount
  )
})

afterAll(async () => {
  await lanes.stop()
  await plain.stop(true)
  const keys = ways.flatMap((way) => [way, `${way} + fallback`])
  console.log(["fault".padEnd(42), ...keys.map((key) => key.padStart(18))].join(""))
  for (const { name, cells } of matrix) {
    const figures = keys.map((key) => {
      const all = cells.filter((cell) => keyOf(cell) === key).length
      return `${passed.get(`${name} ${key}`) ?? 0}/${all}`.padStart(18)
    })
    console.log([name.padEnd(42), ...figures].join(""))
  }
  const total = matrix.reduce((sum, { cells }) => sum + cells.length, 0)
  console.log(`fault matrix: ${[...passed.values()].reduce((sum, one) => sum + one, 0)} of ${total} cells passed`)
})

const keyOf = ({ way, fallback }: Cell): string => (fallback ? `${way} + fallback` : way)

for (const { name, cells } of matrix) {
  describe(name, () => {
    for (const cell of cells) {
      const { row, manner } = cell
      const run = row.heavy === true ? test : test.concurrent
      run(
        `${row.name} (${manner}, ${keyOf(cell)})`,
        async () => {
          await lanes.meet(cell)
          const key = `${name} ${keyOf(cell)}`
          passed.set(key, (passed.get(key) ?? 0) + 1)
        },
        30_000
      )
    }
  })
}
