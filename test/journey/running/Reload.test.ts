import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { ask, messages, post, read } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type OwnProvider, startOwnProvider } from "../stage/OwnProvider.ts"
import { startGateway } from "../stage/Processes.ts"
import { admin, type Reconfigured, startReconfigured } from "../stage/Reconfigured.ts"

let provider: OwnProvider
let running: Reconfigured

beforeAll(() => {
  provider = startOwnProvider()
})

const stop = () => running.stop()

afterAll(() => provider.stop())

const own = (key: string) => ({ own: { baseUrl: provider.baseUrl, key } })
const authorization = (key: string) => ({ authorization: `Bearer ${key}` })

const callers = ["caller-key-one", "caller-key-two"] as const
const adminKey = "admin-key-one"
const keyed = { keys: callers, admin: { keys: [adminKey] } }

/** A stream that has begun and does not end before the provider is told to let it. */
const heldStream = async (headers: Readonly<Record<string, string>> = {}) => {
  const response = await post(running.gateway, { model: "own/held", stream: true, messages }, headers)
  expect(response.status).toBe(200)
  return response
}

describe("a reload", () => {
  afterEach(stop)

  test("gives new requests the new key of a provider, and lets a stream with the old one end", async () => {
    running = await startReconfigured({ providers: own("provider-key-old") })
    const held = await heldStream()
    expect(provider.keys.at(-1)).toBe("Bearer provider-key-old")
    expect(await running.reload({ providers: own("provider-key-new") })).toContain("was read again")
    expect((await ask(running.gateway, { model: "own/any", messages })).content).toBe("Hello")
    expect(provider.keys.at(-1)).toBe("Bearer provider-key-new")
    provider.release()
    expect(await read(held)).toMatchObject({ done: true, content: "Hello again", error: undefined })
  })

  test("takes a caller's key away from the next request on, not from the stream that it began", async () => {
    running = await startReconfigured({ ...keyed, providers: own("k") })
    const held = await heldStream(authorization(callers[0]))
    await running.reload({ ...keyed, keys: [callers[1]], providers: own("k") })
    const body = { model: "own/any", messages }
    expect((await ask(running.gateway, body, authorization(callers[0]))).status).toBe(401)
    expect((await ask(running.gateway, body, authorization(callers[1]))).status).toBe(200)
    provider.release()
    expect((await read(held)).done).toBe(true)
  })

  test("warns of what is probably not meant, as a start does", async () => {
    running = await startReconfigured({ providers: own("k") })
    const prices = [{ from: "2098-01-01", input: 1, output: 2 }]
    await running.reload({ providers: own("k"), models: { "own/any": { prices } } })
    expect(running.gateway.printed()).toMatch(/warning: .*models\["own\/any"\]\.prices: has no price that holds today/)
  })

  test("changes all that requests are answered with", async () => {
    running = await startReconfigured({ providers: own("k") })
    const { gateway } = running
    const body = { model: "quick", messages }
    expect((await ask(gateway, body)).status).toBe(404)
    const page = "https://app.example.com"
    await running.reload({
      providers: own("k"),
      aliases: { quick: "own/any" },
      routes: { support: { targets: ["own/any"] } },
      limits: { bodyBytes: 200 },
      cors: { origins: [page] },
      compatibility: "assemblyai"
    })
    const answered = await ask(gateway, body, { origin: page })
    expect(answered.status).toBe(200)
    expect(answered.headers.get("access-control-allow-origin")).toBe(page)
    expect(answered.chunks[0]).toHaveProperty("request_id")
    expect((await ask(gateway, { ...body, model: "route/support" })).status).toBe(200)
    expect((await ask(gateway, { ...body, user: "x".repeat(300) })).status).toBe(413)
    expect(await (await fetch(`${gateway.url}/v1/models/quick`)).json()).toMatchObject({ id: "own/any" })
  })

  test("keeps what is known of the targets", async () => {
    running = await startReconfigured({ providers: own("k") })
    const { gateway } = running
    const figures = async () => (await admin(gateway, "targets")).body
    const once = { model: "own/broken", messages, gateway: { retries: { attempts: 0 } } }
    for (let time = 0; time < 5; time++) await ask(gateway, once)
    const before = await figures()
    expect(before["breakers"]).toMatchObject([{ name: "own/broken", state: "open", reason: "Overloaded" }])
    await running.reload({ providers: own("k"), aliases: { quick: "own/any" } })
    expect(await figures()).toMatchObject({
      targets: before["targets"],
      breakers: [{ name: "own/broken", state: "open" }],
      since: before["since"]
    })
  })
})

