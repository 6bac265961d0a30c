import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Deltas } from "../../../../src/domain/Delta.ts"
import { type Decoder, StreamDecoder, WholeDecoder } from "../../../../src/providers/Decoder.ts"
import type { Answering } from "../../../../src/providers/Protocol.ts"
import { GeminiContent } from "../../../../src/providers/protocols/GeminiContent.ts"

/** What is compared: an answer as the recording says it and as our deltas say it. */
interface Told {
  readonly text: string
  readonly reasoning: string
  readonly signatures: ReadonlyArray<string>
  readonly calls: ReadonlyArray<readonly [name: string, args: unknown, signature: string | undefined]>
  readonly finish: string
  readonly usage: ReadonlyArray<number>
}

// The bodies are read loosely here, so that the expectation shares no code with what it checks.
interface Part {
  readonly text?: string
  readonly thought?: boolean
  readonly thoughtSignature?: string
  readonly functionCall?: { readonly name: string; readonly args?: unknown }
  readonly executableCode?: unknown
}
type Counts = Readonly<Record<string, number | undefined>>
interface Chunk {
  readonly candidates?: ReadonlyArray<{
    readonly content?: { readonly parts?: ReadonlyArray<Part> }
    readonly finishReason?: string
  }>
  readonly usageMetadata?: Counts
  readonly modelVersion?: string
}

const words: Readonly<Record<string, string>> = { MAX_TOKENS: "length", SAFETY: "content_filter" }

const expected = (chunks: ReadonlyArray<Chunk>): Told => {
  const candidates = chunks.flatMap((chunk) => chunk.candidates?.[0] ?? [])
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? [])
  const calls = parts.flatMap(({ functionCall: call, thoughtSignature }) =>
    call === undefined ? [] : [[call.name, call.args ?? {}, thoughtSignature] as const]
  )
  const native = candidates.flatMap(({ finishReason }) => finishReason ?? []).at(-1) ?? ""
  const counts: Counts = chunks.at(-1)?.usageMetadata ?? {}
  const count = (name: string): number => counts[name] ?? 0
  const texts = (thought: boolean) =>
    parts
      .filter((part) => (part.thought === true) === thought)
      .map((part) => part.text ?? "")
      .join("")
  return {
    text: texts(false),
    reasoning: texts(true),
    signatures: parts.flatMap((part) => (part.text === undefined ? [] : (part.thoughtSignature ?? []))),
    calls,
    finish: words[native] ?? (calls.length > 0 ? "tool_calls" : "stop"),
    usage: [
      count("promptTokenCount") + count("toolUsePromptTokenCount"),
      count("cachedContentTokenCount"),
      count("candidatesTokenCount") + count("thoughtsTokenCount"),
      count("thoughtsTokenCount")
    ]
  }
}

const told = (deltas: Deltas): Told => {
  const finishes = deltas.flatMap((delta) => (delta._tag === "Finish" ? delta.reason : []))
  const usages = deltas.flatMap((delta) => (delta._tag === "Usage" ? [delta.usage] : []))
  expect([deltas[0]?._tag, finishes.length, usages.length]).toEqual(["Start", 1, 1])
  return {
    text: deltas.map((delta) => (delta._tag === "Text" ? delta.text : "")).join(""),
    reasoning: deltas.map((delta) => (delta._tag === "Reasoning" ? delta.text : "")).join(""),
    signatures: deltas.flatMap((delta) => (delta._tag === "ReasoningDetail" ? (delta.detail.data ?? "") : [])),
    calls: deltas.flatMap((delta) => {
      if (delta._tag !== "ToolCallStart") return []
      const args = deltas.map((other) =>
        other._tag === "ToolCallArguments" && other.call === delta.call ? other.text : ""
      )
      return [[delta.name, JSON.parse(args.join("")), delta.signature] as const]
    }),
    finish: finishes.join(" "),
    usage: usages.flatMap((usage) => [usage.inputTokens, usage.cachedTokens, usage.outputTokens, usage.reasoningTokens])
  }
}

const answering: Answering = {
  model: {
    id: "google/m",
    provider: "google",
    name: "m",
    rules: { language: "compatible", reasoningSwitch: "none", reasoningBack: false, parallelToolCalls: true },
    prices: [],
    listed: false
  },
  request: {
    model: "m",
    messages: [],
    stream: true,
    includeUsage: true,
    tools: [],
    requireParameters: false,
    legacyFunctions: false
  },
  quirks: {},
  newId: (prefix) => `${prefix}_${crypto.randomUUID()}`
}

const decode = (decoder: Decoder, body: string, size: number): Deltas => {
  const bytes = new TextEncoder().encode(body)
  const text = new TextDecoder()
  const deltas: Array<Deltas[number]> = []
  for (let at = 0; at < bytes.length; at += size) {
    deltas.push(...decoder.push(text.decode(bytes.subarray(at, at + size), { stream: true })))
  }
  return [...deltas, ...decoder.finish()]
}

interface Recording {
  readonly provider: string
  readonly kind: string
  readonly response: { readonly status: number; readonly body: string; readonly headers: Record<string, string> }
}

const folder = process.env["RECORDINGS"]
const kinds = new Set(["generate_content", "stream_generate_content"])
const read = (folder: string): ReadonlyArray<readonly [string, Recording]> =>
  readdirSync(folder)
    .filter((file) => /^(?:gemini|vertex)-.*generate_content.*\.json$/.test(file))
    .map((file) => [file, JSON.parse(readFileSync(join(folder, file), "utf8"))] as const)
const recordings = folder === undefined ? [] : read(folder).filter(([, { kind }]) => kinds.has(kind))

if (folder === undefined) {
  console.log("Recordings of Gemini are skipped: RECORDINGS does not name their folder.")
  test.skip("recorded answers of Gemini", () => {})
} else {
  test("there are recordings of both kinds", () => {
    expect(new Set(recordings.map(([, { kind }]) => kind))).toEqual(kinds)
  })
}

for (const [file, { response }] of recordings) {
  const { status, body, headers } = response
  if (status !== 200) {
    test(`${file} is read as its failure`, () => {
      const failure = GeminiContent.failure({ provider: "google", status, headers: new Headers(headers), body })
      expect(failure._tag).toBe("RateLimited")
      expect(failure.retryAfterMs).toBe(Number(/"retryDelay": "([\d.]+)s"/.exec(body)?.[1]) * 1000)
    })
    continue
  }
  const events = body.startsWith("data:") ? body.split(/\r?\n\r?\n/).filter((event) => event.trim() !== "") : undefined
  const chunks: ReadonlyArray<Chunk> =
    events === undefined ? [JSON.parse(body)].flat() : events.map((event) => JSON.parse(event.slice("data:".length)))
  const decoder = () => new (events === undefined ? WholeDecoder : StreamDecoder)(GeminiContent, answering)

  test(`${file} is read as it was recorded, whole and byte by byte`, () => {
    const wanted = expected(chunks)
    expect(told(decode(decoder(), body, body.length))).toEqual(wanted)
    expect(told(decode(decoder(), body, 1))).toEqual(wanted)
  })

  if (events === undefined) continue
  test(`${file} never looks whole when it was cut after an event`, () => {
    for (let count = 0; count < events.length; count++) {
      const part = events.slice(0, count).map((event) => `${event}\r\n\r\n`)
      expect(decode(decoder(), part.join(""), 1000).at(-1)).toMatchObject({ _tag: "Failed", failure: { _tag: "Cut" } })
    }
  })
}
