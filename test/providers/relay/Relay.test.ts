import { describe, expect, test } from "bun:test"
import { fold } from "../../../src/domain/Answer.ts"
import type { Deltas } from "../../../src/domain/Delta.ts"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { StreamDecoder } from "../../../src/providers/Decoder.ts"
import { OpenAiChat } from "../../../src/providers/protocols/OpenAiChat.ts"
import { RelayDecoder } from "../../../src/providers/relay/Relay.ts"
import { answering, brief, chunk, done, ending, eventsOf, malformed, sse } from "../protocols/chat/ChatStreams.ts"
import { oneOf, randomFrom } from "../../wire/openai/chat/RandomBodies.ts"

const regular = () => answering({ regular: true })
const noChoice = (fields: Fields): Fields => chunk({}, {}, { choices: [], ...fields })
const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }
const finale = [ending("stop"), noChoice({ usage }), done]

/** What the relay tells of pieces of a stream, to its end. */
const relayed = (pieces: Iterable<string>, wantsUsage = false): Deltas => {
  const decoder = new RelayDecoder(OpenAiChat, regular(), wantsUsage)
  const deltas = []
  for (const piece of pieces) deltas.push(...decoder.push(piece))
  return [...deltas, ...decoder.finish()]
}
const typed = (text: string): Deltas => {
  const decoder = new StreamDecoder(OpenAiChat, regular())
  return [...decoder.push(text), ...decoder.finish()]
}
const textOf = (deltas: Deltas): string => deltas.map((delta) => (delta._tag === "Relayed" ? delta.text : "")).join("")
/** The facts that the relay tells besides. */
const factsOf = (deltas: Deltas): ReadonlyArray<string> => brief(deltas.filter((delta) => delta._tag !== "Relayed"))
/** What a caller reads in a stream: the provider's own word for the end and its unknown fields aside. */
const meaning = (deltas: Deltas) => {
  const { choices, usage } = fold(deltas)
  return [usage, ...choices.map(({ extra: _extra, nativeFinishReason: _native, ...choice }) => choice)]
}

/** Texts that a careless template would stumble over. */
const texts: ReadonlyArray<string> = [
  "Hello",
  " world",
  'say "hi"',
  "back\\slash",
  "\\",
  '"',
  "line\nline\r\n\ttab",
  "🙂",
  "\ud83d",
  "\ude42",
  "é中\u2028\u2029\u0000",
  '"model":"their-model"',
  '"delta":{"content":"',
  '"},"logprobs":null,"finish_reason":"stop"}]}',
  "data: [DONE]\n\n",
  '{"error":{"message":"no"}}',
  "</script>",
  ""
]

/** A stream as OpenAI sends one, with whatever it may hold. */
const randomStream = (random: () => number): ReadonlyArray<Fields | string> => {
  const events: Array<Fields | string> = [
    chunk({ role: "assistant", content: "", refusal: null }, { logprobs: null }, { usage: null })
  ]
  const obfuscated = random() < 0.2
  for (let left = Math.floor(random() * 12); left > 0; left--) {
    const kind = random()
    const more = { usage: null, ...(obfuscated ? { obfuscation: "x".repeat(Math.floor(random() * 9)) } : {}) }
    const said = oneOf(random, texts, "")
    if (kind < 0.8) events.push(chunk({ content: said }, { logprobs: null }, more))
    else if (kind < 0.85) events.push(chunk({ refusal: said }, {}, more))
    else if (kind < 0.9)
      events.push(
        chunk({ content: said }, { logprobs: { content: [{ token: said, logprob: -1 }], refusal: null } }, more)
      )
    else events.push(chunk({ content: said, unknown: [1] }, { beside: said }, { ...more, tomorrow: said }))
  }
  const calls = random() < 0.3 ? 1 + Math.floor(random() * 2) : 0
  for (let index = 0; index < calls; index++) {
    events.push(
      chunk({ tool_calls: [{ index, id: `call_${index}`, type: "function", function: { name: "f", arguments: "" } }] })
    )
    if (random() < 0.3) continue
    for (const piece of ['{"x":', '"\\"', '🙂"}'])
      events.push(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }))
  }
  return [...events, ending(oneOf(random, ["stop", "length", "tool_calls"], "stop")), noChoice({ usage }), done]
}

