import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { listOf, objectOf } from "../../../src/domain/Fields.ts"
import { ask, messages, post, read, type Seen } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { promptAtMost } from "../stage/PromptAtMost.ts"
import { type OwnProvider, startOwnProvider } from "../stage/OwnProvider.ts"
import { askAll, keyOf, patienceMs, simulatedProviders, startTill, type Till } from "./Till.ts"

const minuteMs = 60_000

/** Waits, if it must, until a clock minute has so many milliseconds left: limits a minute begin anew with it. */
const inOneMinute = async (ms: number): Promise<void> => {
  const left = minuteMs - (Date.now() % minuteMs)
  if (left < ms) await Bun.sleep(left)
}

/** What the keys of these names may use. */
const limits = {
  "five-a-minute": { requestsPerMinute: 5 },
  "ten-a-minute": { requestsPerMinute: 10 },
  "hundred-tokens": { tokensPerMinute: 100 },
  "three-at-once": { requestsAtOnce: 3 },
  "ten-at-once": { requestsAtOnce: 10 }
}

let held: OwnProvider
/** Two gateways with one folder. */
let till: Till

beforeAll(async () => {
  held = startOwnProvider()
  till = await startTill(2, (simulator) => ({
    keys: [
      ...Object.entries(limits).map(([name, limit]) => ({ name, key: `secret-of-${name}`, ...limit })),
      ...["of-team-1", "of-team-2"].map((name) => ({ name, key: `secret-of-${name}`, team: "four" }))
    ],
    teams: { four: { requestsPerMinute: 4 } },
    providers: {
      ...simulatedProviders(["main"], simulator),
      own: { baseUrl: held.baseUrl, key: "key-of-own" }
    }
  }))
}, 60_000)

afterAll(async () => {
  await till.stop()
  await held.stop()
})

/** What one request uses, and what is put aside for it: the most that its prompt can have and its longest answer. */
const output = 3
const input = 7
const bodyOf = (name: string) => ({
  model: `main/words:count=${output}:input=${input}`,
  messages: [{ role: "user", content: name }],
  max_tokens: output
})
const times = (count: number, body: object): ReadonlyArray<object> => Array.from({ length: count }, () => body)
const needOf = (body: object): number => promptAtMost(body) + output

/** The requests with this content that reached the simulator, in milliseconds since 1970. */
const arrivals = async (name: string): Promise<ReadonlyArray<{ readonly at: number; readonly endedAt: number }>> => {
  const response = await fetch(`${till.simulator.url}/_simulator/log`)
  return listOf(await response.json())
    .map(objectOf)
    .filter(({ body }) => JSON.stringify(body).includes(`"${name}"`))
    .map(({ at, endedAt }) => ({ at: Number(at), endedAt: Number(endedAt) }))
}

const limitHeaders = ({ headers }: Pick<Seen, "headers">, resource: "requests" | "tokens") =>
  ["limit", "remaining", "reset"].map((what) => headers.get(`x-ratelimit-${what}-${resource}`))

/** Seconds until the end of the minute, as OpenAI writes them. */
const resetPattern = /^(?:1m0s|[1-5]?\ds)$/

const expectOverLimit = ({ status, error, headers }: Seen, mostSeconds: number): void => {
  expect(status).toBe(429)
  expect(error).toMatchObject({ type: "rate_limit_error", code: "rate_limit_exceeded", class: "OverLimit" })
  expect(Number(headers.get("retry-after"))).toBeWithin(1, mostSeconds + 1)
  // SDKs may try again by themselves: it passes.
  expect(headers.get("x-should-retry")).toBeNull()
}

