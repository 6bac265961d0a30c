import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { running } from "../../simulator/Running.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running, startGateway } from "../stage/Processes.ts"
import { requestText, statusIn, wire } from "../stage/Wire.ts"

const page = "https://app.example.com"
const key = "gateway-key-one"

let provider: Awaited<ReturnType<typeof running>>
/** No keys: answers this machine alone. */
let local: Running
/** Two keys and no CORS. */
let keyed: Running
/** Two keys, and one page that may call. */
let paged: Running

beforeAll(async () => {
  provider = await running()
  const environment = providersAt(provider.simulator.url)
  const keys = ["gateway-key-one", { name: "team-b", key: "gateway-key-two" }]
  local = await startGateway(environment)
  keyed = await startConfigured({ keys }, environment)
  paged = await startConfigured({ keys, cors: { origins: [page] } }, environment)
})

afterAll(async () => {
  for (const gateway of [local, keyed, paged]) await gateway.stop()
  await provider.stop()
})

const whole = { model: "openai/words:count=2", messages }

describe("a gateway with keys", () => {
  for (const authorization of [
    `Bearer ${key}`,
    `bearer ${key}`,
    `BEARER   ${key}`,
    key,
    "Bearer gateway-key-two",
    "gateway-key-two"
  ]) {
    test(`takes \`Authorization: ${authorization}\``, async () => {
      expect((await ask(keyed, whole, { authorization })).status).toBe(200)
    })
  }

  for (const authorization of [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer gateway-key",
    "Bearer gateway-key-one-more",
    "Bearer GATEWAY-KEY-ONE",
    `Basic ${btoa(`user:${key}`)}`,
    `Bearer ${key}, Bearer ${key}`,
    "Bearer sim-openai-key",
    "Bearer ' OR '1'='1",
    "constructor",
    "__proto__",
    `Bearer ${"x".repeat(8000)}`
  ]) {
    test(`refuses ${authorization === undefined ? "a request without one" : `\`${authorization.slice(0, 50)}\``}`, async () => {
      const { status, error, text } = await ask(keyed, whole, authorization === undefined ? {} : { authorization })
      expect(status).toBe(401)
      expect(error).toMatchObject({ type: "invalid_request_error", code: "invalid_api_key", class: "UnknownKey" })
      // What was sent is not repeated: it may be a key of another place.
      if (authorization !== undefined && authorization.length > 10) expect(text).not.toContain(authorization)
    })
  }

  test("says the same of a wrong key and of none", async () => {
    const [none, wrong] = [await ask(keyed, whole), await ask(keyed, whole, { authorization: "Bearer wrong-key-9" })]
    expect({ ...none.error, request_id: "" }).toEqual({ ...wrong.error, request_id: "" })
  })

  test("refuses before it reads the body", async () => {
    const { socket, got } = await wire(
      keyed,
      "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000\r\n\r\n"
    )
    expect(await eventually(() => statusIn(got()))).toBe(401)
    socket.destroy()
  })

  test("shows its models to callers with a key only, and its health to all", async () => {
    expect((await fetch(`${keyed.url}/v1/models`)).status).toBe(401)
    expect((await fetch(`${keyed.url}/v1/models/openai/gpt-5-nano`)).status).toBe(401)
    expect((await fetch(`${keyed.url}/v1/models`, { headers: { authorization: key } })).status).toBe(200)
    for (const path of ["/healthz", "/readyz", "/v1/errors", "/openapi.json"]) {
      expect((await fetch(keyed.url + path)).status).toBe(200)
    }
  })

  test("answers under any name, for it may stand behind a proxy", async () => {
    const { socket, got } = await wire(
      keyed,
      requestText(whole, [`authorization: ${key}`]).replace("host: localhost", "host: gateway.example.com")
    )
    expect(await eventually(() => statusIn(got()))).toBe(200)
    socket.destroy()
  })

  test("sends none of those it refuses to the provider", async () => {
    const before = provider.simulator.log.entries.length
    await Promise.all(Array.from({ length: 50 }, (_, at) => ask(keyed, whole, { authorization: `Bearer wrong-${at}` })))
    expect(provider.simulator.log.entries.length).toBe(before)
  })
})

describe("a gateway without keys answers this machine's own programs only", () => {
  for (const [name, lines, status] of [
    ["by localhost", ["host: localhost:8787"], 200],
    ["by 127.0.0.1", ["host: 127.0.0.1"], 200],
    ["by another address of this machine", ["host: 127.9.9.9:80"], 200],
    ["by [::1]", ["host: [::1]:8787"], 200],
    ["by a name that only looks local", ["host: localhost.evil.example"], 403],
    ["by an address that only looks local", ["host: 127.0.0.1.evil.example"], 403],
    ["by a name that was pointed here", ["host: rebound.example:8787"], 403],
    ["by an empty name", ["host: "], 403],
    ["from a page", ["host: localhost", `origin: ${page}`], 403],
    ["from a page of this machine", ["host: localhost", "origin: http://localhost:3000"], 403],
    ["from a page without an origin", ["host: localhost", "origin: null"], 403]
  ] as const) {
    test(`${name}: ${status}`, async () => {
      const before = provider.simulator.log.entries.length
      const text = requestText(whole).replace("host: localhost", lines.join("\r\n"))
      const { socket, got } = await wire(local, text)
      expect(await eventually(() => statusIn(got()))).toBe(status)
      socket.destroy()
      expect(provider.simulator.log.entries.length - before).toBe(status === 200 ? 1 : 0)
    })
  }

  test("any key does, for clients that cannot do without", async () => {
    expect((await ask(local, whole, { authorization: "Bearer anything" })).status).toBe(200)
  })
})

const preflight = (gateway: Running, origin: string) =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization, content-type, x-stainless-lang"
    }
  })

const corsNames = (headers: Headers): ReadonlyArray<string> =>
  [...headers.keys()].filter((name) => name.startsWith("access-control-"))

describe("pages in browsers", () => {
  test("may not read anything unless they are named", async () => {
    for (const [gateway, origin] of [
      [local, page],
      [keyed, page],
      [paged, "https://evil.example"],
      [paged, `${page}.evil.example`],
      [paged, "null"]
    ] as const) {
      const asked = await preflight(gateway, origin)
      expect(asked.status).toBeGreaterThanOrEqual(400)
      expect(corsNames(asked.headers)).toEqual([])
      expect(corsNames((await ask(gateway, whole, { origin, authorization: key })).headers)).toEqual([])
    }
  })

  test("may call when they are named: the preflight, an answer, a stream, a refusal", async () => {
    const asked = await preflight(paged, page)
    expect(asked.status).toBe(204)
    expect(asked.headers.get("access-control-allow-origin")).toBe(page)
    expect(asked.headers.get("access-control-allow-methods")).toContain("POST")
    expect(asked.headers.get("access-control-allow-headers")).toContain("x-stainless-lang")
    expect(asked.headers.get("vary")).toBe("origin")
    for (const [body, authorization, status] of [
      [whole, key, 200],
      [{ ...whole, stream: true }, key, 200],
      [{ ...whole, stream: "x" }, key, 400],
      [whole, "wrong-key-9", 401]
    ] as const) {
      const seen = await ask(paged, body, { origin: page, authorization })
      expect(seen.status).toBe(status)
      expect(seen.headers.get("access-control-allow-origin")).toBe(page)
      expect(seen.headers.get("access-control-allow-credentials")).toBeNull()
      expect(seen.headers.get("vary")).toBe("origin")
    }
  })

  test("of every origin may call where that is written, with keys still asked for", async () => {
    const open = await startConfigured({ keys: [key], cors: { origins: "*" } }, providersAt(provider.simulator.url))
    try {
      expect((await preflight(open, "https://any.example")).headers.get("access-control-allow-origin")).toBe("*")
      const seen = await ask(open, whole, { origin: "https://any.example" })
      expect([seen.status, seen.headers.get("access-control-allow-origin")]).toEqual([401, "*"])
    } finally {
      await open.stop()
    }
  })
})
