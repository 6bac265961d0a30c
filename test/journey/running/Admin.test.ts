import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { objectOf } from "../../../src/domain/Fields.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { type OwnProvider, startOwnProvider } from "../stage/OwnProvider.ts"
import type { Running } from "../stage/Processes.ts"
import { admin } from "../stage/Reconfigured.ts"
import { statusIn, wire } from "../stage/Wire.ts"

const callerKey = "caller-key-one"
const adminKey = "admin-key-one"

let provider: OwnProvider
let local: Running
let keyed: Running
let keyless: Running
let apart: Running
/** The admin listener of `apart`. */
let plane: { readonly url: string }

beforeAll(async () => {
  provider = startOwnProvider()
  const providers = { own: { baseUrl: provider.baseUrl, key: "provider-key-canary" } }
  const all = await Promise.all([
    startConfigured({ providers }),
    startConfigured({ providers, keys: [callerKey], admin: { keys: [adminKey] } }),
    startConfigured({ providers, keys: [callerKey] }),
    startConfigured({ providers, keys: [callerKey], admin: { keys: [adminKey], port: 0 } })
  ])
  local = all[0]
  keyed = all[1]
  keyless = all[2]
  apart = all[3]
  const url = await eventually(() => /admin +(http:\/\/\S+?)\/admin\//.exec(apart.printed())?.[1])
  plane = { url }
})

afterAll(async () => {
  await Promise.all([local, keyed, keyless, apart].map((gateway) => gateway.stop()))
  await provider.stop()
})

const get = async (gateway: Pick<Running, "url">, path: string, lines: ReadonlyArray<string>): Promise<string> => {
  const { socket, got } = await wire(gateway, `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`)
  await eventually(() => statusIn(got()))
  socket.destroy()
  return got()
}

describe("the admin paths answer", () => {
  test("this machine where callers need no key", async () => {
    expect((await admin(local, "config")).status).toBe(200)
  })

  test("an admin key, and nothing else, where one is configured", async () => {
    for (const path of ["config", "targets"]) {
      expect((await admin(keyed, path, adminKey)).status).toBe(200)
      for (const key of [undefined, callerKey, "", "wrong-key-nine", `${adminKey}x`]) {
        const { status, body } = await admin(keyed, path, key)
        expect(status).toBe(401)
        expect(body["error"]).toMatchObject({ type: "invalid_request_error", code: "invalid_api_key" })
      }
    }
  })

  test("nobody where callers have keys and admin has none, and say what to set", async () => {
    for (const key of [undefined, callerKey]) {
      const { status, body } = await admin(keyless, "config", key)
      expect(status).toBe(403)
      expect(objectOf(body["error"])["message"]).toContain("admin.keys")
    }
  })

  test("on their own listener alone, when they have one", async () => {
    expect((await admin(plane, "config", adminKey)).status).toBe(200)
    expect((await admin(plane, "config", callerKey)).status).toBe(401)
    expect((await admin(apart, "config", adminKey)).status).toBe(404)
    expect((await fetch(`${plane.url}/v1/models`, { headers: { authorization: `Bearer ${adminKey}` } })).status).toBe(
      404
    )
  })

  test("with the figures beside them, where these have no listener of their own", async () => {
    const figures = async (gateway: Pick<Running, "url">, key: string) => {
      const answer = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })
      const page = await answer.text()
      return [answer.status, page.includes("gateway_requests_in_flight")]
    }
    expect(await figures(plane, adminKey)).toEqual([200, true])
    expect(await figures(plane, callerKey)).toEqual([401, false])
    expect(await figures(apart, adminKey)).toEqual([404, false])
    expect(await figures(keyed, adminKey)).toEqual([200, true])
    expect((await fetch(`${plane.url}/metrics`, { method: "POST" })).status).toBe(401)
  })

  test("no web page, wherever it comes from", async () => {
    for (const origin of ["https://evil.example", "http://localhost:3000", "null"]) {
      for (const gateway of [local, keyed, plane]) {
        const lines = ["host: localhost", `origin: ${origin}`, `authorization: Bearer ${adminKey}`]
        const answer = await get(gateway, "/admin/config", lines)
        expect(statusIn(answer)).toBe(403)
        expect(answer).not.toMatch(/access-control/i)
      }
    }
  })

  test("no name that was pointed to this machine, where no key is asked for", async () => {
    expect(statusIn(await get(local, "/admin/config", ["host: rebound.example"]))).toBe(403)
    expect(statusIn(await get(local, "/admin/config", ["host: localhost:8787"]))).toBe(200)
  })

  test("a caller's key never opens them, nor an admin key the models", async () => {
    const asked = await ask(keyed, { model: "own/any", messages }, { authorization: `Bearer ${adminKey}` })
    expect(asked.status).toBe(401)
  })

  test("what is not there, and other methods, in OpenAI's envelope", async () => {
    const missing = await admin(local, "nothing")
    expect(missing.status).toBe(404)
    expect(missing.body["error"]).toMatchObject({ code: "not_found", class: "NotFound" })
    const posted = await fetch(`${local.url}/admin/config`, { method: "POST", body: "{}" })
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"])
    expect(objectOf(await posted.json())["error"]).toMatchObject({ code: "method_not_allowed" })
  })
})