describe("a relayed stream", () => {
  test("says what the typed lane says, in the form that SDKs need, in three hundred random streams", () => {
    const random = randomFrom(7)
    for (let made = 0; made < 300; made++) {
      const text = sse(randomStream(random))
      const at = Math.floor(random() * text.length)
      const wantsUsage = random() < 0.5
      const deltas = relayed([text.slice(0, at), text.slice(at)], wantsUsage)
      const out = textOf(deltas) + done
      expect(malformed(out, wantsUsage)).toEqual([])
      expect(meaning([...typed(out), ...deltas.filter((delta) => delta._tag === "Usage")])).toEqual(
        meaning(typed(text))
      )
      expect(new Set(eventsOf(out).map((event) => event["model"]))).toEqual(new Set(["host/model"]))
    }
  })

  const sample = sse([
    chunk({ role: "assistant", content: "" }),
    ...texts.map((content) => chunk({ content })),
    chunk({ tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] }),
    ...finale
  ])

  test("is the same wherever the transport splits it, in two or into single characters", () => {
    const once = textOf(relayed([sample], true))
    for (let at = 1; at < sample.length; at++) {
      const deltas = relayed([sample.slice(0, at), sample.slice(at)], true)
      if (textOf(deltas) !== once) expect(`split at ${at}: ${textOf(deltas)}`).toBe(once)
      expect(factsOf(deltas)).toEqual(["finish tool_calls", "usage 11 (0 cached) 4 (0 reasoning)"])
    }
    expect(textOf(relayed(sample, true))).toBe(once)
  })

  test("gives plain events on as they came, but for the model", () => {
    const spaced = (content: string, model = "their-model") =>
      `data: {"id": "c", "model":"${model}","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}], "odd" : 1.0}\n\n`
    const text = spaced("a") + spaced("b\\u00e9\\/") + spaced("c")
    const [, second, third] = textOf(relayed([text])).split("\n\n")
    expect(`${second}\n\n${third}\n\n`).toBe(spaced("b\\u00e9\\/", "host/model") + spaced("c", "host/model"))
  })

  test("keeps fields that nobody knows, in the envelope, the choice and the delta", () => {
    const out = eventsOf(
      textOf(relayed([sse([chunk({ content: "a", inner: 1 }, { beside: 2 }, { tomorrow: 3 }), ...finale])]))
    )
    expect(out[0]).toMatchObject({ tomorrow: 3, choices: [{ beside: 2, delta: { content: "a", inner: 1 } }] })
  })

  test("puts a content into every delta, where the provider left it out or null", () => {
    const events = [
      chunk({ role: "assistant", content: null }),
      chunk({ tool_calls: [] }),
      chunk({ refusal: "No." }),
      ...finale
    ]
    const deltas = eventsOf(textOf(relayed([sse(events)]))).map((event) =>
      objectOf(objectOf(listOf(event["choices"])[0])["delta"])
    )
    expect(deltas.map((delta) => delta["content"])).toEqual(["", "", "", ""])
  })

  test("shows usage only to a caller who asked, and tells it to the gateway in any case", () => {
    const text = sse([chunk({ content: "a" }), ...finale])
    expect(textOf(relayed([text]))).not.toContain("prompt_tokens")
    expect(textOf(relayed([text], true))).toContain('"prompt_tokens":11')
    for (const wants of [true, false])
      expect(factsOf(relayed([text], wants))).toContain("usage 11 (0 cached) 4 (0 reasoning)")
  })

  test("shows usage that stands beside the text only to a caller who asked", () => {
    const text = sse([chunk({ content: "a" }), ending("stop", { usage }), done])
    expect(textOf(relayed([text]))).not.toContain("prompt_tokens")
    expect(textOf(relayed([text], true))).toContain('"prompt_tokens":11')
    for (const wants of [true, false])
      expect(factsOf(relayed(text, wants))).toContain("usage 11 (0 cached) 4 (0 reasoning)")
  })

  test("has its usage at hand before the end mark, and none before that", () => {
    const decoder = new RelayDecoder(OpenAiChat, regular(), false)
    decoder.push(sse([chunk({ content: "a" }), chunk({ content: "b" }), ending("stop")]))
    expect(decoder.reported).toBeUndefined()
    decoder.push(sse([noChoice({ usage, service_tier: "flex" })]))
    expect(decoder.reported).toMatchObject({
      usage: { inputTokens: 11, outputTokens: 4, serviceTier: "flex" },
      isCurrent: true
    })
  })

  test("leaves out chunks without a choice that are not the usage", () => {
    const text = sse([
      noChoice({ prompt_filter_results: [] }),
      chunk({ content: "a" }),
      noChoice({ moderation: {} }),
      ...finale
    ])
    expect(eventsOf(textOf(relayed([text], true)))).toHaveLength(3)
  })

  test("ends a call that was forced by name with tool_calls, and gives it arguments where it has none", () => {
    const head = (args: string) => ({
      tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: args } }]
    })
    const empty = textOf(relayed([sse([chunk({ role: "assistant", content: "" }), chunk(head("")), ...finale])])) + done
    expect(malformed(empty, false)).toEqual([])
    expect(fold(typed(empty + sse([noChoice({ usage })]))).choices[0]).toMatchObject({
      finishReason: "tool_calls",
      toolCalls: [{ arguments: "{}" }]
    })
    for (const args of ["", "{}"]) {
      const last = [
        chunk({ role: "assistant", content: "" }),
        chunk(head(args), { finish_reason: "stop" }),
        noChoice({ usage }),
        done
      ]
      const [, event] = eventsOf(textOf(relayed([sse(last)])))
      expect(event).toMatchObject({ choices: [{ finish_reason: "tool_calls", delta: head("{}") }] })
    }
  })

  test("is content from the first word on, not from the role", () => {
    const decoder = new RelayDecoder(OpenAiChat, regular(), false)
    const pushed = (event: Fields) =>
      decoder.push(sse([event])).map((delta) => delta._tag === "Relayed" && delta.content)
    expect(pushed(chunk({ role: "assistant", content: "" }))).toEqual([false])
    expect(pushed(chunk({ content: "a" }))).toEqual([true])
    expect(pushed(chunk({ content: "b" }))).toEqual([true])
  })

  test("of data in several lines, or with a model that stands elsewhere as well, is written anew rather than wrongly", () => {
    const pretty = `data: {\ndata: "id":"c","model":"m","choices":[{"index":0,"delta":{"content":"a"},\ndata: "finish_reason":null}]}\n\n`
    const nested = `data: {"echo":{"model":"m"},"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"model":"m"}\n\n`
    for (const event of [pretty, nested]) {
      const out = eventsOf(textOf(relayed([event + event + sse(finale)])))
      expect(out.map((one) => one["model"])).toEqual(["host/model", "host/model", "host/model"])
      expect(out[1]).toMatchObject({ choices: [{ delta: { content: "a" } }] })
    }
    expect(textOf(relayed([nested + nested]))).toContain('"echo":{"model":"m"}')
  })
})

