import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../../src/domain/Fields.ts"
import { answering, brief, chunk, done, ending, sse, streamed, whole } from "./ChatStreams.ts"

const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }
const counted = "usage 11 (0 cached) 4 (0 reasoning)"
const hello = [chunk({ role: "assistant", content: "" }), chunk({ content: "Hel" }), chunk({ content: "lo" })]
const said = ["text Hel", "text lo"]
const noChoice = (fields: Fields): Fields => chunk({}, {}, { choices: [], ...fields })

/** Streams that end badly, and how; each after a piece of text. */
const failures: ReadonlyArray<
  readonly [name: string, events: ReadonlyArray<Fields | string>, failure: string, message: string]
> = [
  [
    "Groq's named error event",
    [
      'event: error\ndata: {"error":{"message":"Failed to call a function.","type":"invalid_request_error","code":"tool_use_failed","status_code":400}}\n\n'
    ],
    "ServerFault",
    "host: Failed to call a function."
  ],
  [
    "OpenRouter's error beside a choice",
    [chunk({ content: "" }, { finish_reason: "error" }, { error: { code: 502, message: "Upstream broke" } })],
    "ServerFault",
    "host: Upstream broke"
  ],
  [
    "OpenRouter's error within a choice",
    [chunk({ content: "" }, { finish_reason: "error", error: { code: 429, message: "Slow down" } })],
    "RateLimited",
    "host: Slow down"
  ],
  ["the word `error` alone", [ending("error"), done], "ServerFault", "host: The answer ended with an error (error)."],
  [
    "z.ai's `network_error`",
    [ending("network_error"), done],
    "ServerFault",
    "host: The answer ended with an error (network_error)."
  ],
  [
    "DeepSeek's `insufficient_system_resource`",
    [ending("insufficient_system_resource"), done],
    "ServerFault",
    "host: The answer ended with an error (insufficient_system_resource)."
  ],
  ["vLLM's `abort`", [ending("abort"), done], "ServerFault", "host: The answer ended with an error (abort)."],
  [
    "vLLM's error object",
    ['data: {"object":"error","message":"too long","type":"BadRequestError","code":400}\n\n'],
    "InvalidRequest",
    "host: too long"
  ],
  ["an error event by its type", ['data: {"type":"error","message":"gone"}\n\n'], "ServerFault", "host: gone"],
  [
    "Google's error in a list",
    ['data: [{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}]\n\n'],
    "Overloaded",
    "host: overloaded"
  ],
  ["an error that is a text", ['data: {"error":"out of memory"}\n\n'], "ServerFault", "host: out of memory"],
  [
    "an error after the finish reason",
    [ending("stop"), 'data: {"error":{"message":"late"}}\n\n'],
    "ServerFault",
    "host: late"
  ],
  ["no end at all", [], "Cut", "The provider's answer broke off before its end."],
  [
    "one of two choices without its end",
    [chunk({ content: "B" }, { index: 1 }), ending("stop")],
    "Cut",
    "The provider's answer broke off before its end."
  ],
  [
    "a cut within an event",
    ['data: {"id":"chatcmpl-1","choices":[{"ind'],
    "Cut",
    "The provider's stream broke off inside an event."
  ],
  [
    "an event that is no JSON",
    ["data: {oops}\n\n", ending("stop"), done],
    "Garbled",
    "The provider sent an event that is not JSON."
  ]
]

describe("a stream that ends badly fails once, after what came before", () => {
  for (const [name, events, tag, message] of failures) {
    test(`${name}`, () => {
      const deltas = streamed([chunk({ content: "Hello" }), ...events])
      const failed = deltas.filter((delta) => delta._tag === "Failed")
      expect(failed).toHaveLength(1)
      expect(deltas.at(-1)).toBe(failed[0])
      expect(failed[0]).toMatchObject({ failure: { _tag: tag, message } })
      expect(brief(deltas)).toContain("text Hello")
      expect(deltas.some((delta) => delta._tag === "Finish")).toBe(false)
    })
  }

  test("and without one chunk with a choice it is no answer", () => {
    expect(brief(streamed([done]))).toEqual(["failed Cut"])
    expect(brief(streamed([noChoice({ usage }), done]))).toEqual([counted, "failed Cut"])
  })

  test("and what is no chunk at all is passed over", () => {
    const odd = [
      "data: null\n\n",
      "data: 3\n\n",
      'data: "x"\n\n',
      "data: []\n\n",
      'data: {"choices":{}}\n\n',
      'data: {"choices":[null]}\n\n'
    ]
    expect(brief(streamed([...odd, ...hello, ending("stop"), done])).slice(1)).toEqual([...said, "finish stop"])
  })
})

describe("a regular host's stream", () => {
  test("is whole without [DONE] only when its usage came", () => {
    const cut = streamed([...hello, ending("stop")], answering({ regular: true }))
    expect(brief(cut).at(-1)).toBe("failed Cut")
    const ended = streamed([...hello, ending("stop"), noChoice({ usage })], answering({ regular: true }))
    expect(brief(ended).slice(1)).toEqual([...said, "finish stop", counted])
  })
})

test("a whole answer that comes as a stream all the same, and the other way round, is read by its form", () => {
  expect(brief(streamed([sse([...hello, ending("stop", { usage })])]))).toEqual([
    "start chatcmpl-1 their-model",
    ...said,
    "finish stop",
    counted
  ])
  expect(
    brief(
      whole({
        id: "c",
        model: "m",
        choices: [{ index: 0, message: { content: "Hello" }, finish_reason: "stop" }],
        usage
      })
    )
  ).toEqual(["start c m", "text Hello", "finish stop", counted])
})
