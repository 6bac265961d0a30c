import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf, textOf } from "../../../src/domain/Fields.ts"
import { running } from "../../simulator/Running.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running } from "../stage/Processes.ts"
import { type Reconfigured, startReconfigured } from "../stage/Reconfigured.ts"
import { statusIn, wire } from "../stage/Wire.ts"

const secrets: Record<string, string> = {
  alice: "alice-key-0123456789",
  bob: "bob-key-0123456789",
  narrow: "narrow-key-0123456789",
  expired: "expired-key-0123456789",
  admin: "admin-key-0123456789",
  bad: "bad-key-0123456789"
}

const keys = [
  { name: "alice", key: secrets["alice"], team: "red" },
  { name: "bob", key: secrets["bob"], team: "red" },
  { name: "narrow", key: secrets["narrow"], models: ["openai/*"] },
  { name: "expired", key: secrets["expired"], expires: "2024-01-01" }
]

let provider: Awaited<ReturnType<typeof running>>
/** With everything on one address. */
let one: Reconfigured
/** With addresses of their own for the admin paths and for the figures. */
let apart: Running
let adminUrl = ""
let metricsUrl = ""

beforeAll(async () => {
  provider = await running()
  const environment = providersAt(provider.simulator.url)
  const admin = { keys: [secrets["admin"]] }
  ;[one, apart] = await Promise.all([
    startReconfigured({ data: "data", keys, admin }, environment),
    startConfigured({ keys, admin: { ...admin, port: 0 }, metrics: { port: 0 } }, environment)
  ])
  adminUrl = await eventually(() => /admin +(http:\/\/\S+?)\/admin\//.exec(apart.printed())?.[1])
  metricsUrl = await eventually(() => /metrics +(http:\/\/\S+?)\/metrics/.exec(apart.printed())?.[1])
  for (const name of ["made", "disabled"]) secrets[name] = textOf((await manage("", { name })).body["secret"])
  await manage("/disabled/disable")
})

afterAll(async () => {
  await Promise.all([one.stop(), apart.stop()])
  await provider.stop()
})

type Answered = { readonly status: number; readonly body: Fields }

const as = (who: string): Readonly<Record<string, string>> =>
  who === "nobody" ? {} : { authorization: `Bearer ${secrets[who]}` }

const asking = async (url: string, method: string, headers: Readonly<Record<string, string>>, content?: object) => {
  const answer = await fetch(url, {
    method,
    headers,
    ...(content === undefined ? {} : { body: JSON.stringify(content) })
  })
  const text = await answer.text()
  // Of a HEAD there is nothing, of a stream and of the figures there is no JSON.
  const answered: Answered = { status: answer.status, body: text.startsWith("{") ? objectOf(JSON.parse(text)) : {} }
  return answered
}

const manage = (path: string, content: object = {}) =>
  asking(`${one.gateway.url}/admin/keys${path}`, "POST", as("admin"), content)

const chat = (model = "openai/words:count=2") => ({ model, messages })

/** Everybody who may come, and what each kind of path says to them. */
const matrix: Readonly<Record<string, Readonly<Record<"open" | "callers" | "google" | "admin", number>>>> = {
  nobody: { open: 200, callers: 401, google: 401, admin: 401 },
  bad: { open: 200, callers: 401, google: 401, admin: 401 },
  alice: { open: 200, callers: 200, google: 200, admin: 401 },
  bob: { open: 200, callers: 200, google: 200, admin: 401 },
  made: { open: 200, callers: 200, google: 200, admin: 401 },
  narrow: { open: 200, callers: 200, google: 403, admin: 401 },
  disabled: { open: 200, callers: 401, google: 401, admin: 401 },
  expired: { open: 200, callers: 401, google: 401, admin: 401 },
  admin: { open: 200, callers: 401, google: 401, admin: 200 }
}

type Door = readonly [kind: "open" | "callers" | "google" | "admin", method: string, path: string, content?: object]

const doors: ReadonlyArray<Door> = [
  ["open", "GET", "/healthz"],
  ["open", "GET", "/readyz"],
  ["open", "GET", "/openapi.json"],
  ["open", "GET", "/gateway.schema.json"],
  ["open", "GET", "/v1/errors"],
  ["callers", "POST", "/v1/chat/completions", chat()],
  ["callers", "POST", "/v1/chat/completions", { ...chat(), stream: true }],
  ["callers", "POST", "/v1/route/explain", chat()],
  ["callers", "GET", "/v1/models"],
  ["callers", "HEAD", "/v1/models"],
  ["callers", "GET", "/v1/models/openai/gpt-5-nano"],
  ["callers", "GET", "/v1/usage"],
  ["google", "POST", "/v1/chat/completions", chat("google/words:count=2")],
  ["google", "POST", "/v1/route/explain", chat("google/words:count=2")],
  ["google", "GET", "/v1/models/google/gemini-2.5-flash"],
  ["admin", "GET", "/admin/config"],
  ["admin", "HEAD", "/admin/config"],
  ["admin", "GET", "/admin/targets"],
  ["admin", "GET", "/admin/usage"],
  ["admin", "GET", "/admin/keys"],
  ["admin", "GET", "/metrics"]
]

/** Paths that change something, with what an admin is answered. */
const changes: ReadonlyArray<readonly [path: string, content: object, status: number]> = [
  ["", { name: "taken", models: ["openai/*"] }, 201],
  ["/taken/rotate", {}, 200],
  ["/taken/disable", {}, 200]
]

describe("who may do what, where all is on one address", () => {
  for (const [who, may] of Object.entries(matrix)) {
    test(who, async () => {
      const { url } = one.gateway
      const seen: Array<unknown> = []
      for (const [kind, method, path, content] of doors) {
        const { status } = await asking(url + path, method, as(who), content)
        seen.push([status, method, path])
        expect(seen.at(-1)).toEqual([may[kind], method, path])
      }
      const before = (await asking(`${url}/admin/keys`, "GET", as("admin"))).body
      for (const [path, content, status] of changes) {
        const answer = await asking(`${url}/admin/keys${path}`, "POST", as(who), content)
        expect([path, answer.status]).toEqual([path, may.admin === 200 ? status : 401])
      }
      const after = (await asking(`${url}/admin/keys`, "GET", as("admin"))).body
      expect(listOf(after["data"]).length - listOf(before["data"]).length).toBe(may.admin === 200 ? 1 : 0)
    })
  }
})

test("a key counts in no place but Authorization", async () => {
  const { url } = one.gateway
  const key = secrets["alice"] ?? ""
  const admin = secrets["admin"] ?? ""
  const headers = {
    "x-api-key": key,
    "api-key": key,
    "x-goog-api-key": key,
    cookie: `key=${key}`,
    "proxy-authorization": `Bearer ${key}`
  }
  expect((await asking(`${url}/v1/models?key=${key}&api_key=${key}`, "GET", headers)).status).toBe(401)
  const other = { "x-api-key": admin, "x-admin-key": admin, cookie: `key=${admin}` }
  expect((await asking(`${url}/admin/config?key=${admin}`, "GET", { ...as("alice"), ...other })).status).toBe(401)
})

describe("no other spelling of a path goes round its door", () => {
  for (const path of [
    "/v1/models/../../admin/config",
    "/healthz/../v1/models",
    "/healthz\\..\\admin\\keys",
    "/v1/models/%2e%2e/%2e%2e/admin/keys",
    "http://localhost/admin/keys",
    "//admin/config",
    "/admin/./keys",
    "/admin//keys",
    "/admin%2fconfig",
    "/%61dmin/config",
    "/Admin/config",
    "/admin;/keys",
    "/admin/keys#",
    "/admin/keys?",
    "/healthz#/../v1/models"
  ]) {
    test(path, async () => {
      for (const who of ["nobody", "bad"]) {
        const lines = Object.entries(as(who)).map(([name, value]) => `${name}: ${value}\r\n`)
        const { socket, got } = await wire(
          one.gateway,
          `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join("")}\r\n`
        )
        expect([400, 401, 404]).toContain(await eventually(() => statusIn(got())))
        socket.destroy()
      }
    })
  }
})

describe("where admin and figures have addresses of their own", () => {
  test("callers' has neither, the admin's asks for its key, the figures' is open and has nothing else", async () => {
    const seen = async (base: string, path: string, who: string) => (await asking(base + path, "GET", as(who))).status
    for (const [who, may] of Object.entries(matrix)) {
      // The keys that were created are those of the other gateway.
      const isKnown = who !== "made"
      expect([who, await seen(apart.url, "/v1/models", who)]).toEqual([who, isKnown ? may.callers : 401])
      for (const path of ["/admin/config", "/admin/keys", "/metrics"]) {
        expect([who, path, await seen(apart.url, path, who)]).toEqual([who, path, 404])
      }
      expect([who, await seen(adminUrl, "/admin/config", who)]).toEqual([who, may.admin])
      for (const path of ["/v1/models", "/metrics", "/healthz"]) {
        expect([who, path, await seen(adminUrl, path, who)]).toEqual([who, path, may.admin === 200 ? 404 : 401])
      }
      expect([who, await seen(metricsUrl, "/metrics", who)]).toEqual([who, 200])
      for (const path of ["/v1/models", "/admin/config", "/v1/usage", "/healthz"]) {
        expect([who, path, await seen(metricsUrl, path, who)]).toEqual([who, path, 404])
      }
    }
  })

  test("what is done there has its line in the log, under the id that the answer carries", async () => {
    const answer = await fetch(`${adminUrl}/admin/keys`, { headers: as("bad") })
    const id = answer.headers.get("x-request-id") ?? "?"
    const line = await eventually(() =>
      apart
        .printed()
        .split("\n")
        .find((line) => line.includes(id))
    )
    expect(JSON.parse(line)).toMatchObject({ route: "/admin/*", status: 401, failure: "UnknownKey", method: "GET" })
  })
})

describe("what one caller cannot see of another", () => {
  const usage = (who: string, query = "") => asking(`${one.gateway.url}/v1/usage${query}`, "GET", as(who))
  const requestsOf = ({ body }: Answered) => objectOf(body["totals"])["requests"]

  test("is its usage, whatever is asked for", async () => {
    for (const who of ["alice", "alice", "bob"]) {
      expect((await ask(one.gateway, { ...chat("openai/words:count=7"), user: `${who}s-user` }, as(who))).status).toBe(
        200
      )
    }
    const own = async (who: string) => requestsOf(await usage(who, "?model=openai/words:count=7"))
    await eventually(async () => ((await own("bob")) === 1 && (await own("alice")) === 2 ? true : undefined))
    expect(await own("made")).toBe(0)
    const all = await asking(`${one.gateway.url}/admin/usage?model=openai/words:count=7`, "GET", as("admin"))
    expect(requestsOf(all)).toBe(3)
    const tricks = [
      "?key=bob",
      "?key_id=bob",
      "?keyId=bob",
      "?key=alice&key=bob",
      "?team=red",
      "?by=key",
      "?by=team",
      "?end_user=bobs-user",
      "?by=model,key",
      "?key%00=bob",
      "?by=model&by=key"
    ]
    for (const trick of tricks) {
      const answer = await usage("alice", trick)
      expect([trick, answer.status, JSON.stringify(answer.body).includes("bobs")]).toEqual([trick, 400, false])
    }
    expect((await usage("admin")).status).toBe(401)
  })

  test("is the usage of a key that once had its name", async () => {
    secrets["first"] = textOf((await manage("", { name: "namesake" })).body["secret"])
    expect((await ask(one.gateway, chat(), as("first"))).status).toBe(200)
    await eventually(async () => (requestsOf(await usage("first")) === 1 ? true : undefined))
    await manage("/namesake/disable")
    secrets["second"] = textOf((await manage("", { name: "namesake" })).body["secret"])
    expect(requestsOf(await usage("second"))).toBe(0)
    expect((await usage("first")).status).toBe(401)
  })

  test("is that it used an Idempotency-Key", async () => {
    const idempotency = { "idempotency-key": "one-key-of-two" }
    expect((await ask(one.gateway, chat(), { ...as("alice"), ...idempotency })).status).toBe(200)
    expect((await ask(one.gateway, chat("openai/words:count=3"), { ...as("bob"), ...idempotency })).status).toBe(200)
    expect((await ask(one.gateway, chat("openai/words:count=3"), { ...as("alice"), ...idempotency })).status).toBe(409)
  })
})
