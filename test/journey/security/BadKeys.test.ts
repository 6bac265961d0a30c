import { afterAll, beforeAll, expect, test } from "bun:test"
import { flood } from "../../../bench/load/Flood.ts"
import { objectOf, textOf } from "../../../src/domain/Fields.ts"
import { running } from "../../simulator/Running.ts"
import { ask, messages } from "../stage/Asking.ts"
import { providersAt } from "../stage/Processes.ts"
import { type Reconfigured, startReconfigured } from "../stage/Reconfigured.ts"
import { requestText, statusIn, wire } from "../stage/Wire.ts"

const goodKey = "good-key-0123456789"
const adminKey = "admin-key-0123456789"
const expiredKey = "expired-key-0123456789"

let provider: Awaited<ReturnType<typeof running>>
let started: Reconfigured
/** Keys that were created and are none any more. */
let disabledKey = ""
let replacedKey = ""

const manage = async (path: string, content: object): Promise<string> => {
  const answer = await fetch(`${started.gateway.url}/admin/keys${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}` },
    body: JSON.stringify(content)
  })
  return textOf(objectOf(await answer.json())["secret"])
}

beforeAll(async () => {
  provider = await running()
  started = await startReconfigured(
    {
      data: "data",
      log: "requests",
      admin: { keys: [adminKey] },
      keys: [
        { name: "good", key: goodKey },
        { name: "expired", key: expiredKey, expires: "2024-01-01" }
      ]
    },
    providersAt(provider.simulator.url)
  )
  disabledKey = await manage("", { name: "disabled" })
  replacedKey = await manage("", { name: "replaced" })
  await manage("/disabled/disable", {})
  await manage("/replaced/rotate", { overlap: "0s" })
})

afterAll(async () => {
  await started.stop()
  await provider.stop()
})

const whole = { model: "openai/words:count=2", messages }
const asked = () => provider.simulator.log.entries.length

const isWhole = (text: string): boolean => {
  const [head, length] = /^HTTP\/1\.1 [^]*?content-length: (\d+)[^]*?\r\n\r\n/i.exec(text) ?? []
  return head !== undefined && text.length >= head.length + Number(length)
}

/**
 * One request over a connection that is kept, with any bytes as `authorization`: its status, its head without what is
 * of the moment, and its body without its id.
 */
const caller = async () => {
  const { socket, got, ended } = await wire(started.gateway, "")
  let from = 0
  let more = Promise.withResolvers<void>()
  for (const event of ["data", "close"]) socket.on(event, () => more.resolve())
  return {
    close: () => socket.destroy(),
    ask: async (
      authorization: string | undefined
    ): Promise<{ readonly status: number | undefined; readonly text: string }> => {
      const lines = authorization === undefined ? [] : [`authorization: ${authorization}`]
      socket.write(requestText(whole, lines), "latin1")
      const text = () => got().slice(from)
      while (!isWhole(text()) && !ended()) {
        more = Promise.withResolvers<void>()
        await more.promise
      }
      const answer = text()
      from = got().length
      const said = answer.replaceAll(/(x-request-id: |traceparent: |date: |"request_id":")[^\r"]*/gi, "$1")
      return { status: statusIn(answer), text: said }
    }
  }
}

/** Keys that are none, each for another reason. */
const badKeys = (): ReadonlyArray<readonly [why: string, authorization: string | undefined]> => [
  ["unknown", "Bearer lgw_unknown0123456789"],
  ["wrong in its last letter", `Bearer ${goodKey.slice(0, -1)}0`],
  ["wrong in its case", `Bearer ${goodKey.toUpperCase()}`],
  ["only its beginning", `Bearer ${goodKey.slice(0, -1)}`],
  ["more than it", `Bearer ${goodKey}0`],
  ["expired", `Bearer ${expiredKey}`],
  ["disabled", `Bearer ${disabledKey}`],
  ["replaced", `Bearer ${replacedKey}`],
  ["an admin's", `Bearer ${adminKey}`],
  ["a provider's", "Bearer sim-openai-key"],
  ["its own hash", `Bearer ${Bun.SHA256.hash(goodKey, "hex")}`],
  ["absent", undefined],
  ["empty", ""],
  ["of another scheme", `Basic ${btoa(`:${goodKey}`)}`],
  ["twice", `Bearer ${goodKey}, Bearer ${goodKey}`],
  ["SQL", "Bearer ' OR '1'='1' --"],
  ["more SQL", "Bearer '); DROP TABLE keys; --"],
  ["SQL of hashes", "Bearer x' UNION SELECT hash FROM key_secrets --"],
  ["a pattern", "Bearer %"],
  ["a property of all objects", "Bearer __proto__"],
  ["a method of all objects", "constructor"],
  ["a template", "Bearer ${jndi:ldap://127.0.0.1/a}${GATEWAY_KEY}{{7*7}}%s%n"],
  ["a path", "Bearer ../../../../etc/passwd"],
  ["JSON", 'Bearer {"$ne":null}'],
  ["8 KB", `Bearer ${"x".repeat(8192)}`],
  ["8 KB of spaces", `Bearer ${" ".repeat(8192)}x`],
  ["8 KB of schemes", "Bearer ".repeat(1170)],
  ["UTF-8", `Bearer ${Buffer.from("ключ-🔑-\u202e-ﬁ").toString("latin1")}`],
  ["Latin-1", "Bearer \xe9\xff\xa0"],
  ["with tabs", `\tBearer\t\t${goodKey.slice(1)}`]
]

