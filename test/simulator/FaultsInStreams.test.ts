import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { parseJson } from "../../src/domain/Fields.ts"
import type { Simulator } from "../../src/simulator/Simulator.ts"
import { type Asking, eventsOf, isWhole, languages, raw, running, type Seen, unchunked } from "./Running.ts"

let simulator: Simulator
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ simulator, stop } = await running())
})
afterAll(() => stop())

/** Those that end by themselves may take their time on a busy machine. */
const patience = (model: string): number => (/:(?:hang|silent-after=\d+|open-end)$/.test(model) ? 500 : 3000)

const ask = (asking: Asking, model: string, stream: boolean, quietMs = patience(model)): Promise<Seen> =>
  raw(simulator, asking.path(model, stream), asking.body(model, stream), quietMs)

/** How many words of a twelve word answer came. */
const wordsIn = (seen: Seen): number =>
  ["The", " quick", " brown", " fox", " naïvely", " jumps", " over", " a", " lazy", " dog,"].filter((word) =>
    eventsOf(seen).some((data) => data.includes(`"${word}"`))
  ).length

const hasFinish = (seen: Seen): boolean =>
  /"finish_reason":"|"stop_reason":"|"finishReason":"|response\.completed/.test(seen.body)

describe.each(languages)("in $language, streamed", (asking) => {
  test("a healthy stream is whole and ends with its finish", async () => {
    const seen = await ask(asking, "words:count=10", true)
    expect(seen).toMatchObject({ status: 200, left: "end" })
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([10, true, true])
    expect(seen.headers).toContain("content-type: text/event-stream")
  })

  test.each([
    ["reset", { status: 0, body: "", left: "reset" }],
    ["hang", { status: 0, body: "", left: "quiet" }]
  ])("%s", async (fault, expected) => {
    expect(await ask(asking, `words:${fault}`, true)).toMatchObject(expected)
  })

  test.each([
    ["cut=4", "end"],
    ["cut=4:pace=2ms", "end"],
    ["rst=4:pace=2ms", "reset"],
    ["silent-after=4", "quiet"]
  ] as const)("%s: four words, then %s, and no end", async (fault, left) => {
    const seen = await ask(asking, `words:count=10:${fault}`, true)
    expect(seen.left).toBe(left)
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([4, false, false])
  })

  test("open-end says everything, and leaves the connection open", async () => {
    const seen = await ask(asking, "words:count=10:open-end", true)
    expect([seen.left, wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual(["quiet", 10, false, true])
    expect(simulator.log.entries.at(-1)).toMatchObject({ outcome: "answered", piecesSent: 10 })
  })

  test("first=… sends the headers and the signs of life at once and the first content later", async () => {
    const seen = await ask(asking, "words:count=10:first=60ms", true)
    const at = performance.timeOrigin + performance.now()
    const entry = simulator.log.entries.at(-1)
    expect([wordsIn(seen), isWhole(seen)]).toEqual([10, true])
    expect((entry?.firstContentAt ?? 0) - (entry?.at ?? at)).toBeGreaterThanOrEqual(59)
    const early = await ask(asking, "words:count=10:first=60s", true, 500)
    expect(early).toMatchObject({ status: 200, left: "quiet" })
    expect(wordsIn(early)).toBe(0)
  })

  test("headers=… sends nothing until then", async () => {
    expect(await ask(asking, "words:headers=60s", true, 50)).toMatchObject({ status: 0, left: "quiet" })
  })

  test("garbled=N breaks that event and no other", async () => {
    const seen = await ask(asking, "words:count=10:garbled=5", true)
    const broken = eventsOf(seen).map((data) => data !== "[DONE]" && parseJson(data) === undefined)
    expect(broken.filter(Boolean)).toHaveLength(1)
    expect(broken[4]).toBe(true)
    expect(isWhole(seen)).toBe(true)
  })

  test.each([0, 3])("error-event=%d tells the provider's error inside a 200", async (at) => {
    const seen = await ask(asking, `words:count=10:error-event=${at}:code=rate_limit_exceeded`, true)
    expect(seen.status).toBe(200)
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([at, true, false])
    expect(eventsOf(seen).filter((data) => data.includes('"error":{'))).not.toBeEmpty()
  })

  test("role-only gives signs of life, a pause and the error", async () => {
    const seen = await ask(asking, "words:role-only=20ms", true)
    expect(wordsIn(seen)).toBe(0)
    expect(unchunked(seen)).toMatch(/^(: keep-alive|event: ping|:\r)/m)
    expect(eventsOf(seen).at(-1)).toContain("error")
  })

  test("no-finish ends the transport without an end of the answer", async () => {
    const seen = await ask(asking, "words:count=10:no-finish", true)
    expect([wordsIn(seen), isWhole(seen), hasFinish(seen)]).toEqual([10, true, false])
    expect(seen.body).not.toContain("[DONE]")
    expect(seen.body).not.toContain("message_stop")
  })

  test("double-finish tells the finish twice", async () => {
    const events = eventsOf(await ask(asking, "words:count=2:double-finish", true))
    const finishes = events.filter((data) =>
      /"finish_reason":"|"stop_reason":"|"finishReason":"|"type":"response.completed"/.test(data)
    )
    expect(finishes).toHaveLength(2)
  })

  test.each(["one-byte", "split-utf8", "crlf"])("%s changes the writes, not what is written", async (fault) => {
    const healthy = await ask(asking, "words:count=6:first=1ms", true)
    const seen = await ask(asking, `words:count=6:first=1ms:${fault}`, true)
    const masked = (data: ReadonlyArray<string>) =>
      data.map((text) => text.replaceAll(/sim[0-9a-f]{4,20}|:\d{10}\b|words:[^"]*/g, "…"))
    expect(masked(eventsOf(seen))).toEqual(masked(eventsOf(healthy)))
    expect(isWhole(seen)).toBe(true)
    if (fault === "crlf") expect(unchunked(seen).replaceAll("\r\n", "")).not.toContain("\n")
    else expect(seen.body.split("\r\n").length).toBeGreaterThan(healthy.body.split("\r\n").length)
  })

  test("truncate ends the transport well, inside an event", async () => {
    const seen = await ask(asking, "words:count=10:truncate", true)
    expect([isWhole(seen), hasFinish(seen)]).toEqual([true, false])
    expect(/\n\r?\n$/.test(unchunked(seen))).toBe(false)
  })

  test("comments and endless-line never end, and stop when the client leaves", async () => {
    for (const fault of ["comments", "endless-line"]) {
      const path = asking.path(`words:${fault}`, true)
      const leaving = new AbortController()
      const response = await fetch(simulator.url + path, {
        method: "POST",
        signal: leaving.signal,
        headers: { "anthropic-version": "2023-06-01" },
        body: JSON.stringify(asking.body(`words:${fault}`, true))
      })
      let length = 0
      for await (const chunk of response.body ?? []) {
        length += chunk.length
        if (length > 200_000) break
      }
      leaving.abort()
      expect(length).toBeGreaterThan(200_000)
    }
  })

  test("trickle sends byte by byte", async () => {
    const path = asking.path("words:trickle=10ms", true)
    const seen = await raw(simulator, path, asking.body("words:trickle=10ms", true), 1000, 1000)
    expect(seen.status).toBe(200)
    expect(seen.reads).toBeGreaterThan(10)
    expect(unchunked(seen).length).toBeLessThan(200)
  })

  test("giant sends one event of that size", async () => {
    const seen = await ask(asking, "words:count=1:giant=200000", true)
    const lengths = eventsOf(seen).map((data) => data.length)
    expect(lengths.filter((length) => length > 200_000)).not.toBeEmpty()
  })
})
