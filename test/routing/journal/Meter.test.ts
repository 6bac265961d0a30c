import { describe, expect, test } from "bun:test"
import { Effect } from "effect"
import { Tokens } from "../../../src/catalog/tokens/Tokens.ts"
import type { Ask } from "../../../src/domain/Ask.ts"
import type { Delta, Deltas } from "../../../src/domain/Delta.ts"
import { Cut, type Failure, Overloaded, RateLimited, TimedOut, Unreachable } from "../../../src/domain/Failure.ts"
import { noUsage, type Usage } from "../../../src/domain/usage/Usage.ts"
import { type Decoder, StreamDecoder } from "../../../src/providers/Decoder.ts"
import { AnthropicMessages } from "../../../src/providers/protocols/AnthropicMessages.ts"
import { OpenAiChat } from "../../../src/providers/protocols/OpenAiChat.ts"
import { RelayDecoder } from "../../../src/providers/relay/Relay.ts"
import { RelayWholeDecoder } from "../../../src/providers/relay/RelayWhole.ts"
import { beginning, type Progress } from "../../../src/providers/sending/Limits.ts"
import { Meter } from "../../../src/routing/journal/Meter.ts"
import { named } from "../../catalog/tokens/Named.ts"
import * as anthropic from "../../providers/protocols/anthropic/AnthropicEvents.ts"
import { answering, chunk, ending, sse } from "../../providers/protocols/chat/ChatStreams.ts"
import { fakeAsk } from "../simulation/fakes/FakeAsk.ts"

/** Every letter is a token, so the request has ten and four around them. */
const letters = Tokens.of({ count: (_model, text) => text.length, load: () => Effect.void })
const plain = fakeAsk("caller", "gpt-4o")
const ask: Ask = {
  ...plain,
  request: () => ({ ...plain.request(), messages: [{ role: "user", content: "x".repeat(10) }] })
}
const asked = 14
const model = named("gpt-4o")

const reached = (more: Partial<Progress> = {}): Progress => ({
  ...beginning(),
  connectedAt: 1,
  headersAt: 2,
  status: 200,
  ...more
})
const unanswered = reached({ headersAt: undefined, status: undefined })

/** `[input, output, reasoning, source]`. */
const measured = (meter: Meter, progress: Progress, failure?: Failure) => {
  const spent = meter.usage({ ask, model, progress, failure, tokens: letters })
  if (spent === undefined) return undefined
  const { inputTokens, outputTokens, reasoningTokens } = spent.usage
  return [inputTokens, outputTokens, reasoningTokens, spent.source]
}
const metered = (deltas: Deltas, progress: Progress, failure?: Failure) => {
  const meter = new Meter()
  for (const delta of deltas) meter.take([delta])
  return measured(meter, progress, failure)
}

const start: Delta = { _tag: "Start", id: "a", model: "m" }
const text = (said: string): Delta => ({ _tag: "Text", choice: 0, text: said })
const reasoning = (said: string): Delta => ({ _tag: "Reasoning", choice: 0, text: said })
const finish: Delta = { _tag: "Finish", choice: 0, reason: "stop" }
const usage = (counts: Partial<Usage>): Delta => ({ _tag: "Usage", usage: { ...noUsage, ...counts } })
const reports = (counts: Partial<Usage>, isCurrent: boolean): Progress =>
  reached({ reader: { reported: { usage: { ...noUsage, ...counts }, isCurrent } } })
const call: ReadonlyArray<Delta> = [
  { _tag: "ToolCallStart", choice: 0, call: 0, id: "never counted", name: "look", kind: "function" },
  { _tag: "ToolCallArguments", choice: 0, call: 0, text: '{"x":1}' }
]

const cut = new Cut({ message: "cut" })
const late = (stage: "connect" | "headers") => new TimedOut({ message: "late", stage })
const limited = new RateLimited({ message: "slow down", words: { provider: "p", status: 429 } })
const busy = new Overloaded({ message: "busy", words: { provider: "p", type: "overloaded_error" } })
const unreachable = new Unreachable({ message: "no" })
/** Every failure after the headers knows whose it was; that is no word of the provider's. */
const cutLater = new Cut({ message: "cut", words: { provider: "p", requestId: "r" } })

type Expected = readonly [number, number, number, "provider" | "estimate"] | undefined
type Case = readonly [name: string, deltas: Deltas, progress: Progress, failure: Failure | undefined, Expected]