/** What may come after a first word, and the class of failure that it is. */
const failures: ReadonlyArray<readonly [name: string, rest: string, failure: string]> = [
  ["an event that is no JSON", "data: {oops}\n\n", "Garbled"],
  [
    "a broken text between what looks like the event before",
    sse([chunk({ content: "a" })]).replace('"a"', '"a"b"'),
    "Garbled"
  ],
  ["a broken escape there", sse([chunk({ content: "a" })]).replace('"a"', '"\\x"'), "Garbled"],
  [
    "an error event",
    'event: error\ndata: {"error":{"message":"busy","code":"server_is_overloaded"}}\n\n',
    "Overloaded"
  ],
  ["the end of the transport", "", "Cut"],
  ["the end of the transport within an event", 'data: {"id":"c', "Cut"],
  ["the end of the transport after the finish, without usage or end mark", sse([ending("stop")]), "Cut"]
]

describe("a relayed stream fails as the typed lane does, after what came before:", () => {
  const before = sse([chunk({ role: "assistant", content: "" }), chunk({ content: "Hel" }), chunk({ content: "lo" })])
  for (const [name, rest, failure] of failures) {
    test(`${name}`, () => {
      const deltas = relayed([before + rest])
      expect(deltas.at(-1)).toMatchObject({ _tag: "Failed", failure: { _tag: failure } })
      expect(deltas.filter((delta) => delta._tag === "Failed")).toHaveLength(1)
      expect(eventsOf(textOf(deltas)).length).toBeGreaterThanOrEqual(3)
      expect(textOf(deltas)).not.toContain("[DONE]")
    })
  }

  test("an event that is too large, once, and nothing after it", () => {
    const decoder = new RelayDecoder(OpenAiChat, regular(), false)
    decoder.push(before)
    const megabyte = "x".repeat(1024 * 1024)
    const deltas: Array<string> = []
    for (let count = 0; count < 20; count++)
      deltas.push(...brief(decoder.push(count === 0 ? `data: ${megabyte}` : megabyte)))
    expect([...deltas, ...brief(decoder.finish())]).toEqual(["failed Garbled"])
    expect(decoder.ended).toBe(true)
  })
})

test("a relayed stream without its last blank line is whole", () => {
  const whole = sse([chunk({ content: "a" }), ending("stop"), noChoice({ usage })])
  expect(factsOf(relayed([`${whole}data: [DONE]`]))).toEqual(["finish stop", "usage 11 (0 cached) 4 (0 reasoning)"])
  const cut = whole.trimEnd()
  expect(factsOf(relayed([cut], true))).toEqual(["finish stop", "usage 11 (0 cached) 4 (0 reasoning)"])
  expect(textOf(relayed([cut], true))).toBe(textOf(relayed([whole], true)))
})
