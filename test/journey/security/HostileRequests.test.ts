import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { asObject, type Fields, parseJson } from "../../../src/domain/Fields.ts"
import { running } from "../../simulator/Running.ts"
import { parsePage } from "../../telemetry/metrics/PrometheusText.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { providersAt, type Running } from "../stage/Processes.ts"
import { requestText, statusIn, wire } from "../stage/Wire.ts"

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running
/** A server that a caller names and that nobody should ask. */
let elsewhere: Bun.Server<undefined>
let visits = 0

beforeAll(async () => {
  provider = await running()
  gateway = await startConfigured({ admin: { keys: ["admin-key-one"] } }, providersAt(provider.simulator.url))
  elsewhere = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      visits += 1
      return new Response("here")
    }
  })
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
  await elsewhere.stop(true)
})

const models = ["openai/words:count=1", "anthropic/words:count=1", "google/words:count=1"]
const user = (content: unknown) => ({ messages: [{ role: "user", content }] })

/**
 * Milliseconds within which even a busy machine answers what is only passed on; a pattern that goes back and forth
 * takes many times that.
 */
const soonMs = 5000

describe("an address that a caller names is asked by nobody here", () => {
  const places: Readonly<Record<string, (url: string) => Fields>> = {
    "an image": (url) => user([{ type: "image_url", image_url: { url } }]),
    "a file": (url) => user([{ type: "file", file: { file_data: url, filename: "a.pdf" } }]),
    "a base address": (url) => ({
      messages,
      base_url: url,
      api_base: url,
      baseURL: url,
      proxy: url,
      callback_url: url
    }),
    "a provider's address": (url) => ({ messages, provider: { base_url: url }, gateway: { base_url: url } }),
    "a fallback's address": (url) => ({ messages, fallbacks: [{ model: url, base_url: url }] }),
    "a tool's address": (url) => ({ messages, tools: [{ type: "mcp", server_url: url, server_label: "a" }] }),
    "a model": (url) => ({ messages, model: url }),
    "a provider's model": (url) => ({ messages, model: `openai/../../${url}` })
  }
  for (const [name, fields] of Object.entries(places)) {
    test(name, async () => {
      const url = elsewhere.url.href
      const headers = { "x-base-url": url, "x-portkey-custom-host": url, "x-forwarded-host": elsewhere.url.host }
      for (const model of models) {
        for (const path of ["/v1/chat/completions", "/v1/route/explain"]) {
          const body = JSON.stringify({ model, ...fields(url) })
          const answer = await fetch(gateway.url + path, { method: "POST", headers, body })
          expect(answer.status).toBeLessThan(500)
          await answer.text()
        }
      }
      expect(visits).toBe(0)
    })
  }
})

describe("a schema is passed on and never compiled or run", () => {
  const deep = (levels: number): Fields => (levels === 0 ? {} : { type: "object", properties: { a: deep(levels - 1) } })
  /** Each definition is twice the next one. */
  const laughs = (levels: number): Fields => ({
    $ref: "#/$defs/a0",
    $defs: Object.fromEntries(
      Array.from({ length: levels }, (_, at) => {
        const next = { $ref: `#/$defs/a${at + 1}` }
        return [`a${at}`, at === levels - 1 ? { type: "string" } : { type: "object", properties: { x: next, y: next } }]
      })
    )
  })
  const schemas: Readonly<Record<string, Fields>> = {
    "an asynchronous one": { $async: true, type: "object", properties: {} },
    "a pattern that goes back and forth": { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } },
    "four thousand branches": {
      type: "object",
      properties: { a: { anyOf: Array.from({ length: 4000 }, (_, at) => ({ const: at })) } }
    },
    "one that refers to itself": { type: "object", properties: { a: { $ref: "#" } } },
    "one that refers to elsewhere": { $ref: "http://127.0.0.1:9/schema.json" },
    "definitions in a ring": { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
    "one that grows when it is written out": laughs(40),
    "a hundred levels": deep(100),
    "names of all objects": {
      type: "object",
      properties: JSON.parse('{"__proto__": {"type": "string"}, "constructor": {"type": "string"}}')
    }
  }
  for (const [name, schema] of Object.entries(schemas)) {
    test(name, async () => {
      for (const model of models) {
        const tools = [{ type: "function", function: { name: "f", parameters: schema } }]
        const format = { type: "json_schema", json_schema: { name: "f", schema } }
        for (const fields of [{ tools }, { response_format: format }]) {
          const { status, milliseconds } = await ask(gateway, { model, ...user("a".repeat(40)), ...fields })
          expect(status).toBeLessThan(500)
          expect(milliseconds).toBeLessThan(soonMs)
        }
      }
    })
  }
})