describe("a file that cannot be taken leaves everything as it was", () => {
  const good = () => ({ ...keyed, providers: own("k"), simulator: false })
  let turn = 0
  /** Each time another one, with the same keys and providers. */
  const other = () => ({ ...good(), aliases: { [`alias-${turn++}`]: "own/any" } })

  beforeAll(async () => {
    running = await startReconfigured(good())
  })

  afterAll(stop)

  const still = async () => {
    const seen = await ask(running.gateway, { model: "own/any", messages }, authorization(callers[0]))
    expect(seen.status).toBe(200)
  }

  for (const [name, bad, reason, line] of [
    [
      "with a mistake",
      (configuration: object) => JSON.stringify({ version: 1, prot: 3, ...configuration }),
      `prot: unknown setting; did you mean "port"?`,
      /gateway\.yaml:1:\d+ prot: unknown setting/
    ],
    ["that is no YAML", () => "version: 1\nkeys: [", "gateway.yaml:2:", /gateway\.yaml:2:\d+/],
    [
      "with facts of a model that are none",
      (configuration: object) =>
        JSON.stringify({ version: 1, ...configuration, models: { "own/m": { contextTokens: "many" } } }),
      `models["own/m"]`,
      /gateway\.yaml:1:\d+ models\["own\/m"\]/
    ],
    [
      "that serves nothing",
      () => JSON.stringify({ version: 1, ...keyed, simulator: false }),
      "There is nothing to serve",
      /There is nothing to serve/
    ],
    [
      "that opens the gateway to every page",
      () => JSON.stringify({ version: 1, providers: own("k"), admin: keyed.admin, cors: { origins: "*" } }),
      "does not answer web pages of every origin",
      /does not answer web pages of every origin/
    ]
  ] as const) {
    test(name, async () => {
      await running.reload(other())
      const before = (await admin(running.gateway, "config", adminKey)).body
      expect(before).toMatchObject({ running: { file: running.file }, refused: null })
      const told = await running.reload(bad(good()))
      expect(told).toMatch(line)
      expect(told).toContain("goes on with what it had")
      await still()
      const { body } = await admin(running.gateway, "config", adminKey)
      expect(body["running"]).toEqual(before["running"])
      expect(body["refused"]).toMatchObject({ reasons: [expect.stringContaining(reason)] })
      // What was mended is taken, and nothing is held against it.
      expect(await running.reload({ ...good(), simulator: false, aliases: { quick: "own/any" } })).toContain(
        "read again"
      )
      const after = (await admin(running.gateway, "config", adminKey)).body
      expect(after).toMatchObject({ refused: null })
      expect(after["running"]).not.toEqual(before["running"])
    })
  }

  test("and so does one with several mistakes, of which the console tells the first and /admin/config all", async () => {
    const told = await running.reload({ ...good(), prot: 1, kyes: [], limits: { depht: 3 } })
    expect(told).toContain("(and 2 more, see GET /admin/config)")
    const { refused } = (await admin(running.gateway, "config", adminKey)).body
    expect(refused).toMatchObject({ reasons: [expect.any(String), expect.any(String), expect.any(String)] })
    await still()
  })

  test("and so does the same file again, which is no mistake", async () => {
    const same = other()
    await running.reload(same)
    await running.reload("version: 2")
    expect(await running.reload(same)).toContain("runs with already")
    expect((await admin(running.gateway, "config", adminKey)).body["refused"]).toBeNull()
  })

  test("and so does a file that is gone", async () => {
    running.remove()
    running.gateway.process.kill("SIGHUP")
    await eventually(() => running.gateway.printed().includes("gateway.yaml: the file does not exist") || undefined)
    await still()
  })
})

describe("what a process cannot change", () => {
  afterEach(stop)

  test("is said, and the rest is taken", async () => {
    running = await startReconfigured({ providers: own("k"), admin: { keys: [adminKey] } })
    const told = await running.reload({
      host: "127.0.0.2",
      port: 1,
      simulator: true,
      providers: own("k"),
      admin: { keys: [adminKey], port: 0 },
      aliases: { quick: "own/any" }
    })
    expect(told).toContain("was read again")
    // HOST and PORT come from the environment in this test, and win over the file.
    expect(running.gateway.printed()).toContain("host, simulator, admin.port cannot change while the gateway runs")
    expect((await ask(running.gateway, { model: "quick", messages })).status).toBe(200)
    expect((await ask(running.gateway, { model: "sim/echo", messages })).status).toBe(404)
  })
})

describe("a watched file", () => {
  afterEach(stop)

  const watched = (more: object = {}) => ({ watch: true, providers: own("k"), ...more })
  const served = (model: string) =>
    eventually(async () => ((await ask(running.gateway, { model, messages })).status === 200 ? true : undefined))

  test("is read again when it is written over, and when another is put in its place", async () => {
    running = await startReconfigured(watched())
    running.write(watched({ aliases: { written: "own/any" } }))
    await served("written")
    running.replace(watched({ aliases: { replaced: "own/any" } }))
    await served("replaced")
    expect((await ask(running.gateway, { model: "written", messages })).status).toBe(404)
  })

  test("is read once for many writes, and not for other files beside it", async () => {
    running = await startReconfigured(watched())
    for (let write = 0; write < 20; write++) {
      running.write(watched({ aliases: { [`alias-${write}`]: "own/any" } }))
      await Bun.write(`${running.file}.other`, String(write))
      await Bun.sleep(5)
    }
    await served("alias-19")
    expect(running.gateway.printed().match(/was read again/g)).toHaveLength(1)
  })

  test("is no longer watched once it says so", async () => {
    running = await startReconfigured(watched())
    running.write(watched({ watch: false, aliases: { first: "own/any" } }))
    await served("first")
    running.write(watched({ aliases: { second: "own/any" } }))
    await Bun.sleep(400)
    expect((await ask(running.gateway, { model: "second", messages })).status).toBe(404)
    running.gateway.process.kill("SIGHUP")
    await served("second")
  })
})

test("without a file a hang-up is told and survived", async () => {
  const gateway = await startGateway()
  gateway.process.kill("SIGHUP")
  await eventually(() => gateway.printed().includes("There is no file to read again") || undefined)
  expect((await ask(gateway, { model: "sim/echo", messages })).status).toBe(200)
  await gateway.stop()
})