const told: ReadonlyArray<Case> = [
  [
    "its final word, whatever was seen",
    [start, text("Hello"), usage({ inputTokens: 7, outputTokens: 2 }), finish],
    reached(),
    undefined,
    [7, 2, 0, "provider"]
  ],
  [
    "its final word, though the caller had left before the end mark",
    [start, text("Hello"), finish, usage({ inputTokens: 7, outputTokens: 2 })],
    reports({ inputTokens: 7, outputTokens: 2 }, true),
    undefined,
    [7, 2, 0, "provider"]
  ],
  [
    "what it said with a failure",
    [start, usage({ inputTokens: 7, outputTokens: 2 })],
    reached(),
    busy,
    [7, 2, 0, "provider"]
  ],
  [
    "its latest report, where nothing was said since",
    [start, text("Hello")],
    reports({ inputTokens: 7, outputTokens: 2, reasoningTokens: 1 }, true),
    undefined,
    [7, 2, 1, "provider"]
  ],
  [
    "its report of the input, where nothing was said",
    [start],
    reports({ inputTokens: 7 }, true),
    late("headers"),
    [7, 0, 0, "provider"]
  ]
]

const estimated: ReadonlyArray<Case> = [
  [
    "the output, where only the input was reported",
    [start, text("Hello"), ...call],
    reports({ inputTokens: 7, outputTokens: 1 }, false),
    undefined,
    [7, 16, 0, "estimate"]
  ],
  [
    "the output, where a failure told what was known at the start",
    [start, text("Hello"), usage({ inputTokens: 7, outputTokens: 1 })],
    reports({ inputTokens: 7, outputTokens: 1 }, false),
    cut,
    [7, 5, 0, "estimate"]
  ],
  [
    "the output, where a report counts it as nothing",
    [start, text("Hello")],
    reports({ inputTokens: 7 }, true),
    undefined,
    [7, 5, 0, "estimate"]
  ],
  [
    "no less than was reported",
    [start, text("Hello")],
    reports({ inputTokens: 7, outputTokens: 90, reasoningTokens: 80 }, false),
    undefined,
    [7, 90, 80, "estimate"]
  ],
  [
    "with hidden reasoning that was reported",
    [start, text("Hello")],
    reports({ inputTokens: 7, outputTokens: 81, reasoningTokens: 80 }, false),
    undefined,
    [7, 85, 80, "estimate"]
  ],
  [
    "all of an answer without usage",
    [start, reasoning("Hmm"), text("Hello"), finish],
    reached(),
    undefined,
    [asked, 8, 3, "estimate"]
  ],
  [
    "all of an answer whose usage is zeros",
    [start, text("Hello"), usage({}), finish],
    reached(),
    undefined,
    [asked, 5, 0, "estimate"]
  ],
  ["what was seen of an answer that was left", [start, text("Hel")], reached(), undefined, [asked, 3, 0, "estimate"]],
  ["what was seen of an answer that broke off", [start, text("Hel")], reached(), cutLater, [asked, 3, 0, "estimate"]],
  [
    "what was seen of an answer that ended with the provider's error",
    [start, text("Hel")],
    reached(),
    busy,
    [asked, 3, 0, "estimate"]
  ],
  [
    "a refusal's text",
    [start, { _tag: "Refusal", choice: 0, text: "No." }],
    reached(),
    undefined,
    [asked, 3, 0, "estimate"]
  ],
  [
    "spoken words",
    [start, { _tag: "Audio", choice: 0, audio: { data: "A".repeat(6_400) } }],
    reached(),
    undefined,
    [asked, 2, 0, "estimate"]
  ],
  ["the input, where a whole answer was left", [], reached(), undefined, [asked, 0, 0, "estimate"]],
  ["the input, where it was left before an answer", [], unanswered, undefined, [asked, 0, 0, "estimate"]],
  ["the input, where the answer was too late", [], unanswered, late("headers"), [asked, 0, 0, "estimate"]],
  ["the input, where the connection was lost", [], unanswered, unreachable, [asked, 0, 0, "estimate"]],
  ["the input, where the answer broke off at once", [start], reached(), cutLater, [asked, 0, 0, "estimate"]],
  ["what is seen without word of a connection", [text("Hel")], beginning(), cut, [asked, 3, 0, "estimate"]]
]