describe("requests a minute", () => {
  test("are counted down in the headers, and the next one is refused until the minute is over", async () => {
    await inOneMinute(5_000)
    const [gateway] = till.gateways
    const key = keyOf({ name: "five-a-minute" })
    for (const remaining of ["4", "3", "2", "1", "0"]) {
      const seen = await ask(gateway, { ...bodyOf("five"), stream: Number(remaining) % 2 === 0 }, key)
      expect(seen.status).toBe(200)
      const [limit, left, reset] = limitHeaders(seen, "requests")
      expect([limit, left]).toEqual(["5", remaining])
      expect(reset).toMatch(resetPattern)
    }
    for (let time = 0; time < 3; time++) {
      const seen = await ask(gateway, bodyOf("five"), key)
      expectOverLimit(seen, 60)
      expect(limitHeaders(seen, "requests").slice(0, 2)).toEqual(["5", "0"])
      expect(`${seen.headers.get("retry-after")}s`).toBe(
        String(limitHeaders(seen, "requests")[2]).replace("1m0s", "60s")
      )
    }
    expect(await arrivals("five")).toHaveLength(5)
  })

  test("of two gateways together are no more than one may answer", async () => {
    await inOneMinute(5_000)
    const name = "ten-a-minute"
    const seen = await askAll(till, { name }, times(30, bodyOf(name)))
    const answered = seen.filter(({ status }) => status === 200).length
    expect(answered).toBeWithin(1, 11)
    for (const one of seen) if (one.status !== 200) expectOverLimit(one, 60)
    expect(await arrivals(name)).toHaveLength(answered)
  })

  test("of a team are those of all its keys", async () => {
    await inOneMinute(5_000)
    const names = ["of-team-1", "of-team-2"]
    const statuses: Array<number> = []
    for (let nth = 0; nth < 6; nth++) {
      const seen = await ask(till.gateways[0], bodyOf("team"), keyOf({ name: names[nth % 2] ?? "" }))
      statuses.push(seen.status)
      expect(limitHeaders(seen, "requests").slice(0, 2)).toEqual(["4", String(Math.max(0, 3 - nth))])
      if (seen.status === 429) expect(seen.error?.["message"]).toContain('team "four"')
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429])
  })
})

test("tokens a minute are put aside before, counted after, and told in the headers", async () => {
  await inOneMinute(5_000)
  const [gateway] = till.gateways
  const key = keyOf({ name: "hundred-tokens" })
  const body = bodyOf("tokens")
  let left = 100
  while (left >= needOf(body)) {
    const seen = await ask(gateway, body, key)
    expect(seen.status).toBe(200)
    left -= input + output
    expect(limitHeaders(seen, "tokens").slice(0, 2)).toEqual(["100", String(left)])
    expect(limitHeaders(seen, "tokens")[2]).toMatch(resetPattern)
  }
  const refused = await ask(gateway, body, key)
  expectOverLimit(refused, 60)
  expect(limitHeaders(refused, "tokens").slice(0, 2)).toEqual(["100", String(left)])
  // What never fits is no matter of waiting.
  const never = await ask(gateway, { ...body, max_tokens: 100 }, key)
  expect([never.status, never.headers.get("retry-after")]).toEqual([429, null])
  expect(await arrivals("tokens")).toHaveLength((100 - left) / (input + output))
})

describe("requests at once", () => {
  test("are refused beyond the limit, and again let in when one ends or is left", async () => {
    const [gateway] = till.gateways
    const key = keyOf({ name: "three-at-once" })
    const streaming = { model: "own/held", messages, stream: true }
    const leaving = new AbortController()
    const left = post(gateway, streaming, key, leaving.signal)
    const others = [post(gateway, streaming, key), post(gateway, streaming, key)]
    expect((await Promise.all([left, ...others])).map(({ status }) => status)).toEqual([200, 200, 200])
    const quick = { model: "own/quick", messages }
    expectOverLimit(await ask(gateway, quick, key), 1)
    leaving.abort()
    const again = await eventually(async () => {
      const seen = await ask(gateway, quick, key)
      return seen.status === 200 ? seen : undefined
    }, patienceMs)
    expect(again.content).toBe("Hello")
    const fourth = await post(gateway, streaming, key)
    expectOverLimit(await ask(gateway, quick, key), 1)
    held.release()
    for (const answer of [...others, fourth]) expect((await read(await answer)).done).toBe(true)
    expect((await Promise.all([1, 2, 3].map(() => ask(gateway, quick, key)))).map(({ status }) => status)).toEqual([
      200, 200, 200
    ])
  })

  test("of two gateways together are never more than one may have", async () => {
    const name = "ten-at-once"
    const slow = { ...bodyOf(name), model: `main/words:count=${output}:input=${input}:first=150ms` }
    const seen: Array<Seen> = []
    for (let wave = 0; wave < 3; wave++) seen.push(...(await askAll(till, { name }, times(24, slow))))
    const answered = seen.filter(({ status }) => status === 200).length
    for (const one of seen) if (one.status !== 200) expectOverLimit(one, 1)
    const received = await arrivals(name)
    expect(received).toHaveLength(answered)
    const together = received.map(({ at }) => received.filter((other) => other.at <= at && at < other.endedAt).length)
    expect(Math.max(...together)).toBeWithin(1, 11)
  })
})
