import { describe, expect, test } from "bun:test"
import { eventually } from "../journey/stage/Eventually.ts"
import { Sent } from "./sending/Sent.ts"

describe("an answer", () => {
  test("that is streamed is handed on as it comes, and is whole at its end mark", () => {
    const sent = new Sent()
    expect(sent.request).toEqual({
      url: "http://acme.example/v1/chat",
      headers: { authorization: "Bearer the-secret-key" },
      body: "{}"
    })
    sent.provider.onConnected()
    sent.head()
    sent.say("one ")
    expect(sent.heard).toBe("one ")
    sent.say("two.")
    expect([sent.heard, sent.ending, sent.did.length]).toEqual(["one two.", "success", 0])
    sent.provider.onEnd()
    expect(sent.timers.count).toBe(0)
  })

  test("that ends with its body has its end told", () => {
    const sent = new Sent()
    sent.head()
    sent.say("one")
    sent.provider.onEnd()
    expect([sent.heard, sent.ending, sent.timers.count]).toEqual(["one$", "success", 0])
  })

  test("that is one piece is read when all of it is here", () => {
    const sent = new Sent({ stream: false })
    sent.head(200, { "content-type": "application/json" })
    sent.say("on")
    sent.say("e")
    expect(sent.heard).toBe("")
    sent.provider.onEnd()
    expect([sent.heard, sent.ending]).toEqual(["<one>$", "success"])
  })

  for (const [stream, type, streamed] of [
    [true, "text/event-stream", true],
    [true, "text/plain", true],
    [true, "application/json", false],
    [false, "application/json", false],
    [false, "text/event-stream; charset=utf-8", true],
    [false, "text/plain", false]
  ] as const) {
    test(`of type ${type} is ${streamed ? "a stream" : "whole"} when ${stream ? "a stream" : "a whole one"} was asked for`, () => {
      const sent = new Sent({ stream })
      sent.head(200, { "content-type": type })
      sent.say("x")
      expect(sent.heard).toBe(streamed ? "x" : "")
    })
  }

  test("whose times are told", () => {
    const sent = new Sent()
    sent.timers.move(10)
    sent.provider.onConnected()
    sent.timers.move(20)
    sent.head()
    expect(sent.progress).toMatchObject({ connectedAt: 1_010, headersAt: 1_030 })
  })

  test("is not told once it was ended from outside", () => {
    const sent = new Sent()
    sent.head()
    sent.stop()
    sent.say("more.")
    sent.provider.onEnd()
    expect([sent.heard, sent.ending, sent.did, sent.timers.count]).toEqual(["", undefined, ["close"], 0])
  })
})

describe("behind the end mark", () => {
  test("the end of the body is waited for, so that the connection can be used again", () => {
    const sent = new Sent()
    sent.head()
    sent.say("one.")
    sent.say("\n\n")
    sent.timers.move(249)
    expect([sent.heard, sent.did]).toEqual(["one.", []])
    sent.provider.onEnd()
    sent.timers.move(1_000)
    expect([sent.did, sent.timers.count]).toEqual([[], 0])
  })

  test("but not for long", () => {
    const sent = new Sent()
    sent.head()
    sent.say("one.")
    sent.timers.move(250)
    expect([sent.did, sent.ending, sent.timers.count]).toEqual([["close"], "success", 0])
  })

  test("a fault changes nothing", () => {
    const sent = new Sent()
    sent.head()
    sent.say("one.")
    sent.provider.onFault({ stage: "body", code: "ECONNRESET" })
    expect([sent.ending, sent.timers.count]).toEqual(["success", 0])
  })

  test("that never comes, what is whole without it is whole after a moment", () => {
    const sent = new Sent()
    sent.head()
    sent.say("one!")
    expect(sent.ending).toBeUndefined()
    sent.timers.move(250)
    expect([sent.heard, sent.ending, sent.did, sent.timers.count]).toEqual(["one!$", "success", ["close"], 0])
  })
})

describe("a caller without room", () => {
  test("holds the provider back until it has some", async () => {
    const wait = Promise.withResolvers<void>()
    const sent = new Sent()
    sent.room = wait.promise
    sent.head()
    sent.say("one")
    expect(sent.did).toEqual(["pause"])
    // Its silence is not the provider's.
    sent.timers.move(100_000)
    expect(sent.ending).toBeUndefined()
    wait.resolve()
    await eventually(() => sent.did.length === 2 || undefined)
    expect(sent.did).toEqual(["pause", "resume"])
    sent.timers.move(9_999)
    expect(sent.ending).toBeUndefined()
    sent.timers.move(10_001)
    expect(sent.ending).toBe("TimedOut idle")
  })

  for (const [name, happens, expected] of [
    ["its end", (sent: Sent) => sent.provider.onEnd(), "success"],
    ["its end mark", (sent: Sent) => sent.say("two."), "success"],
    ["a fault", (sent: Sent) => sent.provider.onFault({ stage: "body", code: "closed" }), "Cut"]
  ] as const) {
    test(`gets what came before ${name} is told`, async () => {
      const wait = Promise.withResolvers<void>()
      const sent = new Sent()
      sent.room = wait.promise
      sent.head()
      sent.say("one")
      sent.room = undefined
      happens(sent)
      expect(sent.ending).toBeUndefined()
      wait.resolve()
      await eventually(() => sent.ending)
      expect([sent.heard.startsWith("one"), sent.ending]).toEqual([true, expected])
    })
  }

  test("whose writing breaks is a fault of ours", async () => {
    const sent = new Sent()
    sent.room = Promise.reject(new Error("ours"))
    sent.head()
    sent.say("one")
    await eventually(() => sent.ending)
    expect([sent.ending, sent.did.at(-1), sent.timers.count]).toEqual(["died", "close", 0])
  })
})

describe("what an attempt has come to, for its bill", () => {
  const reached = (sent: Sent) => {
    const { connectedAt, status, reader } = sent.progress
    return [connectedAt !== undefined, status, reader?.reported?.usage.outputTokens]
  }

  test("is the status, and what was reported up to the last word of a stream", () => {
    const sent = new Sent()
    expect(reached(sent)).toEqual([false, undefined, undefined])
    sent.provider.onConnected()
    expect(reached(sent)).toEqual([true, undefined, undefined])
    sent.head()
    sent.say("abc")
    expect(reached(sent)).toEqual([true, 200, 3])
    sent.stop()
    expect(reached(sent)).toEqual([true, 200, 3])
  })

  test("is no report where the answer is whole or refused", () => {
    const whole = new Sent({ stream: false })
    whole.head(200, { "content-type": "application/json" })
    whole.say("abc")
    const refused = new Sent()
    refused.head(429)
    expect([reached(whole), reached(refused)]).toEqual([
      [false, 200, undefined],
      [false, 429, undefined]
    ])
  })

  test("is nothing where a connection from before was dead and no other could be made", () => {
    for (const [stage, isSent] of [
      ["connect", false],
      ["tls", false],
      ["head", true]
    ] as const) {
      const sent = new Sent()
      sent.provider.onConnected()
      sent.provider.onFault({ stage, code: "closed" })
      expect(reached(sent)).toEqual([isSent, undefined, undefined])
    }
  })
})