describe("GET /admin/config", () => {
  test("tells which version runs", async () => {
    const { body, headers } = await admin(keyed, "config", adminKey)
    expect(body).toEqual({
      object: "configuration",
      running: {
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
        file: expect.stringMatching(/gateway\.yaml$/),
        loaded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
      },
      refused: null
    })
    expect(headers.get("cache-control")).toBe("no-store")
    expect(headers.get("x-request-id")).toBeTruthy()
  })
})

describe("GET /admin/targets", () => {
  test("tells figures, breakers with the time that they have left, and retry budgets, and nothing secret", async () => {
    const once = { model: "own/broken", messages, gateway: { retries: { attempts: 0 } } }
    for (let time = 0; time < 5; time++) await ask(local, once)
    for (let time = 0; time < 3; time++) await ask(local, { model: "own/any", messages })
    const { body } = await admin(local, "targets")
    expect(body["targets"]).toEqual([
      {
        target: "own/broken",
        attempts: 5,
        answered: 0,
        stopped: 0,
        failures: { Overloaded: 5 },
        p95_first_content_ms: null
      },
      { target: "own/any", attempts: 3, answered: 3, stopped: 0, failures: {}, p95_first_content_ms: null }
    ])
    expect(body["breakers"]).toMatchObject([
      { scope: "key-and-model", name: "own/broken", state: "open", reason: "Overloaded", open_for_seconds: 5 }
    ])
    const [breaker] = Array.isArray(body["breakers"]) ? body["breakers"] : []
    const { seconds_left, opens_to_probe_at } = objectOf(breaker)
    expect(seconds_left).toBeGreaterThan(0)
    expect(seconds_left).toBeLessThanOrEqual(5)
    expect(Math.abs(Date.parse(String(opens_to_probe_at)) - Date.now() - Number(seconds_left) * 1000)).toBeLessThan(
      2000
    )
    expect(body["retry_budgets"]).toEqual([{ provider: "own", left: 10 }])
    expect(JSON.stringify(body)).not.toContain("canary")
    expect(local.printed().match(/^breaker: own\/broken is not asked for 5 s \(Overloaded\)$/gm)).toHaveLength(1)
    expect(local.printed()).not.toContain("canary")
  })
})

describe("GET /admin/openapi.json", () => {
  test("describes the plane, and needs no key", async () => {
    const { status, body } = await admin(keyed, "openapi.json")
    expect(status).toBe(200)
    expect(Object.keys(objectOf(body["paths"])).sort()).toEqual([
      "/admin/config",
      "/admin/keys",
      "/admin/keys/{id}/disable",
      "/admin/keys/{id}/rotate",
      "/admin/targets",
      "/admin/usage"
    ])
    const schemes = objectOf(objectOf(body["components"])["securitySchemes"])
    expect(schemes["admin"]).toMatchObject({ type: "http", scheme: "Bearer" })
    expect((await admin(keyless, "openapi.json")).status).toBe(403)
  })
})
