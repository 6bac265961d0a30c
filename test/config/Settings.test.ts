import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import { mistakeAt, refusalToCallItself, refusalToListen, refusalToServeNothing } from "../../src/config/Settings.ts"
import { settingsFrom } from "./Loading.ts"

const key = { name: "team", key: Redacted.make("a-gateway-key") }

describe("listening", () => {
  test.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("needs no key on %s", (host) => {
    expect(refusalToListen({ host, keys: [] })).toBeUndefined()
  })

  test.each(["0.0.0.0", "::", "192.168.1.2", "gateway.example.com"])("is refused on %s without a key", (host) => {
    expect(refusalToListen({ host, keys: [key] })).toBeUndefined()
    expect(refusalToListen({ host, keys: [] })).toBe(
      `The gateway does not listen on ${host} without keys of its own: whoever reaches that address could use your providers' keys. ` +
        "Either listen on this machine only (HOST=127.0.0.1), " +
        'or list the keys that callers must send in gateway.yaml (keys: ["${GATEWAY_KEY}"]) and start with --config gateway.yaml.'
    )
  })
})

test("keys that were created are keys, wherever the gateway listens", () => {
  expect(refusalToListen({ host: "0.0.0.0", keys: [] }, true)).toBeUndefined()
  expect(refusalToListen({ host: "0.0.0.0", keys: [] }, false)).toBeDefined()
  expect(refusalToListen({ host: "127.0.0.1", keys: [], cors: { origins: "*" } }, true)).toBeUndefined()
})

describe("a provider at the gateway's own address", () => {
  const cases: ReadonlyArray<readonly [string, string, boolean]> = [
    ["http://127.0.0.1:8787/v1", "127.0.0.1", true],
    ["http://localhost:8787/v1", "127.0.0.1", true],
    ["http://[::1]:8787/v1", "0.0.0.0", true],
    ["http://10.0.0.7:8787/v1", "10.0.0.7", true],
    ["http://10.0.0.8:8787/v1", "10.0.0.7", false],
    ["http://127.0.0.1:8788/v1", "127.0.0.1", false],
    ["https://api.openai.com/v1", "127.0.0.1", false]
  ]
  test.each(cases)("%s while listening on %s: %p", async (address, host, isRefused) => {
    const { providers } = await settingsFrom(undefined, { OPENAI_BASE_URL: address, OPENAI_API_KEY: "sk-test" })
    const refusal = refusalToCallItself({ host, port: 8787, providers })
    expect(refusal?.startsWith(`The address of openai (${address}) is the gateway's own`) ?? false).toBe(isRefused)
  })
})

describe("a mistake that the catalog finds", () => {
  test("has the line of the fact, or of what is around it", async () => {
    const settings = await settingsFrom("version: 1\nmodels:\n  openai/new:\n    context: many\n")
    expect(mistakeAt(settings, ["models", "openai/new", "context"], "must be a number")).toMatchObject({
      line: 4,
      column: 5,
      path: 'models["openai/new"].context',
      message: "must be a number"
    })
    expect(mistakeAt(settings, ["models", "openai/new", "price"], "is missing")).toMatchObject({ line: 3, column: 3 })
    expect(settings.placeOf(["elsewhere"])).toBeUndefined()
  })

  test("has no place without a file", async () => {
    const settings = await settingsFrom(undefined)
    expect(mistakeAt(settings, ["models"], "wrong")).toEqual({ path: "models", message: "wrong" })
  })
})

test("web pages of every origin are not answered without keys, and named ones are", () => {
  const refused = refusalToListen({ host: "127.0.0.1", keys: [], cors: { origins: "*" } })
  expect(refused).toContain("cors.origins")
  const named = { origins: ["https://app.example.com"] }
  expect(refusalToListen({ host: "127.0.0.1", keys: [], cors: named })).toBeUndefined()
  const key = { name: "a", key: Redacted.make("a-secret-key") }
  expect(refusalToListen({ host: "127.0.0.1", keys: [key], cors: { origins: "*" } })).toBeUndefined()
})

test("a gateway that would serve nothing says so", () => {
  expect(refusalToServeNothing({ providers: [], simulator: false })).toContain("nothing to serve")
  expect(refusalToServeNothing({ providers: [], simulator: true })).toBeUndefined()
})
