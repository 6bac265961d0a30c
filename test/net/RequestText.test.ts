import { describe, expect, test } from "bun:test"
import { headerLines, parseAddress, postLines } from "../../src/net/RequestText.ts"

const targetOf = (url: string) => {
  const address = parseAddress(url)
  if (address === undefined) return undefined
  const { target, host, path } = address
  return [target.key, target.hostname, target.port, target.tls, target.serverName, host, path]
}

describe("an address is taken apart", () => {
  for (const [url, expected] of [
    [
      "https://api.example.com/v1/x",
      ["https://api.example.com", "api.example.com", 443, true, "api.example.com", "api.example.com", "/v1/x"]
    ],
    [
      "https://api.example.com:443/v1",
      ["https://api.example.com", "api.example.com", 443, true, "api.example.com", "api.example.com", "/v1"]
    ],
    [
      "http://Example.com:8080/a?b=c#d",
      ["http://example.com:8080", "example.com", 8080, false, "example.com", "example.com:8080", "/a?b=c"]
    ],
    ["http://127.0.0.1:1/x", ["http://127.0.0.1:1", "127.0.0.1", 1, false, "", "127.0.0.1:1", "/x"]],
    ["https://[::1]:8443/x", ["https://[::1]:8443", "::1", 8443, true, "", "[::1]:8443", "/x"]],
    ["http://host", ["http://host", "host", 80, false, "host", "host", "/"]],
    [
      "http://bücher.example/é x",
      [
        "http://xn--bcher-kva.example",
        "xn--bcher-kva.example",
        80,
        false,
        "xn--bcher-kva.example",
        "xn--bcher-kva.example",
        "/%C3%A9%20x"
      ]
    ]
  ] as const) {
    test(url, () => expect(targetOf(url)).toEqual([...expected]))
  }

  for (const url of [
    "",
    "/v1",
    "ftp://host/x",
    "unix:/tmp/x",
    "http://",
    "http://host:0/",
    "http://host:99999/",
    "http://host/a\r\nx: y",
    "http://host/a\nb",
    "http://host/\0",
    "http://ho\tst/"
  ]) {
    test(`not ${JSON.stringify(url)}`, () => expect(parseAddress(url)).toBeUndefined())
  }
})

describe("headers become lines", () => {
  test("in their order, as they are", () => {
    expect(
      headerLines({ "content-type": "application/json", Authorization: "Bearer a b", "x-empty": "", "x-name": "Ünï" })
    ).toBe("content-type: application/json\r\nAuthorization: Bearer a b\r\nx-empty: \r\nx-name: Ünï\r\n")
  })

  test("without those that frame the body or belong to the connection", () => {
    const framing = [
      "Connection",
      "content-length",
      "Transfer-Encoding",
      "host",
      "expect",
      "upgrade",
      "te",
      "trailer",
      "keep-alive"
    ]
    expect(headerLines({ ...Object.fromEntries(framing.map((name) => [name, "1"])), a: "b" })).toBe("a: b\r\n")
  })

  for (const [name, value] of [
    ["a", "b\r\nc: d"],
    ["a", "b\nc"],
    ["a", "b\rc"],
    ["a", "b\0"],
    ["a", "b\x7f"],
    ["a", "b\x1b[0m"],
    ["a b", "c"],
    ["a:", "c"],
    ["a\r\nb", "c"],
    ["", "c"],
    ["é", "c"]
  ] as const) {
    test(`not ${JSON.stringify([name, value])}`, () =>
      expect(headerLines({ good: "1", [name]: value })).toBeUndefined())
  }
})

test("the first lines hold path, query and host", () => {
  const address = parseAddress("https://api.example.com:8443/v1/models/a:b?alt=sse")
  if (address === undefined) throw new Error("It is one.")
  expect(postLines(address)).toBe("POST /v1/models/a:b?alt=sse HTTP/1.1\r\nhost: api.example.com:8443\r\n")
})
