import { expect, test } from "bun:test"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { mistakeIn } from "../../../../../src/wire/openai/chat/schema/ChatMistakes.ts"
import { isUsualRouting } from "../../../../../src/wire/openai/chat/schema/RoutingCheck.ts"
import { randomFrom } from "../RandomBodies.ts"

/** Values that are right at one place at least, or nearly. */
const values: ReadonlyArray<unknown> = JSON.parse(`[
  0, 1, 10, 11, 0.5, -1, 2147483647, 2147483648, "", "a", "hold", "error", "p95", true, false, null, [], {},
  ["a"], [""], ["a", "b"], ["RateLimited"], { "attempts": 1 }, { "attempts": 11 }, { "attempts": 0, "backoff_ms": 0 },
  { "attempts": 1.5 }, { "attempts": 1, "tries": 2 }, { "connect": 1, "total": 5 }, { "first_content": 1 }, { "conect": 1 },
  { "after_ms": 5 }, [{ "model": "a", "temperature": "hot" }], [{ "model": "" }], [{ "model": "a", "gateway": { "trail": true } }],
  [{ "model": "a", "provider": { "only": 1 } }], [{ "temperature": 1 }], [1],
  ["a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a"]
]`)

const inner = {
  gateway: "latency_threshold_ms deadline_ms timeout_ms on retries hedge race mid_stream trail unknown".split(" "),
  provider: "order only ignore allow_fallbacks max_price require_parameters unknown".split(" ")
} as const

test("the quick check of the routing fields accepts nothing that the Schema refuses, in twenty thousand requests", () => {
  const random = randomFrom(20_261_123)
  const among = <A>(list: ReadonlyArray<A>): A | undefined => list[Math.floor(random() * list.length)]
  const some = (names: ReadonlyArray<string>): Fields =>
    Object.fromEntries(names.filter(() => random() < 0.2).map((name) => [name, among(values)]))
  const counts = { usual: 0, right: 0, wrong: 0 }
  const broken: Array<string> = []
  for (let made = 0; made < 20_000; made++) {
    const routing: Fields = {
      ...some(["fallbacks", "models"]),
      ...(random() < 0.5 ? { gateway: some(inner.gateway) } : {}),
      ...(random() < 0.5 ? { provider: some(inner.provider) } : {})
    }
    const usual = isUsualRouting(routing)
    const right = mistakeIn({ model: "m", messages: [{ role: "user", content: "" }], ...routing }) === undefined
    if (usual && !right) broken.push(JSON.stringify(routing))
    counts[usual ? "usual" : right ? "right" : "wrong"]++
  }
  expect(broken).toEqual([])
  // Else it would prove nothing.
  expect(Math.min(counts.usual, counts.right, counts.wrong)).toBeGreaterThan(500)
})
