import { describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Deltas } from "../../../../src/domain/Delta.ts"
import { asNumber, asObject, listOf, objectOf, textOf, type Fields } from "../../../../src/domain/Fields.ts"
import { StreamDecoder, WholeDecoder, type Decoder } from "../../../../src/providers/Decoder.ts"
import type { Answering } from "../../../../src/providers/Protocol.ts"
import { AnthropicMessages } from "../../../../src/providers/protocols/AnthropicMessages.ts"
import { budgetRules, modelWith, requestWith } from "../../../wire/anthropic/Bodies.ts"

interface Recording {
  readonly name: string
  readonly streamed: boolean
  readonly body: string
}

const folder = process.env["RECORDINGS"]
if (folder === undefined) console.log("skipped: Anthropic's recorded answers, because RECORDINGS is not set")

const recordings: ReadonlyArray<Recording> = (folder === undefined ? [] : readdirSync(folder))
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => {
    const file = objectOf(JSON.parse(readFileSync(join(folder ?? "", name), "utf8")))
    const response = objectOf(file["response"])
    if (file["kind"] !== "messages" || response["status"] !== 200) return []
    return [{ name, streamed: objectOf(file["features"])["stream"] === true, body: textOf(response["body"]) }]
  })

const answering: Answering = {
  model: modelWith(budgetRules),
  request: requestWith({}),
  quirks: {},
  newId: (prefix) => prefix
}

/** The message that a recording tells, folded by hand: no code of the protocol has a part in it. */
const messageOf = ({ streamed, body }: Recording): Fields => {
  if (!streamed) return objectOf(JSON.parse(body))
  const blocks: Array<Record<string, unknown>> = []
  let message: Record<string, unknown> = {}
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith("data:")) continue
    const event = objectOf(JSON.parse(line.slice(5)))
    const block = blocks[asNumber(event["index"]) ?? -1] ?? {}
    const delta = objectOf(event["delta"])
    if (event["type"] === "message_start") message = { ...asObject(event["message"]) }
    if (event["type"] === "content_block_start") blocks.push({ ...asObject(event["content_block"]), json: "" })
    if (event["type"] === "content_block_delta") {
      block["text"] = textOf(block["text"]) + textOf(delta["text"])
      block["thinking"] = textOf(block["thinking"]) + textOf(delta["thinking"])
      block["signature"] = textOf(block["signature"]) + textOf(delta["signature"])
      block["json"] = textOf(block["json"]) + textOf(delta["partial_json"])
    }
    if (event["type"] === "message_delta") {
      message = { ...message, ...delta, usage: { ...asObject(message["usage"]), ...asObject(event["usage"]) } }
    }
  }
  return { ...message, content: blocks }
}

const finishes: Readonly<Record<string, string>> = {
  max_tokens: "length",
  refusal: "content_filter",
  tool_use: "tool_calls"
}

const expected = (recording: Recording) => {
  const message = messageOf(recording)
  const content = listOf(message["content"]).map(objectOf)
  const usage = objectOf(message["usage"])
  const count = (name: string): number => asNumber(usage[name]) ?? 0
  const of = (type: string) => content.filter((block) => block["type"] === type)
  return {
    text: of("text")
      .map((block) => block["text"])
      .join(""),
    reasoning: of("thinking")
      .map((block) => block["thinking"])
      .join(""),
    signed: content.flatMap((block) => {
      if (block["type"] === "thinking") return [block["signature"]]
      return block["type"] === "redacted_thinking" ? [block["data"]] : []
    }),
    calls: of("tool_use").map((block) => {
      const json = textOf(block["json"])
      return { id: block["id"], name: block["name"], input: json === "" ? block["input"] : JSON.parse(json) }
    }),
    finish: [finishes[textOf(message["stop_reason"])] ?? "stop"],
    usage: [
      count("input_tokens") + count("cache_creation_input_tokens") + count("cache_read_input_tokens"),
      count("cache_read_input_tokens"),
      count("cache_creation_input_tokens"),
      count("output_tokens"),
      asNumber(objectOf(usage["output_tokens_details"])["thinking_tokens"]) ?? 0
    ]
  }
}

const seen = (deltas: Deltas) => {
  const texts = (tag: "Text" | "Reasoning") => deltas.map((delta) => (delta._tag === tag ? delta.text : "")).join("")
  return {
    text: texts("Text"),
    reasoning: texts("Reasoning"),
    signed: deltas.flatMap((delta) =>
      delta._tag === "ReasoningDetail" ? [delta.detail.signature ?? delta.detail.data] : []
    ),
    calls: deltas.flatMap((start) => {
      if (start._tag !== "ToolCallStart") return []
      const json = deltas.flatMap((delta) =>
        delta._tag === "ToolCallArguments" && delta.call === start.call ? [delta.text] : []
      )
      return [{ id: start.id, name: start.name, input: JSON.parse(json.join("")) }]
    }),
    finish: deltas.flatMap((delta) => (delta._tag === "Finish" ? [delta.reason] : [])),
    usage: deltas.flatMap((delta) =>
      delta._tag === "Usage"
        ? [
            delta.usage.inputTokens,
            delta.usage.cachedTokens,
            delta.usage.cacheWriteTokens,
            delta.usage.outputTokens,
            delta.usage.reasoningTokens
          ]
        : []
    )
  }
}

const decoderFor = ({ streamed }: Recording): Decoder =>
  streamed ? new StreamDecoder(AnthropicMessages, answering) : new WholeDecoder(AnthropicMessages, answering)

/** The deltas when the body comes in pieces of so many bytes. */
const fed = (recording: Recording, size: number): Deltas => {
  const decoder = decoderFor(recording)
  const text = new TextDecoder()
  const bytes = new TextEncoder().encode(recording.body)
  const deltas: Array<Deltas[number]> = []
  for (let from = 0; from < bytes.length; from += size) {
    deltas.push(...decoder.push(text.decode(bytes.subarray(from, from + size), { stream: true })))
  }
  deltas.push(...decoder.finish())
  return deltas
}

describe.skipIf(folder === undefined)("recorded answers", () => {
  test("are there", () => {
    expect(recordings.length).toBeGreaterThan(0)
  })
  test.each(recordings)("$name is read as it was written, at once and byte by byte", (recording) => {
    const wanted: unknown = expected(recording)
    expect<unknown>(seen(fed(recording, Number.MAX_SAFE_INTEGER))).toEqual(wanted)
    expect<unknown>(seen(fed(recording, 1))).toEqual(wanted)
  })
})
