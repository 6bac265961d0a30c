import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import type { Delta } from "../../../../src/domain/Delta.ts"
import type { Request } from "../../../../src/domain/Request.ts"
import { noUsage } from "../../../../src/domain/usage/Usage.ts"
import { AnthropicMessages } from "../../../../src/providers/protocols/AnthropicMessages.ts"
import { budgetRules, modelWith, requestWith } from "../../../wire/anthropic/Bodies.ts"
import {
  begin,
  opened,
  delta,
  closed,
  done,
  fragment,
  stream,
  between,
  finishOf,
  start,
  args,
  text,
  use,
  custom
} from "./AnthropicEvents.ts"

describe("a stream", () => {
  test("is told whole, with one usage and one finish at its end", () => {
    const told = stream([
      begin(),
      { type: "ping" },
      opened(0, { type: "text", text: "" }),
      delta(0, { type: "text_delta", text: "Hi" }),
      closed(0),
      ...done("end_turn")
    ])
    expect(told).toEqual([
      { _tag: "Start", id: "msg_1", model: "claude-x" },
      text("Hi"),
      { _tag: "Usage", usage: { ...noUsage, inputTokens: 3, outputTokens: 5 } },
      { _tag: "Finish", choice: 0, reason: "stop", native: "end_turn" }
    ])
  })

  const cases: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, ReadonlyArray<Delta>, Partial<Request>?]> = [
    [
      "calls have their own counter, whatever stands before them",
      [
        opened(0, { type: "text", text: "a" }),
        closed(0),
        opened(1, use("t1", "f")),
        fragment(1, ""),
        fragment(1, '{"a"'),
        fragment(1, ":1}"),
        closed(1),
        opened(2, use("t2", "g")),
        fragment(2, "{}"),
        closed(2)
      ],
      [text("a"), start(0, "t1", "f"), args(0, '{"a"'), args(0, ":1}"), start(1, "t2", "g"), args(1, "{}")]
    ],
    [
      "a tool without arguments sends only an empty fragment: {}",
      [opened(0, use("t", "f")), fragment(0, ""), closed(0)],
      [start(0, "t", "f"), args(0, "{}")]
    ],
    [
      "a call whose block nothing ends has its arguments all the same",
      [opened(0, use("t", "f"))],
      [start(0, "t", "f"), args(0, "{}")]
    ],
    [
      "an input that comes with the block is told at once, and once",
      [opened(0, use("t", "f", { a: 1 })), fragment(0, '{"a":1}'), closed(0)],
      [start(0, "t", "f"), args(0, '{"a":1}')]
    ],
    [
      "a call without id gets one",
      [opened(0, { type: "tool_use", name: "f", input: {} }), closed(0)],
      [start(0, "toolu_made", "f"), args(0, "{}")]
    ],
    [
      "a custom tool's input is its text again",
      [opened(0, use("t", "sql")), fragment(0, '{"input":"SEL'), fragment(0, 'ECT 1"}'), closed(0)],
      [start(0, "t", "sql", "custom"), args(0, "SELECT 1")],
      { tools: [custom] }
    ],
    [
      "a tool has the caller's name again",
      [opened(0, use("t", "mail_send")), closed(0)],
      [start(0, "t", "mail.send"), args(0, "{}")],
      { tools: [{ kind: "function", name: "mail.send" }] }
    ],
    [
      "signed thinking comes in pieces and once as a whole",
      [
        opened(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "h" }),
        delta(0, { type: "thinking_delta", thinking: "m" }),
        delta(0, { type: "signature_delta", signature: "s" }),
        closed(0),
        opened(1, { type: "redacted_thinking", data: "d" }),
        closed(1)
      ],
      [
        { _tag: "Reasoning", choice: 0, text: "h" },
        { _tag: "Reasoning", choice: 0, text: "m" },
        {
          _tag: "ReasoningDetail",
          choice: 0,
          detail: { type: "reasoning.text", text: "hm", signature: "s", format: "anthropic-claude-v1", index: 0 }
        },
        {
          _tag: "ReasoningDetail",
          choice: 0,
          detail: { type: "reasoning.encrypted", data: "d", format: "anthropic-claude-v1", index: 1 }
        }
      ]
    ],
    [
      "thinking whose text is left out keeps its signature",
      [opened(0, { type: "thinking", thinking: "" }), delta(0, { type: "signature_delta", signature: "s" }), closed(0)],
      [
        {
          _tag: "ReasoningDetail",
          choice: 0,
          detail: { type: "reasoning.text", text: "", signature: "s", format: "anthropic-claude-v1", index: 0 }
        }
      ]
    ],
    [
      "a citation spans the block that it supports",
      [
        opened(0, { type: "text", text: "ab" }),
        closed(0),
        opened(1, { type: "text", text: "", citations: [] }),
        delta(1, {
          type: "citations_delta",
          citation: { type: "web_search_result_location", url: "https://a", title: "A" }
        }),
        delta(1, { type: "citations_delta", citation: { type: "page_location", document_index: 0 } }),
        delta(1, { type: "text_delta", text: "cde" }),
        closed(1)
      ],
      [
        text("ab"),
        text("cde"),
        { _tag: "Annotation", choice: 0, annotation: { url: "https://a", title: "A", start: 2, end: 5 } }
      ]
    ],
    [
      "Anthropic's own tools and what is not known are passed over",
      [
        opened(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
        fragment(0, '{"q":1}'),
        closed(0),
        opened(1, { type: "web_search_tool_result", content: [] }),
        closed(1),
        { type: "something_new" },
        null,
        [],
        delta(9, { type: "text_delta", text: "lost" }),
        opened(2, { type: "text", text: "a" }),
        delta(2, { type: "new_delta", text: "x" }),
        closed(2)
      ],
      [text("a")]
    ]
  ]
  test.each(cases)("%s", (_name, events, expected, fields = {}) => {
    const told = stream([begin(), ...events, ...done("end_turn")], fields)
    expect(between(told)).toEqual([...expected])
  })

  const finishes: ReadonlyArray<readonly [string, boolean, string]> = [
    ["end_turn", false, "stop"],
    ["stop_sequence", false, "stop"],
    ["pause_turn", false, "stop"],
    ["max_tokens", false, "length"],
    ["model_context_window_exceeded", false, "length"],
    ["refusal", false, "content_filter"],
    ["tool_use", true, "tool_calls"],
    ["end_turn", true, "tool_calls"],
    ["max_tokens", true, "length"],
    ["a_new_reason", false, "stop"]
  ]
  test.each(finishes)("%s (with calls: %s) is %s", (native, calls, reason) => {
    const blocks = calls ? [opened(0, use("t", "f")), closed(0)] : []
    expect<unknown>(finishOf(stream([begin(), ...blocks, ...done(native)]))).toEqual([reason])
  })

  test("a refusal says why", () => {
    const told = stream([
      begin(),
      ...done("refusal", {}, { stop_details: { type: "refusal", category: "bio", explanation: "No." } })
    ])
    expect(between(told)).toEqual([{ _tag: "Refusal", choice: 0, text: "No." }])
  })
})

test("a request goes to the Messages path, with what the gateway remembers of its calls", () => {
  const detail = {
    type: "reasoning.text",
    format: "anthropic-claude-v1",
    text: "hm",
    signature: "s",
    index: 0
  } as const
  const request = requestWith({
    reasoning: { effort: "low" },
    messages: [
      { role: "user", content: "a" },
      { role: "assistant", content: "", toolCalls: [{ id: "x", name: "f", arguments: "", kind: "function" }] },
      { role: "tool", callId: "x", content: "1" }
    ]
  })
  const prepared = Result.getOrThrow(
    AnthropicMessages.prepare(request, {
      model: modelWith(budgetRules),
      stream: false,
      recall: (id) => (id === "x" ? { reasoningDetails: [detail] } : undefined),
      quirks: {}
    })
  )
  expect(prepared).toMatchObject({
    path: "/v1/messages",
    dropped: [],
    body: { stream: false, messages: [{}, { content: [{ thinking: "hm", signature: "s" }, {}] }, {}] }
  })
})
