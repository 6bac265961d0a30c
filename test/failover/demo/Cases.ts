import type { Fields } from "../../../src/domain/Fields.ts"

/** A way to misbehave, and what a caller says to the gateway against it. */
export interface DemoCase {
  readonly title: string
  /** Options of the simulated model. */
  readonly fault: string
  readonly gateway: Fields
}

/** What the demonstration shows, in this order. */
export const cases: ReadonlyArray<DemoCase> = [
  { title: "the primary is well", fault: "", gateway: {} },
  { title: "it accepts the request and never answers", fault: "hang", gateway: { timeout_ms: { headers: 1500 } } },
  { title: "it is slow: the first word takes 20 seconds", fault: "first=20s", gateway: { latency_threshold_ms: 1500 } },
  { title: "it dies before the first word", fault: "reset", gateway: {} },
  { title: "it dies after 12 words", fault: "cut=12", gateway: { mid_stream: "hold" } },
  {
    title: "it falls silent after 12 words",
    fault: "silent-after=12",
    gateway: { mid_stream: "hold", timeout_ms: { idle: 1500 } }
  }
]

/** So many words, at a pace that can be read. */
const words = "words:count=36:pace=40ms"

/** The primary's model in a case. */
export const primaryModel = ({ fault }: DemoCase): string => (fault === "" ? words : `${words}:${fault}`)

/** The model that is always well. */
export const fallbackModel = words
