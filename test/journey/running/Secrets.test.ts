import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { ask, messages } from "../stage/Asking.ts"
import { configurationFile, startConfigured } from "../stage/Configured.ts"
import type { Running } from "../stage/Processes.ts"

/** Keys as no pattern would know them for keys, one for each place where a credential can stand. */
const canary = {
  key: "Zq7-canary_of.the=provider",
  anthropicKey: "canary+anthropic/0123",
  geminiKey: "canary~gemini~key",
  header: "canary-in-a-header-of-its-own",
  organization: "org-canary-456",
  project: "proj_canary_789",
  fromFile: "canary-from-a-file",
  gateway: "canary-gateway-key-1"
}

/** Everything that a provider was sent in its headers, as an error would echo it. */
const echoOf = (headers: Headers): string => {
  const sent = [...headers].filter(([name]) => name !== "host").map(([name, value]) => `${name}: ${value}`)
  return `${sent.join("; ")}; Incorrect API key provided: ${headers.get("authorization")}`
}

/** The ways in which a provider can tell an error, by the model that is asked for. */
const tellings: Readonly<Record<string, (echo: string) => Response>> = {
  "json-401": (echo) =>
    Response.json({ error: { message: echo, type: echo, code: echo, param: echo } }, { status: 401 }),
  "json-400": (echo) =>
    Response.json({ error: { message: echo, type: echo, code: echo, param: echo } }, { status: 400 }),
  "google-403": (echo) =>
    Response.json({ error: { code: 403, message: echo, status: echo, details: [{ reason: echo }] } }, { status: 403 }),
  "google-list": (echo) =>
    Response.json([{ error: { code: 500, message: echo, status: "INTERNAL" } }], { status: 500 }),
  "anthropic-401": (echo) =>
    Response.json({ type: "error", error: { type: echo, message: echo }, request_id: echo }, { status: 401 }),
  "flat-500": (echo) => Response.json({ message: echo, error: echo, detail: echo, code: echo }, { status: 500 }),
  "text-503": (echo) => new Response(echo, { status: 503, headers: { "content-type": "text/plain" } }),
  "page-502": (echo) =>
    new Response(`<html><head><title>${echo}</title></head><body>${echo}</body></html>`, {
      status: 502,
      headers: { "content-type": "text/html" }
    }),
  "long-429": (echo) =>
    Response.json(
      { error: { message: `${"x".repeat(1900)} ${echo} ${echo}` } },
      { status: 429, headers: { "retry-after": echo } }
    ),
  "request-id-500": (echo) => {
    const id = echo.replaceAll(/[^ -~]/g, "")
    return Response.json(
      { error: { message: "no" } },
      { status: 500, headers: { "x-request-id": id, "request-id": id } }
    )
  },
  "redirect-302": (echo) =>
    new Response(echo, { status: 302, headers: { location: "http://127.0.0.1:1/?key=canary" } }),
  "in-200": (echo) => Response.json({ error: { message: echo, type: echo, code: echo, status: echo }, type: "error" }),
  "in-stream": (echo) => {
    const error = { message: echo, type: echo, code: echo, status: echo }
    const text = `event: error\ndata: ${JSON.stringify({ type: "error", error, message: echo, code: echo })}\n\n`
    return new Response(text, { headers: { "content-type": "text/event-stream" } })
  },
  garbled: (echo) => new Response(`{"choices": ${echo}`, { headers: { "content-type": "application/json" } })
}

let upstream: Bun.Server<undefined>
let gateway: Running
const asked: Array<string> = []

const languages = ["own-openai", "own-anthropic", "own-gemini"] as const