test("the good key is taken", async () => {
  expect((await ask(started.gateway, whole, { authorization: `Bearer ${goodKey}` })).status).toBe(200)
})

test("every other is refused with the same words, and reaches no provider", async () => {
  const before = asked()
  const { ask, close } = await caller()
  const first = await ask("Bearer another-key-0123456789")
  expect(first.status).toBe(401)
  for (const [why, authorization] of badKeys()) expect([why, await ask(authorization)]).toEqual([why, first])
  close()
  expect(asked()).toBe(before)
})

test("bytes that no header may hold are refused as that, and reach no provider", async () => {
  const before = asked()
  const none = `Bearer ${goodKey}`
  for (const bytes of [
    `${none}\0`,
    `\0${none}`,
    `x\r${none}`,
    `x\n${none}`,
    `x\nauthorization: ${none}`,
    `x\r\n ${none}`,
    `x\x01`
  ]) {
    const { ask, close } = await caller()
    expect([bytes, (await ask(bytes)).status]).toEqual([bytes, 400])
    close()
  }
  expect(asked()).toBe(before)
})

/** Numbers that are the same in every run. */
const chance = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

test("nor does any of a thousand headers by chance", async () => {
  const before = asked()
  const next = chance(11)
  const pick = (from: number, to: number) => from + Math.floor(next() * (to - from))
  const made = () => String.fromCharCode(...Array.from({ length: pick(0, 80) }, () => pick(0x20, 0x100)))
  let { ask, close } = await caller()
  const first = await ask("Bearer another-key-0123456789")
  for (let time = 0; time < 1000; time++) {
    const text = made()
    const authorization = time % 2 === 0 ? `Bearer ${text}` : text
    const { status, text: said } = await ask(authorization)
    if (status === 401) expect(said).toBe(first.text)
    else {
      // 0x7f is the one of them that no header may hold; the connection is closed with it.
      expect([authorization, status]).toEqual([authorization, 400])
      close()
      ;({ ask, close } = await caller())
    }
  }
  close()
  expect(asked()).toBe(before)
})

/** What such a share of them are below. */
const quantile = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0

test("takes the same time, whatever is wrong with a key", async () => {
  const { ask, close } = await caller()
  const timed = ["unknown", "wrong in its last letter", "expired", "disabled", "replaced", "absent", "SQL"]
  const kinds = badKeys().filter(([why]) => timed.includes(why))
  const times = kinds.map((): Array<number> => [])
  for (let round = 0; round < 150; round++) {
    for (const [at, [, authorization]] of kinds.entries()) {
      const startedAt = performance.now()
      await ask(authorization)
      if (round >= 20) times[at]?.push(performance.now() - startedAt)
    }
  }
  close()
  // The quick ones are those that nothing else on the machine came between.
  const quick = times.map((one) => quantile(one, 0.1))
  console.log(`ms of a quick refusal: ${kinds.map(([why], at) => `${why} ${quick[at]?.toFixed(3)}`).join(", ")}`)
  // What a reader of the answer can tell apart is far below the noise of a network; here it is bounded so that a busy
  // machine does not fail.
  expect(Math.max(...quick) - Math.min(...quick)).toBeLessThan(1)
})

test("10,000 bad keys beside good traffic leave its p99 as it was, and none reaches a provider", async () => {
  const { port } = new URL(started.gateway.url)
  const good = async (untilMs: number): Promise<number> => {
    const times: Array<number> = []
    const one = async (): Promise<void> => {
      while (performance.now() < untilMs) {
        const startedAt = performance.now()
        const { status } = await ask(started.gateway, whole, { authorization: `Bearer ${goodKey}` })
        expect(status).toBe(200)
        times.push(performance.now() - startedAt)
        await Bun.sleep(2)
      }
    }
    await Promise.all([one(), one(), one()])
    answers += times.length
    return quantile(times, 0.99)
  }
  const before = asked()
  let answers = 0
  let refused = 0
  const [without, beside]: [Array<number>, Array<number>] = [[], []]
  for (let round = 0; round < 4; round++) {
    without.push(await good(performance.now() + 150))
    const flooding = flood({ port: Number(port), connections: 8, keys: 2500, perSecond: 10_000 })
    beside.push(await good(performance.now() + 250))
    const result = await flooding
    refused += result.refused
    expect(result.others).toBe(0)
  }
  expect(refused).toBe(10_000)
  expect(asked() - before).toBe(answers)
  const spread = (values: ReadonlyArray<number>) => values.map((ms) => ms.toFixed(1)).join(" ")
  console.log(`p99 of good traffic in ms: without ${spread(without)}, beside the flood ${spread(beside)}`)
  // The test, its load and its provider are one process, and the machine may be busy: `bench/badKeys.ts` measures it.
  expect(quantile(beside, 0.5)).toBeLessThan(Math.max(...without) * 5 + 50)
}, 20_000)
