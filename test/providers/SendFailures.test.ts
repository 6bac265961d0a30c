import { describe, expect, test } from "bun:test"
import { brotliCompressSync, gzipSync } from "node:zlib"
import type { HttpFault } from "../../src/net/Connection.ts"
import { eventually } from "../journey/stage/Eventually.ts"
import { limits, Sent } from "./sending/Sent.ts"

describe("a fault of the transport", () => {
  const started = (): void => {}
  const answering = (sent: Sent): void => sent.head()
  for (const [before, fault, expected, said] of [
    [started, { stage: "request", code: "ERR_INVALID_CHAR" }, "Internal", "cannot be sent (ERR_INVALID_CHAR)"],
    [started, { stage: "connect", code: "ECONNREFUSED" }, "Unreachable", "could not be reached (ECONNREFUSED)"],
    [
      started,
      { stage: "tls", code: "CERT_HAS_EXPIRED" },
      "Unreachable",
      "TLS connection to acme could be made (CERT_HAS_EXPIRED)"
    ],
    [started, { stage: "head", code: "closed" }, "Unreachable", "closed the connection before it answered."],
    [started, { stage: "head", code: "ECONNRESET" }, "Unreachable", "before it answered (ECONNRESET)"],
    [
      started,
      { stage: "head", code: "garbled", garbled: "its head is too long" },
      "Garbled",
      "not HTTP/1.1: its head is too long"
    ],
    [answering, { stage: "body", code: "closed" }, "Cut", "broke off before its end."],
    [
      answering,
      { stage: "body", code: "garbled", garbled: "its chunks are broken" },
      "Garbled",
      "its chunks are broken"
    ]
  ] as const satisfies ReadonlyArray<readonly [(sent: Sent) => void, HttpFault, string, string]>) {
    test(`${fault.stage}, ${fault.code}: ${expected}`, () => {
      const sent = new Sent()
      before(sent)
      sent.provider.onFault(fault)
      expect([sent.ending, sent.timers.count]).toEqual([expected, 0])
      expect(sent.failure.message).toContain(said)
    })
  }
})

describe("a limit that is passed ends it, and closes the connection", () => {
  const connects = (sent: Sent): void => sent.provider.onConnected()
  const answers = (sent: Sent): void => {
    sent.provider.onConnected()
    sent.head()
  }
  for (const [name, more, happens, ms, expected] of [
    ["connect", {}, () => {}, 3_000, "TimedOut connect"],
    ["headers", {}, connects, 30_000, "TimedOut headers"],
    ["silence", {}, answers, 20_000, "TimedOut idle"],
    ["first content", { contentMs: 5_000 }, answers, 5_000, "TimedOut first_content"],
    ["total", { totalMs: 5_000 }, answers, 5_000, "TimedOut total"],
    ["deadline", { untilGateMs: 2_000 }, () => {}, 2_000, "TimedOut deadline"]
  ] as const) {
    test(name, () => {
      const sent = new Sent({ limits: { ...limits, ...more } })
      happens(sent)
      sent.timers.move(ms - 1)
      expect(sent.ending).toBeUndefined()
      sent.timers.move(1)
      expect([sent.ending, sent.did, sent.timers.count]).toEqual([expected, ["close"], 0])
    })
  }

  test("idle counts from the last bytes, whatever they are", () => {
    const sent = new Sent()
    answers(sent)
    sent.progress.hasContent = true
    for (let at = 0; at < 5; at++) {
      sent.timers.move(9_000)
      sent.say(": ping\n\n")
    }
    sent.timers.move(9_999)
    expect(sent.ending).toBeUndefined()
    sent.timers.move(1)
    expect(sent.ending).toBe("TimedOut idle")
  })

  test("but bytes without end do not hold off the limit for all of it", () => {
    const sent = new Sent({ limits: { ...limits, totalMs: 25_000 } })
    answers(sent)
    for (let at = 0; at < 30; at++) {
      sent.timers.move(1_000)
      if (sent.ending === undefined) sent.say("x")
    }
    expect(sent.ending).toBe("TimedOut total")
  })

  test("a gate that has opened meets the deadline, content meets its threshold", () => {
    const sent = new Sent({ limits: { ...limits, contentMs: 1_000, untilGateMs: 2_000 } })
    answers(sent)
    sent.progress.hasContent = true
    sent.progress.isOpen = true
    sent.timers.move(9_000)
    expect(sent.ending).toBeUndefined()
  })
})

