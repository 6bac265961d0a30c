import { describe, expect, test } from "bun:test"
import { corsHeaders, forbidden, type OriginRules, preflight } from "../../src/server/Origins.ts"

const page = "https://app.example.com"
const local: OriginRules = { localOnly: true }
const keyed: OriginRules = { localOnly: false }

const allowed = (host: string | undefined, rules: OriginRules, origin?: string): boolean => {
  const headers = new Headers()
  if (host !== undefined) headers.set("host", host)
  if (origin !== undefined) headers.set("origin", origin)
  return forbidden(headers, rules) === undefined
}

describe("a gateway without keys goes by the name it is asked by", () => {
  for (const host of [
    "localhost",
    "LOCALHOST:8787",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.255.0.9",
    "[::1]",
    "[::1]:8787"
  ]) {
    test(`${host} is this machine`, () => {
      expect(allowed(host, local)).toBe(true)
    })
  }
  for (const host of [
    "",
    "example.com",
    "localhost.example.com",
    "notlocalhost",
    "127.0.0.1.example.com",
    "127.0.0",
    "127.0.0.1@example.com",
    "0.0.0.0",
    "[::]",
    "2130706433",
    "0x7f.1",
    "localhost:80:80",
    "localhost/x",
    "localhost\nexample.com".replace("\n", " ")
  ]) {
    test(`${JSON.stringify(host)} is not`, () => {
      expect(allowed(host, local)).toBe(false)
      expect(allowed(host, keyed)).toBe(true)
    })
  }
})

describe("pages", () => {
  test("are refused by a gateway without keys, unless they are named", () => {
    expect(allowed("localhost", local, page)).toBe(false)
    expect(allowed("localhost", local, "http://localhost:3000")).toBe(false)
    expect(allowed("localhost", local, "null")).toBe(false)
    expect(allowed("localhost", { localOnly: true, origins: [page] }, page)).toBe(true)
    expect(allowed("localhost", { localOnly: true, origins: "*" }, page)).toBe(true)
    expect(allowed("example.com", { localOnly: true, origins: "*" }, page)).toBe(false)
  })

  test("are not the business of a gateway with keys, which the page would have to know", () => {
    expect(allowed("example.com", keyed, page)).toBe(true)
  })

  for (const [name, rules, origin, expected] of [
    ["none is named", keyed, page, undefined],
    ["it is named", { localOnly: false, origins: [page] }, page, page],
    ["another is named", { localOnly: false, origins: [page] }, "https://app.example.com.evil", undefined],
    ["all are", { localOnly: false, origins: "*" }, page, "*"],
    ["it is no page", { localOnly: false, origins: "*" }, undefined, undefined]
  ] as const) {
    test(`may read when ${name}: ${expected ?? "no"}`, () => {
      const headers = new Headers(origin === undefined ? {} : { origin })
      expect(corsHeaders(headers, rules)?.["access-control-allow-origin"]).toBe(expected)
      expect(preflight(headers, rules)?.status).toBe(expected === undefined ? undefined : 204)
      expect(corsHeaders(headers, rules)?.["access-control-allow-credentials"]).toBeUndefined()
    })
  }
})

test("more than one name is none, whatever keys there are", () => {
  for (const rules of [local, keyed]) {
    expect(allowed("localhost, example.com", rules)).toBe(false)
    expect(allowed("localhost, localhost", rules)).toBe(false)
  }
  expect(allowed("example.com", keyed)).toBe(true)
})
