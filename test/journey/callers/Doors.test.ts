import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { listOf, objectOf } from "../../../src/domain/Fields.ts"
import { running } from "../../simulator/Running.ts"
import { ask, messages, read } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running } from "../stage/Processes.ts"
import { requestText, statusIn, wire } from "../stage/Wire.ts"

const bodyBytes = 20_000

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startConfigured({ limits: { bodyBytes } }, providersAt(provider.simulator.url))
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const whole = { model: "openai/words:count=2", messages }
const get = (path: string, init: RequestInit = {}) => fetch(gateway.url + path, init)

describe("a body that is too large", () => {
  const tooLarge = { ...whole, messages: [{ role: "user", content: "x".repeat(bodyBytes) }] }

  test("is a 413 with a body of ours, by its length", async () => {
    const { status, error } = await ask(gateway, tooLarge)
    expect(status).toBe(413)
    expect(error).toMatchObject({ code: "request_too_large", class: "TooLarge", type: "invalid_request_error" })
    expect(error?.["message"]).toContain(`larger than ${bodyBytes} bytes`)
  })

  test("is a 413 before it is sent, when its length says so", async () => {
    const { socket, got } = await wire(
      gateway,
      "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999999\r\n\r\n"
    )
    expect(await eventually(() => statusIn(got()))).toBe(413)
    socket.destroy()
  })

  test("is a 413 in chunks, as soon as there are too many", async () => {
    const chunk = "x".repeat(4096)
    const { socket, got } = await wire(
      gateway,
      "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    for (let at = 0; at < 8; at++) socket.write(`1000\r\n${chunk}\r\n`)
    // The body never ends; the answer does not wait for that.
    expect(await eventually(() => statusIn(got()))).toBe(413)
    expect(got()).toContain("request_too_large")
    socket.destroy()
  })

  test("of exactly the limit is taken", async () => {
    const empty = JSON.stringify({ ...whole, user: "" })
    const body = JSON.stringify({ ...whole, user: "x".repeat(bodyBytes - empty.length) })
    expect(body.length).toBe(bodyBytes)
    expect((await ask(gateway, body)).status).toBe(200)
    expect((await ask(gateway, `${body} `)).status).toBe(413)
  })

  for (const encoding of ["gzip", "br", "zstd", "deflate"]) {
    test(`is not even unpacked: ${encoding} is refused`, async () => {
      const { status, error } = await ask(gateway, "x", { "content-encoding": encoding })
      expect([status, error?.["class"]]).toEqual([400, "InvalidRequest"])
      expect(error?.["message"]).toContain("Compressed bodies are not taken")
    })
  }
})

describe("a wrong door", () => {
  for (const [method, path, allow] of [
    ["GET", "/v1/chat/completions", "POST"],
    ["HEAD", "/v1/chat/completions", "POST"],
    ["DELETE", "/v1/chat/completions", "POST"],
    ["OPTIONS", "/v1/chat/completions", "POST"],
    ["POST", "/v1/models", "GET"],
    ["PUT", "/v1/models/openai/gpt-5-nano", "GET"],
    ["TRACE", "/v1/models", "GET"],
    ["POST", "/healthz", "GET"],
    ["PATCH", "/openapi.json", "GET"]
  ] as const) {
    test(`${method} ${path} is a 405 that says which method is right`, async () => {
      const { socket, got } = await wire(gateway, `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
      expect(await eventually(() => statusIn(got()))).toBe(405)
      if (method !== "HEAD") await eventually(() => got().includes(`"code":"method_not_allowed"`) || undefined)
      socket.destroy()
      expect(got().toLowerCase()).toContain(`\r\nallow: ${allow.toLowerCase()}\r\n`)
    })
  }

  for (const path of ["/", "/v1", "/v1/completions", "/V1/models", "/nothing?key=secret-canary"]) {
    test(`${path} is a 404 in JSON`, async () => {
      const seen = await read(await get(path, { method: "POST", body: "{}" }))
      expect([seen.status, seen.error?.["code"]]).toEqual([404, "not_found"])
      expect(seen.error?.["message"]).toContain("GET /openapi.json lists the paths")
      expect(seen.text).not.toContain("secret-canary")
    })
  }

  for (const path of ["/chat/completions", "/v1/v1/chat/completions", "/v1/chat/completions/"]) {
    test(`${path} is a 404 that says what was meant`, async () => {
      const seen = await read(await get(path, { method: "POST", body: "{}" }))
      expect(seen.status).toBe(404)
      expect(seen.error?.["message"]).toContain("Did you mean /v1/chat/completions?")
    })
  }

  test("leaves the connection in order for the next request", async () => {
    const { socket, got } = await wire(
      gateway,
      "POST /nothing HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n0123456789GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
    )
    await eventually(() => (got().includes(`{"status":"ok"}`) ? true : undefined))
    expect(got().match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 404", "HTTP/1.1 200"])
    socket.destroy()
  })
})

describe("the doors that are not for answers", () => {
  for (const path of ["/v1/models", "/v1/errors", "/openapi.json", "/gateway.schema.json", "/healthz", "/readyz"]) {
    test(`GET and HEAD ${path}`, async () => {
      const [seen, head] = [await get(path), await get(path, { method: "HEAD" })]
      const text = await seen.text()
      expect([seen.status, head.status]).toEqual([200, 200])
      expect(typeof JSON.parse(text)).toBe("object")
      expect([head.headers.get("content-length"), await head.text()]).toEqual([String(Buffer.byteLength(text)), ""])
      expect(seen.headers.get("x-request-id")).not.toBeNull()
    })
  }

  test("GET /v1/models/{id} takes the id plain and encoded, and a query beside it", async () => {
    for (const id of ["openai/gpt-5-nano", "openai%2Fgpt-5-nano", "gpt-5-nano", "gpt-5-nano?verbose=1"]) {
      expect(await (await get(`/v1/models/${id}`)).json()).toMatchObject({ id: "openai/gpt-5-nano" })
    }
    for (const id of ["nothing", "%E0%A4%A", "%00", "..%2F..%2Fetc%2Fpasswd"]) {
      expect((await get(`/v1/models/${id}`)).status).toBe(404)
    }
  })

  test("GET /v1/errors has every class with its status, its code and what it means", async () => {
    const data = listOf(objectOf(await (await get("/v1/errors")).json())["data"]).map(objectOf)
    expect(data.length).toBeGreaterThan(20)
    for (const entry of data) {
      expect(entry).toEqual({
        class: expect.stringMatching(/^[A-Z]\w+$/),
        status: expect.any(Number),
        type: expect.stringMatching(/^[a-z_]+$/),
        code: expect.stringMatching(/^[a-z_]+$/),
        fault: expect.stringMatching(/^(?:caller|gateway|provider)$/),
        retry: expect.stringMatching(/^(?:same|next|none)$/),
        breaker: expect.any(String),
        meaning: expect.stringMatching(/\.$/)
      })
    }
  })

  test("an HTTP/1.0 request without a host finds its path", async () => {
    const { got } = await wire(gateway, "GET /healthz HTTP/1.0\r\n\r\n")
    expect(await eventually(() => statusIn(got()))).toBe(200)
  })
})

describe("a request that is not HTTP as it should be never reaches the provider", () => {
  const body = JSON.stringify({ ...whole, user: "smuggled" })
  const head = (...lines: ReadonlyArray<string>) =>
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n${lines.join("\r\n")}\r\n\r\n`
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

  for (const [name, text, status] of [
    ["two lengths", head(`content-length: ${body.length}`, "content-length: 3") + body, 400],
    ["a length and chunks", head("content-length: 4", "transfer-encoding: chunked") + chunked, 400],
    ["two transfer encodings", head("transfer-encoding: chunked", "transfer-encoding: identity") + chunked, 400],
    ["a compressed transfer", head("transfer-encoding: gzip, chunked") + chunked, 400],
    ["a length below zero", head("content-length: -1") + body, 400],
    ["a length that is no number", head("content-length: abc") + body, 400],
    ["a space before the colon", head(`content-length : ${body.length}`) + body, 400],
    ["a folded header", head("x-a: a\r\n b", `content-length: ${body.length}`) + body, 400],
    ["a NUL in a header", head("x-a: a\0b", `content-length: ${body.length}`) + body, 400],
    ["no host", `POST /v1/chat/completions HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`, 400],
    ["two hosts", head(`content-length: ${body.length}`, "host: evil.example") + body, 400],
    ["headers without end", head(`x-a: ${"a".repeat(200_000)}`), 431],
    ["a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400]
  ] as const) {
    test(name, async () => {
      const { socket, got } = await wire(gateway, text)
      expect(await eventually(() => statusIn(got()))).toBe(status)
      socket.destroy()
      expect(JSON.stringify(provider.simulator.log.entries)).not.toContain("smuggled")
    })
  }

  test("while the same body, as it should be, does", async () => {
    const { socket, got } = await wire(gateway, requestText(body))
    expect(await eventually(() => statusIn(got()))).toBe(200)
    socket.destroy()
    expect(JSON.stringify(provider.simulator.log.entries.at(-1)?.body)).toContain("smuggled")
  })
})
