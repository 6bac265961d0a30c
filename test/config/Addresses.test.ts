import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { type Ending, isLoopback, originProblem, readBaseUrl, readHost } from "../../src/config/Addresses.ts"

const said = <A>(read: Result.Result<A, string>) => (Result.isSuccess(read) ? read.success : { refused: read.failure })

describe("a provider's address", () => {
  const accepted: ReadonlyArray<readonly [string, Ending, string]> = [
    ["https://api.openai.com/v1", "/v1", "https://api.openai.com/v1"],
    ["https://api.openai.com/v1/", "/v1", "https://api.openai.com/v1"],
    ["http://127.0.0.1:8000/v1//", "/v1", "http://127.0.0.1:8000/v1"],
    ["http://[::1]:8000/v1", "/v1", "http://[::1]:8000/v1"],
    ["HTTPS://API.example.com/v1", "/v1", "https://api.example.com/v1"],
    [
      "https://model-abc.api.baseten.co/environments/production/sync/v1",
      "/v1",
      "https://model-abc.api.baseten.co/environments/production/sync/v1"
    ],
    ["https://api.anthropic.com", "without /v1", "https://api.anthropic.com"],
    ["https://proxy.example.com/anthropic/", "without /v1", "https://proxy.example.com/anthropic"],
    ["https://generativelanguage.googleapis.com", "without /v1beta", "https://generativelanguage.googleapis.com"],
    ["https://api.groq.com/openai/v1", "any", "https://api.groq.com/openai/v1"],
    ["https://api.deepseek.com", "any", "https://api.deepseek.com"],
    ["https://api.z.ai/api/paas/v4", "any", "https://api.z.ai/api/paas/v4"]
  ]
  test.each(accepted)("%s (%s) is taken as %p", (text, ending, address) => {
    expect(said(readBaseUrl(text, ending))).toBe(address)
  })

  const refused: ReadonlyArray<readonly [string, Ending, string]> = [
    ["https://api.openai.com", "/v1", 'must end in /v1; did you mean "https://api.openai.com/v1"?'],
    ["http://localhost:8000/", "/v1", 'must end in /v1; did you mean "http://localhost:8000/v1"?'],
    ["https://api.openai.com/v1/v1", "/v1", 'ends in /v1 twice; did you mean "https://api.openai.com/v1"?'],
    [
      "https://api.openai.com/v1/chat/completions",
      "/v1",
      'leave "/chat/completions" out; the gateway adds it; did you mean "https://api.openai.com/v1"?'
    ],
    [
      "http://localhost:8000/v1/models",
      "any",
      'leave "/models" out; the gateway adds it; did you mean "http://localhost:8000/v1"?'
    ],
    ["http://localhost:8000/v1/v1", "any", 'ends in /v1 twice; did you mean "http://localhost:8000/v1"?'],
    [
      "https://api.anthropic.com/v1",
      "without /v1",
      'must not end in /v1; the gateway adds it; did you mean "https://api.anthropic.com"?'
    ],
    [
      "https://api.anthropic.com/v1/messages",
      "without /v1",
      'leave "/messages" out; the gateway adds it; did you mean "https://api.anthropic.com"?'
    ],
    [
      "https://generativelanguage.googleapis.com/v1beta/openai",
      "without /v1beta",
      'must not end in /v1beta; the gateway adds it; did you mean "https://generativelanguage.googleapis.com"?'
    ],
    ["localhost:8000/v1", "/v1", "must be an address that starts with http:// or https://"],
    ["ftp://example.com/v1", "/v1", "must be an address that starts with http:// or https://"],
    ["https:example.com/v1", "/v1", "must be an address that starts with http:// or https://"],
    ["http://", "/v1", "must be an address that starts with http:// or https://"],
    [
      "https://user:secret@example.com/v1",
      "/v1",
      "must not hold a user name or password; the key is a setting of its own"
    ],
    ["https://example.com/v1?key=secret", "/v1", "must not hold a query (?) or a fragment (#)"],
    ["https://example.com/v1#", "/v1", "must not hold a query (?) or a fragment (#)"],
    ["https://example.com/v1\n", "/v1", "must be an address without spaces or backslashes"],
    ["https://exa mple.com/v1", "/v1", "must be an address without spaces or backslashes"],
    ["https:\\\\example.com/v1", "/v1", "must be an address without spaces or backslashes"]
  ]
  test.each(refused)("%p (%s) is refused: %s", (text, ending, message) => {
    expect(said(readBaseUrl(text, ending))).toEqual({ refused: message })
  })
})

describe("the address to listen on", () => {
  const accepted: ReadonlyArray<readonly [string, string]> = [
    ["127.0.0.1", "127.0.0.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["localhost", "localhost"],
    ["gateway.internal", "gateway.internal"],
    ["[::1]", "::1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["::", "::"]
  ]
  test.each(accepted)("%s is taken as %s", (text, host) => {
    expect(said(readHost(text))).toBe(host)
  })

  const refused: ReadonlyArray<readonly [string, string]> = [
    ["http://localhost", "must be an address such as 127.0.0.1, without http:// or a path"],
    ["127.0.0.1:8787", "must be an address without a port; the port is a setting of its own"],
    ["127.1", "must be an IP address or a host name"],
    ["256.0.0.1", "must be an IP address or a host name"],
    ["a b", "must be an IP address or a host name"],
    ["*", "must be an IP address or a host name"],
    ["-a", "must be an IP address or a host name"]
  ]
  test.each(refused)("%p is refused: %s", (text, message) => {
    expect(said(readHost(text))).toEqual({ refused: message })
  })

  test.each(["127.0.0.1", "127.255.0.9", "::1", "[::1]", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"])(
    "%s is this machine's own",
    (host) => {
      expect(isLoopback(host)).toBe(true)
    }
  )

  test.each([
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "128.0.0.1",
    "127.0.0.1.example.com",
    "127.example.com",
    "localhost.example.com",
    "::ffff:10.0.0.1",
    "127.0.0.256",
    "1127.0.0.1",
    ""
  ])("%p is not this machine's own", (host) => {
    expect(isLoopback(host)).toBe(false)
  })
})

describe("an origin", () => {
  test.each(["https://app.example.com", "http://localhost:3000"])("%s is taken", (origin) => {
    expect(originProblem(origin)).toBeUndefined()
  })

  const refused: ReadonlyArray<readonly [string, string]> = [
    ["https://app.example.com/", 'must be an origin as browsers send it; did you mean "https://app.example.com"?'],
    ["https://app.example.com:443", 'must be an origin as browsers send it; did you mean "https://app.example.com"?'],
    ["app.example.com", 'must be an origin as browsers send it, such as "https://app.example.com"'],
    ["https://user:secret@a.com", 'must be an origin as browsers send it, such as "https://app.example.com"'],
    ["null", 'must be an origin as browsers send it, such as "https://app.example.com"'],
    ["*", 'write `origins: "*"` for every origin, without a list']
  ]
  test.each(refused)("%p is refused: %s", (origin, message) => {
    expect(originProblem(origin)).toBe(message)
  })
})
