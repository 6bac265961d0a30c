import { describe, expect, test } from "bun:test"
import { proxiesOf } from "../../../src/net/proxy/Proxies.ts"
import { parseAddress } from "../../../src/net/RequestText.ts"

/** `host:port` of the proxy to this address, with what it wants to know us by. */
const proxyTo = (url: string, environment: Readonly<Record<string, string>>): string | undefined => {
  const address = parseAddress(url)
  if (address === undefined) throw new Error(`${url} is no address.`)
  const proxy = proxiesOf(environment)(address.target)
  if (proxy === undefined || typeof proxy === "string") return proxy
  return [`${proxy.hostname}:${proxy.port}`, ...(proxy.authorization === undefined ? [] : [proxy.authorization])].join(
    " "
  )
}

const both = { HTTP_PROXY: "http://plain.example:3128", HTTPS_PROXY: "http://secure.example:3129" }

describe("the proxy to a server", () => {
  for (const [url, environment, expected] of [
    ["https://api.example.com/", {}, undefined],
    ["https://api.example.com/", both, "secure.example:3129"],
    ["http://api.example.com/", both, "plain.example:3128"],
    ["https://api.example.com/", { HTTP_PROXY: "http://plain.example:3128" }, undefined],
    ["https://api.example.com/", { https_proxy: "http://small.example" }, "small.example:80"],
    ["https://api.example.com/", { HTTPS_PROXY: "http://a.example", https_proxy: "http://b.example" }, "b.example:80"],
    ["https://api.example.com/", { HTTPS_PROXY: "" }, undefined],
    ["https://api.example.com/", { ALL_PROXY: "http://all.example:1" }, "all.example:1"],
    ["https://api.example.com/", { ...both, ALL_PROXY: "http://all.example:1" }, "secure.example:3129"],
    ["https://api.example.com/", { HTTPS_PROXY: "bare.example:3128" }, "bare.example:3128"],
    ["https://api.example.com/", { HTTPS_PROXY: "http://[::1]:3128" }, "::1:3128"],
    [
      "https://api.example.com/",
      { HTTPS_PROXY: "http://us%40er:p%3Aw@p.example:1" },
      `p.example:1 Basic ${btoa("us@er:p:w")}`
    ],
    ["https://api.example.com/", { HTTPS_PROXY: "https://p.example" }, "unusable"],
    ["https://api.example.com/", { HTTPS_PROXY: "socks5://p.example:1080" }, "unusable"],
    ["https://api.example.com/", { HTTPS_PROXY: "http://" }, "unusable"],
    // This machine's own.
    ["http://localhost:8000/", both, undefined],
    ["http://vllm.localhost:8000/", both, undefined],
    ["http://127.0.0.1:8000/", both, undefined],
    ["http://127.8.9.10:8000/", both, undefined],
    ["http://[::1]:8000/", both, undefined],
    ["http://10.0.0.1:8000/", both, "plain.example:3128"]
  ] as const) {
    test(`${url} with ${JSON.stringify(environment)}`, () => expect(proxyTo(url, environment)).toBe(expected))
  }
})

describe("NO_PROXY", () => {
  for (const [entries, url, isDirect] of [
    ["*", "https://api.example.com/", true],
    ["api.example.com", "https://api.example.com/", true],
    ["example.com", "https://api.example.com/", true],
    [".example.com", "https://api.example.com/", true],
    ["*.example.com", "https://api.example.com/", true],
    ["other.example, API.Example.Com ,", "https://api.example.com/", true],
    ["ample.com", "https://api.example.com/", false],
    ["api.example.com:443", "https://api.example.com/", true],
    ["api.example.com:8443", "https://api.example.com/", false],
    ["10.0.0.1", "http://10.0.0.1:8000/", true],
    ["0.0.1", "http://10.0.0.1:8000/", false],
    ["fd00::1", "http://[fd00::1]:8000/", true],
    ["", "https://api.example.com/", false],
    [" , ", "https://api.example.com/", false]
  ] as const) {
    test(`${JSON.stringify(entries)} ${isDirect ? "means" : "does not mean"} ${url}`, () => {
      expect(proxyTo(url, { ...both, NO_PROXY: entries }) === undefined).toBe(isDirect)
    })
  }
})