const free: ReadonlyArray<Case> = [
  ["no connection stood", [], beginning(), unreachable, undefined],
  ["it was left before a connection stood", [], beginning(), undefined, undefined],
  ["no connection stood in time", [], beginning(), late("connect"), undefined],
  ["it was refused", [], reached({ status: 429 }), limited, undefined],
  ["it was refused, and left before the reason came", [], reached({ status: 503 }), undefined, undefined],
  ["it was sent elsewhere", [], reached({ status: 302 }), unreachable, undefined],
  ["its stream began with an error", [], reached(), busy, undefined],
  ["its stream had nothing but an error after its start", [start], reached(), busy, undefined]
]

const run = ([, deltas, progress, failure, expected]: Case): void =>
  expect<unknown>(metered(deltas, { ...progress }, failure)).toEqual(expected)

describe("the provider's count is", () => {
  for (const each of told) test(each[0], () => run(each))
})
describe("an estimate has", () => {
  for (const each of estimated) test(each[0], () => run(each))
})
describe("nothing is billed where", () => {
  for (const each of free) test(each[0], () => run(each))
})

describe("with a real reader", () => {
  const counts = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }
  const end = [ending("stop"), chunk({}, {}, { choices: [], usage: counts })]
  const said = [chunk({ role: "assistant", content: "" }), ...["Hel", "lo", "!"].map((content) => chunk({ content }))]
  const body = {
    id: "c",
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello!" }, finish_reason: "stop" }]
  }

  const read = (decoder: Decoder, text: string, isOver: boolean) => {
    const meter = new Meter()
    for (const piece of text) meter.take(decoder.push(piece))
    if (isOver) meter.take(decoder.finish().filter((delta) => delta._tag !== "Failed"))
    return measured(meter, reached({ reader: decoder }), isOver ? cut : undefined)
  }
  const relay = (wantsUsage: boolean) => new RelayDecoder(OpenAiChat, answering({ regular: true }), wantsUsage)
  const relayWhole = () => new RelayWholeDecoder(OpenAiChat, answering({ regular: true }))

  test.each([true, false])(
    "a relayed stream is the provider's count, whether the caller wants one (%p) or not",
    (wants) => {
      expect<unknown>(read(relay(wants), sse([...said, ...end]), false)).toEqual([11, 4, 0, "provider"])
    }
  )

  test("a relayed stream that was left or broke off has the text in it, not its JSON", () => {
    for (const isOver of [true, false])
      expect<unknown>(read(relay(false), sse(said), isOver)).toEqual([asked, 6, 0, "estimate"])
  })

  test("a relayed body is the provider's count, or has its text where it says none", () => {
    expect<unknown>(read(relayWhole(), JSON.stringify({ ...body, usage: counts }), true)).toEqual([
      11,
      4,
      0,
      "provider"
    ])
    for (const usage of [undefined, null, {}])
      expect<unknown>(read(relayWhole(), JSON.stringify({ ...body, usage }), true)).toEqual([asked, 6, 0, "estimate"])
  })

  test("messages that break off have the input that they told, and the words that were seen", () => {
    const events = [
      anthropic.begin({ input_tokens: 5, cache_read_input_tokens: 30, output_tokens: 1 }),
      anthropic.opened(0, { type: "text", text: "" }),
      anthropic.delta(0, { type: "text_delta", text: "Hello" })
    ]
    for (const isOver of [true, false]) {
      const decoder = new StreamDecoder(AnthropicMessages, anthropic.answering())
      expect<unknown>(read(decoder, sse(events), isOver)).toEqual([35, 5, 0, "estimate"])
    }
  })
})

test("many pieces are as many tokens as they were, though only some are kept or read again", () => {
  const long = new Meter()
  for (let piece = 0; piece < 3_000; piece++) long.take([text("x".repeat(1_000))])
  const [, output = 0] = measured(long, reached()) ?? []
  expect(Math.round(Number(output) / 1_000)).toBe(3_000)

  const relayed = new Meter()
  const event: Delta = { _tag: "Relayed", text: sse([chunk({ content: "Hello" })]), content: true }
  for (let piece = 0; piece < 20_000; piece++) relayed.take([event])
  const [, again = 0] = measured(relayed, reached()) ?? []
  expect(Math.abs(Number(again) - 100_000)).toBeLessThan(100)
})

test("it is decided once, and then nothing of the answer is held", () => {
  const meter = new Meter()
  const progress = reports({ inputTokens: 7 }, false)
  meter.take([text("Hello")])
  const first = measured(meter, progress)
  expect(progress.reader).toBeUndefined()
  meter.take([text(" and more")])
  expect(measured(meter, progress, limited)).toEqual(first)
  const never = new Meter()
  expect(measured(never, beginning())).toBeUndefined()
  expect(measured(never, reached())).toBeUndefined()
})