describe("a long text costs no more than its length", () => {
  const length = 400_000
  const texts: Readonly<Record<string, string>> = {
    spaces: " ".repeat(length),
    "a data address without end": `data:${";a=b".repeat(length / 4)}`,
    "base64 with a wrong end": `data:image/png;base64,${"A".repeat(length)}!`,
    "an address of dots": `http://${"a.".repeat(length / 2)}`,
    "open brackets": "[".repeat(length),
    backslashes: "\\".repeat(length)
  }
  const call = (id: string, text: string) => ({
    role: "assistant",
    content: null,
    tool_calls: [{ id, type: "function", function: { name: "f", arguments: text } }]
  })
  const places: Readonly<Record<string, (text: string) => Fields>> = {
    "a message": user,
    "an image": (url) => user([{ type: "image_url", image_url: { url } }]),
    "a call's arguments and result": (text) => ({
      messages: [...messages, call("call-1", text), { role: "tool", tool_call_id: "call-1", content: text }]
    }),
    "a call's id": (id) => ({
      messages: [...messages, call(id, "{}"), { role: "tool", tool_call_id: id, content: "x" }]
    }),
    "a model's name": (text) => ({ messages, model: `openai/${text}` })
  }
  for (const [place, fields] of Object.entries(places)) {
    test(`as ${place}`, async () => {
      for (const [name, text] of Object.entries(texts)) {
        for (const model of models) {
          const { status, milliseconds } = await ask(gateway, { model, ...fields(text) })
          expect([name, status < 500, milliseconds < soonMs]).toEqual([name, true, true])
        }
      }
    })
  }
})

test("what callers name themselves stays one line of JSON each, and no label of the figures", async () => {
  const before = gateway.printed().length
  const hostile = [
    'a"}\n{"level":"fatal"}',
    "\u001b[2J\u001b]0;x\u0007",
    "\u2028\u2029\u0085\u202e",
    "%s%n${x}",
    "\ud800"
  ]
  for (const text of hostile) await ask(gateway, { model: `${text}`, messages, user: text, metadata: { a: text } })
  for (const id of ["a\u007fb", "{{7*7}}", '","status":200,"x":"']) {
    const { socket, got } = await wire(
      gateway,
      requestText({ model: "nowhere", messages }, [`x-client-request-id: ${id}`])
    )
    await eventually(() => statusIn(got()))
    socket.destroy()
  }
  const names = Array.from({ length: 300 }, (_, at) => `openai/words:count=1:name=${at}`)
  await Promise.all(names.map((model) => ask(gateway, { model, messages })))
  await Promise.all(names.map((name) => fetch(`${gateway.url}/${name}`, { method: "DELETE" })))
  const asked = hostile.length + 3 + names.length * 2
  const lines = await eventually(() => {
    const all = gateway.printed().slice(before).trim().split("\n")
    return all.length >= asked ? all : undefined
  })
  for (const line of lines.filter((line) => !line.startsWith("breaker: "))) {
    expect(asObject(parseJson(line))).toMatchObject({ time: expect.any(String), status: expect.any(Number) })
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/)
  }
  const answer = await fetch(`${gateway.url}/metrics`, { headers: { authorization: "Bearer admin-key-one" } })
  const page = await answer.text()
  parsePage(page)
  expect(page.split("\n").length).toBeLessThan(2000)
  for (const word of ["name=7", "level", "status=200", "{{7*7}}"]) expect(page).not.toContain(word)
})

test("the gateway is as it was", async () => {
  expect((await ask(gateway, { model: models[0], messages })).status).toBe(200)
})
