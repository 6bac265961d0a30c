import { afterAll, beforeAll, expect, test } from "bun:test"
import { hashOf } from "../../../src/access/keys/Secrets.ts"
import { configured, mistaken, sent, told } from "./Canaries.ts"
import { foundIn } from "./Places.ts"
import { type Stage, startStage } from "./Stage.ts"
import {
  badTraffic,
  goodTraffic,
  keyLives,
  lookEverywhere,
  oddTraffic,
  refusedReload,
  refusedTraffic
} from "./Traffic.ts"

let stage: Stage
let keys: Awaited<ReturnType<typeof keyLives>>

const found = (secrets: Readonly<Record<string, string>>) => foundIn(secrets, stage.everywhere())
const nowhere = (secrets: object) => Object.fromEntries(Object.keys(secrets).map((name) => [name, []]))

beforeAll(async () => {
  stage = await startStage()
  await goodTraffic(stage)
  stage.lookAtDisk()
  await refusedTraffic(stage)
  await oddTraffic(stage)
  keys = await keyLives(stage)
  await badTraffic(stage)
  await refusedReload(stage)
  await lookEverywhere(stage)
  stage.lookAtDisk()
  await stage.end()
}, 30_000)

afterAll(() => stage.close())

test("everything that is searched has something in it", () => {
  const words: Readonly<Record<keyof Stage["places"], string>> = {
    log: '"route":"/v1/chat/completions"',
    metrics: "# TYPE",
    otlp: "gateway.request.id",
    answers: "chat.completion",
    admin: '"object"',
    usage: '"totals"',
    commands: "is in order",
    disk: "SQLite format 3"
  }
  for (const [name, { text }] of Object.entries(stage.places)) {
    const word = new Map(Object.entries(words)).get(name) ?? ""
    expect([name, text().includes(word)]).toEqual([name, true])
  }
  // Those that failed have lines, spans and rows too.
  for (const seen of [stage.places.log, stage.places.otlp, stage.places.disk])
    expect(seen.text()).toContain("openai/echo-500")
  expect(stage.listening.proxy.count()).toBeGreaterThan(0)
})

test("a provider's credential reaches that provider, and nobody else", () => {
  const { adminKey, callerKey, otherKey, expiredKey, unused, ...credentials } = configured
  expect(found(credentials)).toEqual({
    openaiKey: ["at openai"],
    organization: ["at openai"],
    anthropicKey: ["at anthropic"],
    secondKey: ["at anthropic"],
    geminiKey: ["at gemini"],
    fromFile: ["at own"],
    header: ["at own"],
    proxyPassword: ["at proxy"],
    // Whoever the proxy keeps out is not told the key.
    proxiedKey: [],
    collectorHeader: ["at the collector"],
    collectorQuery: ["at the collector"]
  })
  const own = { adminKey, callerKey, otherKey, expiredKey, unused }
  expect(found(own)).toEqual(nowhere(own))
})

test("the secret of a created key is nowhere once it was told; its hash is in the database alone", () => {
  expect(found(keys.secrets)).toEqual({ first: [], second: [] })
  expect(found(keys.hashes)).toEqual({ first: ["disk"], second: ["disk"] })
  const ofTheFile = { caller: hashOf(configured.callerKey), admin: hashOf(configured.adminKey) }
  expect(found(ofTheFile)).toEqual(nowhere(ofTheFile))
})

test("a gateway.yaml that is refused is told without what it says", () => {
  expect(stage.places.admin.text()).toContain("providers.own.kee")
  expect(found(mistaken)).toEqual(nowhere(mistaken))
})

test("what callers send in headers and addresses goes nowhere", () => {
  expect(found(sent)).toEqual(nowhere(sent))
})

test("what callers say goes to the providers that they ask; labels, which the bill is split by, are kept too", () => {
  const providers = ["at openai", "at anthropic", "at gemini", "at own"]
  expect(found(told)).toEqual({
    // Providers repeat them in their errors, and those are for their caller.
    system: ["answers", ...providers],
    prompt: ["answers", ...providers],
    tool: ["answers", ...providers],
    // The end user, the session, tags and metadata are what rows of the ledger are looked up by.
    user: ["answers", "disk", "at openai", "at anthropic", "at own"],
    metadata: ["answers", "admin", "usage", "disk", "at openai"],
    session: ["disk"],
    tag: ["admin", "usage", "disk"],
    idempotencyKey: ["disk"],
    // The names of fields that a target cannot take are told; their values are not.
    unknownField: ["answers"],
    garbled: []
  })
})

test("no answer and no line has a stack or a file of the program, and no answer says where a provider is", () => {
  const { answers, log, metrics, admin } = stage.places
  for (const { text } of [answers, log, metrics, admin]) {
    expect(text()).not.toMatch(/\bat \S+ \(|\.ts:\d|node_modules|\/src\//)
  }
  const addresses = Object.values(stage.listening).map(({ port }) => `127.0.0.1:${port}`)
  for (const address of [...addresses, "models.example.com"]) expect(answers.text()).not.toContain(address)
})
