import { describe, expect, test } from "bun:test"
import { parseJson } from "../../src/domain/Fields.ts"
import { notJson, readText, takeText } from "../../src/server/Body.ts"
import { MovedTimers } from "../net/MovedTimers.ts"

const most = 64
const withinMs = 60_000

/** A request with a length (a text) or without one (a stream of pieces). */
const request = (body: string | ReadonlyArray<string>, headers: Readonly<Record<string, string>> = {}): Request => {
  const stream =
    typeof body === "string"
      ? new TextEncoder().encode(body)
      : new ReadableStream<Uint8Array>({
          start: (controller) => {
            for (const piece of body) controller.enqueue(new TextEncoder().encode(piece))
            controller.close()
          }
        })
  const length: Record<string, string> =
    typeof body === "string" ? { "content-length": String(Buffer.byteLength(body)) } : {}
  return new Request("http://localhost/", { method: "POST", body: stream, headers: { ...length, ...headers } })
}

const outcome = async (asked: Request): Promise<unknown> => {
  const timers = new MovedTimers()
  const read = await readText(asked, { maxBytes: most, withinMs, timers })
  expect(timers.count).toBe(0)
  if (typeof read !== "string") return read._tag
  const value = parseJson(read)
  return value === undefined ? notJson()._tag : value
}

describe("a body", () => {
  for (const [name, asked, expected] of [
    ["is JSON", () => request(`{"a":1}`), { a: 1 }],
    ["comes in pieces that end inside a character", () => request([`{"a":"`, "é", `"}`]), { a: "é" }],
    ["begins with a byte order mark", () => request(`\ufeff{"a":1}`), { a: 1 }],
    ["is as long as it may be", () => request(`"${"x".repeat(most - 2)}"`), "x".repeat(most - 2)],
    ["is a byte too long", () => request(`"${"x".repeat(most - 1)}"`), "TooLarge"],
    ["is too long in pieces", () => request([`"`, "x".repeat(most), `"`]), "TooLarge"],
    ["counts bytes, not characters", () => request([`"${"é".repeat(most / 2)}"`]), "TooLarge"],
    ["is no JSON", () => request("{"), "InvalidRequest"],
    ["is empty", () => request(""), "InvalidRequest"],
    ["is absent", () => new Request("http://localhost/", { method: "POST" }), "InvalidRequest"],
    ["is null", () => request("null"), null],
    ["is compressed", () => request("{}", { "content-encoding": "gzip" }), "InvalidRequest"],
    ["says that it is not compressed", () => request("{}", { "content-encoding": "identity" }), {}]
  ] as const) {
    test(name, async () => {
      expect(await outcome(asked())).toEqual(expected)
    })
  }

  test("without end is left as soon as it is too long", async () => {
    let pulled = 0
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1
        controller.enqueue(new Uint8Array(16))
      },
      cancel: () => {
        cancelled = true
      }
    })
    expect(await outcome(new Request("http://localhost/", { method: "POST", body: endless }))).toBe("TooLarge")
    expect(pulled).toBeLessThan(20)
    expect(cancelled).toBe(true)
  })

  for (const announced of [true, false]) {
    test(`that does not come is waited for so long and no longer (${announced ? "announced" : "in chunks"})`, async () => {
      const timers = new MovedTimers()
      const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(3)) })
      const headers: Record<string, string> = announced ? { "content-length": "10" } : {}
      const asked = new Request("http://localhost/", { method: "POST", body, headers })
      const reading = readText(asked, { maxBytes: most, withinMs, timers })
      timers.move(withinMs - 1)
      expect(timers.count).toBe(1)
      timers.move(1)
      expect(await reading).toMatchObject({
        _tag: "TooSlow",
        message: "The body did not arrive within 60 seconds (timeouts.body in gateway.yaml)."
      })
    })
  }

  test("tells of its taker's mistake, whenever that is made", async () => {
    const broken = () => {
      throw new Error("a mistake of ours")
    }
    const headers = { "content-length": "10" }
    const never = () => new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(3)) })
    const bodies = [
      [
        "refused",
        new Request("http://localhost/", { method: "POST", body: "{}", headers: { "content-encoding": "br" } })
      ],
      ["read", new Request("http://localhost/", { method: "POST", body: "{}" })],
      ["too slow", new Request("http://localhost/", { method: "POST", body: never(), headers })]
    ] as const
    for (const [when, asked] of bodies) {
      const timers = new MovedTimers()
      const failed = Promise.withResolvers<unknown>()
      takeText(asked, { maxBytes: most, withinMs, timers }, broken, failed.resolve)
      if (when === "too slow") timers.move(withinMs)
      expect([when, await failed.promise]).toEqual([when, new Error("a mistake of ours")])
    }
  })

  test("whose sender leaves is told as that", async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("left")) })
    const timers = new MovedTimers()
    const asked = new Request("http://localhost/", { method: "POST", body })
    expect(Promise.resolve(readText(asked, { maxBytes: most, withinMs, timers }))).rejects.toThrow("left")
    await Bun.sleep(0)
    expect(timers.count).toBe(0)
  })
})
