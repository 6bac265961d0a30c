import { describe, expect, test } from "bun:test"
import type { Deltas } from "../../../../src/domain/Delta.ts"
import { noUsage } from "../../../../src/domain/usage/Usage.ts"
import {
  begin,
  opened,
  closed,
  done,
  stream,
  whole,
  finishOf,
  usageOf,
  start,
  args,
  text,
  use,
  custom
} from "./AnthropicEvents.ts"

describe("usage", () => {
  const first = {
    input_tokens: 10,
    cache_creation_input_tokens: 20,
    cache_read_input_tokens: 30,
    cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 15 },
    output_tokens: 26,
    service_tier: "standard"
  }
  const base = {
    ...noUsage,
    inputTokens: 60,
    cachedTokens: 30,
    cacheWriteTokens: 20,
    cacheWrite1hTokens: 15,
    serviceTier: "standard",
    extra: { service_tier: "standard" }
  }
  const cases: ReadonlyArray<readonly [string, object, object]> = [
    ["what the end leaves out is the start's", { output_tokens: 7 }, { ...base, outputTokens: 7 }],
    [
      "null is left out",
      { input_tokens: null, cache_read_input_tokens: null, output_tokens: 7 },
      { ...base, outputTokens: 7 }
    ],
    [
      "what the end repeats replaces, it is never added",
      { input_tokens: 11, cache_creation_input_tokens: 0, cache_read_input_tokens: 50, output_tokens: 7 },
      { ...base, inputTokens: 61, cachedTokens: 50, cacheWriteTokens: 0, cacheWrite1hTokens: 0, outputTokens: 7 }
    ],
    [
      "thinking is part of the output",
      { output_tokens: 7, output_tokens_details: { thinking_tokens: 4 } },
      { ...base, outputTokens: 7, reasoningTokens: 4 }
    ]
  ]
  test.each(cases)("%s", (_name, last, usage) => {
    expect<unknown>(usageOf(stream([begin(first), ...done("end_turn", last)]))).toEqual([usage])
  })

  test("a compaction is added, an advisor is not", () => {
    const iterations = [
      { type: "compaction", input_tokens: 100, output_tokens: 9 },
      { type: "message", input_tokens: 3, output_tokens: 5 },
      { type: "advisor_message", input_tokens: 1000, output_tokens: 1000 }
    ]
    const [usage] = usageOf(stream([begin(), ...done("end_turn", { output_tokens: 5, iterations })]))
    expect(usage).toEqual({ ...noUsage, inputTokens: 103, outputTokens: 14, extra: { iterations } })
  })
})

describe("a whole answer", () => {
  test("is told as the stream that would have made it", () => {
    const content = [
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "text", text: "a", citations: [{ type: "web_search_result_location", url: "https://a", title: null }] },
      use("t1", "f", { a: 1 }),
      use("t2", "sql", { input: "SELECT 1" }),
      use("t3", "g")
    ]
    const message = {
      ...begin().message,
      content,
      stop_reason: "tool_use",
      usage: { input_tokens: 3, output_tokens: 5 }
    }
    expect(whole(message, { tools: [custom] })).toEqual([
      { _tag: "Start", id: "msg_1", model: "claude-x" },
      { _tag: "Reasoning", choice: 0, text: "hm" },
      {
        _tag: "ReasoningDetail",
        choice: 0,
        detail: { type: "reasoning.text", text: "hm", signature: "s", format: "anthropic-claude-v1", index: 0 }
      },
      text("a"),
      { _tag: "Annotation", choice: 0, annotation: { url: "https://a", title: "", start: 0, end: 1 } },
      start(0, "t1", "f"),
      args(0, '{"a":1}'),
      start(1, "t2", "sql", "custom"),
      args(1, "SELECT 1"),
      start(2, "t3", "g"),
      args(2, "{}"),
      { _tag: "Usage", usage: { ...noUsage, inputTokens: 3, outputTokens: 5 } },
      { _tag: "Finish", choice: 0, reason: "tool_calls", native: "tool_use" }
    ])
  })

  const strange: ReadonlyArray<readonly [string, unknown, string]> = [
    [
      "an error with status 200",
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
      "Overloaded"
    ],
    ["another language", { id: "chatcmpl-1", choices: [] }, "Garbled"],
    ["a list", [], "Garbled"],
    ["null", null, "Garbled"]
  ]
  test.each(strange)("%s is a failure", (_name, body, tag) => {
    expect<unknown>(whole(body).map((delta) => (delta._tag === "Failed" ? delta.failure._tag : delta._tag))).toEqual([
      tag
    ])
  })
})

describe("a stream that does not end well", () => {
  const failures = (deltas: Deltas) =>
    deltas.filter((delta) => delta._tag === "Failed").map(({ failure }) => failure._tag)
  const events = [begin(), opened(0, { type: "text", text: "a" }), closed(0), ...done("end_turn")]

  test("is cut wherever its last event is missing", () => {
    for (let length = 0; length < events.length; length++) {
      const told = stream(events.slice(0, length))
      expect([failures(told), finishOf(told)]).toEqual([["Cut"], []])
    }
    expect(failures(stream(events))).toEqual([])
  })

  test("tells what is known of its usage first, for the input is billed", () => {
    expect(stream(events.slice(0, 1)).map(({ _tag }) => _tag)).toEqual(["Start", "Usage", "Failed"])
  })

  const errors: ReadonlyArray<readonly [string, string]> = [
    ["overloaded_error", "Overloaded"],
    ["api_error", "ServerFault"],
    ["rate_limit_error", "RateLimited"],
    ["billing_error", "QuotaExhausted"],
    ["a_new_error", "ServerFault"]
  ]
  test.each(errors)("%s in a stream is %s, and nothing follows", (type, tag) => {
    const told = stream([begin(), { type: "error", error: { type, message: "m" } }, ...events])
    expect<unknown>(failures(told)).toEqual([tag])
    expect(told.at(-1)?._tag).toBe("Failed")
  })
})
