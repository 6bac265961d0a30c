import { expect, test } from "bun:test"
import type { Received, Row } from "./Books.ts"
import type { Acknowledged } from "./Load.ts"
import { contradictions, type Sides } from "./Reconciling.ts"

const acknowledged: Acknowledged = { name: "a-1", requestId: "r1", attempts: 2, usage: { input: 7, output: 3 } }

const failed: Row = {
  id: "r1/1",
  request_id: "r1",
  end_user: "a-1",
  key_id: "free",
  model: "main/m1",
  outcome: "failed",
  usage_source: null,
  input: 0,
  output: 0,
  cost_total: 0
}

const answered: Row = {
  ...failed,
  id: "r1/2",
  model: "spare/m2",
  outcome: "answered",
  usage_source: "provider",
  input: 7,
  output: 3,
  cost_total: 13_000
}

const first: Received = { name: "a-1", model: "m1", input: 7, output: 0 }
const second: Received = { name: "a-1", model: "m2", input: 7, output: 3 }
const received = [first, second]

const agreeing: Sides = { acknowledged: [acknowledged], rows: [failed, answered], received }

test.each<readonly [string, Partial<Sides>, ReadonlyArray<string>]>([
  ["all agree", {}, []],
  ["a request that nobody acknowledged is booked, or is not", { acknowledged: [] }, []],
  [
    "an acknowledged attempt is missing",
    { rows: [answered] },
    ["a-1 was acknowledged with 2 attempts, of which 1 are booked"]
  ],
  [
    "an attempt is there twice",
    { rows: [failed, answered, answered] },
    [
      "a-1 was acknowledged with 2 attempts, of which 3 are booked",
      "r1/2 is booked twice",
      "r1/2 of a-1 is booked, and spare/m2 never received it"
    ]
  ],
  [
    "a request is there under two ids",
    { rows: [failed, answered, { ...answered, id: "r2/1", request_id: "r2" }] },
    ["a-1 is booked as two requests", "r2/1 of a-1 is booked, and spare/m2 never received it"]
  ],
  [
    "a row is another caller's",
    { rows: [failed, { ...answered, end_user: "a-2" }], received: [...received, { ...second, name: "a-2" }] },
    ["a-1 is booked as a-2"]
  ],
  [
    "one that was beaten on its way is booked without costs",
    { rows: [{ ...failed, outcome: "lost" }, answered], received: [second] },
    []
  ],
  [
    "one that never arrived is booked",
    { received: [second] },
    ["r1/1 of a-1 is booked, and main/m1 never received it"]
  ],
  [
    "the provider sent something else",
    { received: [first, { ...second, output: 4 }] },
    ["r1/2 is booked with 7 and 3 tokens, and 7 and 4 tokens were sent"]
  ],
  [
    "the caller was told something else",
    { acknowledged: [{ ...acknowledged, usage: { input: 7, output: 4 } }] },
    ["a-1 used 7 and 4 tokens, and 7 and 3 tokens are booked"]
  ],
  ["the price is wrong", { rows: [failed, { ...answered, cost_total: 1 }] }, ["r1/2 costs 1 and not 13000"]]
])("where the three sides contradict each other is found: %s", (_, changed, expected) => {
  expect(contradictions({ ...agreeing, ...changed })).toEqual(expected)
})