beforeAll(async () => {
  upstream = Bun.serve({
    port: 0,
    fetch: async (request) => {
      const text = decodeURIComponent(request.url) + (await request.text())
      const echo = echoOf(request.headers)
      asked.push(echo)
      const telling = Object.entries(tellings).find(([name]) => text.includes(name))?.[1]
      return telling === undefined ? new Response("?", { status: 500 }) : telling(echo)
    }
  })
  const at = `http://127.0.0.1:${upstream.port}`
  const secret = configurationFile(canary.fromFile)
  try {
    gateway = await startConfigured(
      {
        keys: [canary.gateway],
        // As usual, but that nobody waits.
        defaults: { retries: { attempts: 1, backoff: "1 milli" } },
        providers: {
          openai: { baseUrl: `${at}/v1`, organization: canary.organization, project: canary.project },
          "own-openai": { baseUrl: `${at}/v1`, key: "${OWN_KEY}", headers: { "X-Tenant": canary.header } },
          "own-anthropic": { baseUrl: at, key: canary.anthropicKey, speaks: "anthropic" },
          "own-gemini": { baseUrl: at, key: canary.geminiKey, speaks: "gemini" },
          "own-file": { baseUrl: `${at}/v1`, key: `\${file:${secret.file}}` }
        }
      },
      { OWN_KEY: canary.key, OPENAI_API_KEY: "sk-canary-0123456789abcdef" }
    )
  } finally {
    secret.remove()
  }
})

afterAll(async () => {
  await gateway.stop()
  await upstream.stop(true)
})

/** What would be a leak, whole or in large part. */
const secrets = [...Object.values(canary), "sk-canary-0123456789abcdef"]
const leaksIn = (text: string): ReadonlyArray<string> =>
  secrets.filter(
    (secret) => text.includes(secret) || text.includes(secret.slice(0, 12)) || text.includes(secret.slice(-12))
  )

const everything = (seen: { readonly text: string; readonly headers: Headers }): string =>
  seen.text + JSON.stringify([...seen.headers])

describe("a provider that echoes its key is not repeated", () => {
  for (const telling of Object.keys(tellings)) {
    for (const language of [...languages, "openai", "own-file"]) {
      test(`${telling}, ${language}`, async () => {
        asked.length = 0
        for (const stream of [false, true]) {
          const body: Fields = { model: `${language}/${telling}`, stream, messages }
          const seen = await ask(gateway, body, { authorization: `Bearer ${canary.gateway}` })
          expect(seen.error).toBeDefined()
          expect(seen.done).toBe(false)
          expect(leaksIn(everything(seen))).toEqual([])
          // Nor is the address that it was asked at.
          expect(seen.text).not.toContain(`:${upstream.port}`)
        }
        // The provider was really sent what must not be told.
        expect(leaksIn(asked.join("\n")).length).toBeGreaterThan(0)
      })
    }
  }

  test("what it says besides is kept", async () => {
    const { error } = await ask(gateway, { model: "own-openai/json-401", messages }, { authorization: canary.gateway })
    expect(error).toMatchObject({ class: "Unauthorized", code: "provider_auth", type: "server_error" })
    expect(error?.["provider"]).toMatchObject({ name: "own-openai", status: 401 })
    expect(error?.["message"]).toContain("<redacted>")
    expect(error?.["message"]).toContain("content-type: application/json")
  })
})

describe("nothing secret is printed", () => {
  test("by a gateway that has met all of this", async () => {
    await ask(gateway, { model: "own-openai/json-401", messages }, { authorization: "canary-gateway-key-2" })
    await ask(gateway, `{"messages": "${canary.gateway}`, { authorization: canary.gateway })
    expect(gateway.printed()).toContain("listens on")
    expect(leaksIn(gateway.printed())).toEqual([])
  })

  for (const [name, configuration, environment] of [
    ["a setting that is unknown", { providers: { openai: { kye: canary.key } } }, {}],
    ["a key with a space in it", { providers: { openai: { key: `${canary.key} x` } } }, {}],
    ["a key with a line break in it", {}, { OPENAI_API_KEY: `${canary.key}\n` }],
    ["a gateway key that is there twice", { keys: [canary.gateway, canary.gateway] }, {}],
    ["a key inside an address", { providers: { own: { baseUrl: `http://user:${canary.key}@127.0.0.1/v1` } } }, {}],
    ["a key in an address's query", {}, { OPENAI_API_KEY: "x", OPENAI_BASE_URL: `http://a/v1?key=${canary.key}` }]
  ] as const) {
    test(`by a gateway that refuses ${name}`, async () => {
      const refusal = await startConfigured(configuration, environment).then(
        () => "it started",
        (error: unknown) => String(error)
      )
      expect(refusal).toContain("ended with 1")
      expect(leaksIn(refusal)).toEqual([])
    })
  }
})