describe("a refusal", () => {
  const refuse = (sent: Sent, status: number, headers: Readonly<Record<string, string>> = {}): void =>
    sent.head(status, { "content-type": "application/json", ...headers })
  const words = `{"error":{"message":"No the-secret-key","type":"t","code":"c"}}`

  test("has the provider's words, without our key", () => {
    const sent = new Sent()
    refuse(sent, 429, { "retry-after": "7", "x-request-id": "req_1" })
    sent.say(words.slice(0, 10))
    sent.say(words.slice(10))
    sent.provider.onEnd()
    expect(sent.ending).toBe("RateLimited")
    expect(sent.failure).toMatchObject({
      retryAfterMs: 7_000,
      words: { provider: "acme", status: 429, message: "No <redacted>", requestId: "req_1" }
    })
    expect(sent.timers.count).toBe(0)
  })

  test("is told without them when they do not come in time", () => {
    const sent = new Sent()
    refuse(sent, 503)
    sent.timers.move(1_999)
    expect(sent.ending).toBeUndefined()
    sent.timers.move(1)
    expect([sent.ending, sent.did]).toEqual(["Overloaded", ["close"]])
  })

  test("does not wait for them beyond the deadline", () => {
    const sent = new Sent({ limits: { ...limits, untilGateMs: 500 } })
    refuse(sent, 503)
    sent.timers.move(500)
    expect([sent.ending, sent.timers.count]).toEqual(["Overloaded", 0])
  })

  test("is itself though its body breaks off", () => {
    const sent = new Sent()
    refuse(sent, 401)
    sent.say(words)
    sent.provider.onFault({ stage: "body", code: "closed" })
    expect(sent.ending).toBe("Unauthorized")
  })

  test("is itself though its body is packed in an unknown way", () => {
    const sent = new Sent()
    refuse(sent, 500, { "content-encoding": "compress" })
    expect([sent.ending, sent.did]).toEqual(["ServerFault", ["close"]])
  })

  test("without end is read no further than its words reach", () => {
    const sent = new Sent()
    refuse(sent, 400)
    sent.say("x".repeat(100_000))
    expect([sent.ending, sent.did]).toEqual(["InvalidRequest", ["close"]])
  })

  test("to another place is not followed", () => {
    const sent = new Sent()
    sent.head(302, { location: "http://elsewhere.example/" })
    expect([sent.ending, sent.did]).toEqual(["ServerFault", ["close"]])
    expect(sent.failure.message).toContain("redirect (status 302)")
    expect(sent.failure.message).not.toContain("elsewhere")
  })
})

describe("a body that is packed though that was not asked for", () => {
  for (const [coding, pack] of [
    ["gzip", gzipSync],
    ["br", brotliCompressSync]
  ] as const) {
    test(`is unpacked (${coding})`, async () => {
      const sent = new Sent()
      sent.head(200, { "content-encoding": coding })
      sent.provider.onBody(Buffer.from(pack("one two")))
      sent.provider.onEnd()
      await eventually(() => sent.ending)
      expect([sent.heard, sent.ending]).toEqual(["one two$", "success"])
    })
  }

  test("has a refusal's words unpacked too", async () => {
    const sent = new Sent()
    sent.head(429, { "content-encoding": "gzip" })
    sent.provider.onBody(gzipSync(`{"error":{"message":"Slow down"}}`))
    sent.provider.onEnd()
    await eventually(() => sent.ending)
    expect(sent.failure.words?.message).toBe("Slow down")
  })

  test("in an unknown way is garbled, and the way is named", () => {
    const sent = new Sent()
    sent.head(200, { "content-encoding": "compress" })
    expect([sent.ending, sent.did]).toEqual(["Garbled", ["close"]])
    expect(sent.failure.message).toContain("compress")
  })

  test("other than it says is garbled", async () => {
    const sent = new Sent()
    sent.head(200, { "content-encoding": "gzip" })
    sent.say("plain text")
    await eventually(() => sent.ending)
    expect([sent.ending, sent.did.at(-1)]).toEqual(["Garbled", "close"])
  })

  test("and is cut is cut", async () => {
    const sent = new Sent()
    sent.head(200, { "content-encoding": "gzip" })
    sent.provider.onBody(gzipSync("one two three").subarray(0, 20))
    sent.provider.onEnd()
    await eventually(() => sent.ending)
    expect(sent.ending).toBe("Cut")
  })

  test("and is a bomb is left once it is larger than any answer", async () => {
    const sent = new Sent({ stream: false })
    sent.head(200, { "content-type": "application/json", "content-encoding": "gzip" })
    sent.provider.onBody(gzipSync(Buffer.alloc(96 * 1024 * 1024, 32), { level: 1 }))
    await eventually(() => sent.ending)
    expect([sent.ending, sent.did.at(-1)]).toEqual(["Garbled", "close"])
  })
})

test("what our own code throws is told as that, and closes the connection", () => {
  const sent = new Sent()
  sent.head()
  sent.say("#")
  expect([sent.ending, sent.did, sent.timers.count]).toEqual(["died", ["close"], 0])
})
