import { expect, test } from "bun:test"
import { parsePage, valueOf } from "./PrometheusText.ts"

const head = "# HELP a_total Words.\n# TYPE a_total counter\n"
const histogram = "# HELP h Words.\n# TYPE h histogram\n"

test("the parser reads labels with all escapes", () => {
  const page = parsePage(`${head}a_total{x="q\\"b\\\\n\\n{},=",y=""} 1e+21\n`)
  expect(valueOf(page, "a_total", { x: 'q"b\\n\n{},=', y: "" })).toBe(1e21)
})

test("the parser reads a histogram", () => {
  const page = parsePage(`${histogram}h_bucket{le="0.1"} 1\nh_bucket{le="+Inf"} 3\nh_sum 4.5\nh_count 3\n`)
  expect(valueOf(page, "h_sum")).toBe(4.5)
})

for (const [why, page] of [
  ["no end of line", `${head}a_total 1`],
  ["TYPE twice", `${head}a_total 1\n# TYPE a_total counter\n`],
  ["no TYPE", "a_total 1\n"],
  ["no HELP", "# TYPE a_total counter\na_total 1\n"],
  ["a sample of another family", `${head}b_total 1\n`],
  ["a bare line feed in a label", `${head}a_total{x="a\nb"} 1\n`],
  ["a bare quote in a label", `${head}a_total{x="a"b"} 1\n`],
  ["an unknown escape", `${head}a_total{x="\\t"} 1\n`],
  ["no number", `${head}a_total one\n`],
  ["the same series twice", `${head}a_total{x="1"} 1\na_total{x="1"} 2\n`],
  ["a counter below nothing", `${head}a_total -1\n`],
  ["a family without samples", head],
  ["a histogram that falls", `${histogram}h_bucket{le="1"} 3\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n`],
  ["a histogram without +Inf", `${histogram}h_bucket{le="1"} 3\nh_sum 1\nh_count 3\n`],
  ["a histogram whose count differs", `${histogram}h_bucket{le="+Inf"} 2\nh_sum 1\nh_count 3\n`],
  ["a histogram without a sum", `${histogram}h_bucket{le="+Inf"} 2\nh_count 2\n`]
] as const) {
  test(`the parser refuses ${why}`, () => expect(() => parsePage(page)).toThrow())
}
