/** The key that both programs under measurement ask of their callers. */
export const callerKey = "sk-bench"

/** The key that both send to the mock upstream. */
export const upstreamKey = "sk-upstream"

/** How the mock upstream answers: one JSON body, a stream in a single write, or a stream in paced pieces. */
export type AnswerKind = "json" | "bulk" | "paced"

/**
 * Models of the gateway's catalog that go through chat completions; the mock upstream tells the kinds of stream apart
 * by them.
 */
export const modelOf: Readonly<Record<AnswerKind, string>> = {
  json: "gpt-4.1-mini",
  bulk: "gpt-4.1-mini",
  paced: "gpt-4.1-nano"
}

/** Content events of one stream. */
export const streamedDeltas = 64

const schema = {
  type: "object",
  properties: {
    summary: { type: "string", description: "Two or three sentences that say what the call was about." },
    sentiment: { type: "string", enum: ["positive", "neutral", "negative"] },
    topics: { type: "array", items: { type: "string" } },
    follow_up: { type: ["string", "null"], description: "What was promised to the customer, if anything." }
  },
  required: ["summary", "sentiment", "topics", "follow_up"],
  additionalProperties: false
}

/** What a caller sends, 1.7 KB: five messages, a tool and a response format; `more`: further fields. */
export const requestBody = (kind: AnswerKind, more: object = {}): string =>
  JSON.stringify({
    model: modelOf[kind],
    messages: [
      {
        role: "system",
        content: "You are a careful assistant for the support team of an online shop. Answer in JSON."
      },
      {
        role: "user",
        content:
          "Agent: Thank you for calling, how can I help? Caller: I ordered a lamp two weeks ago, order 4821, and it has not come. " +
          "Agent: Let me look that up for you. Caller: It was meant as a birthday present, so I am rather unhappy about it."
      },
      { role: "assistant", content: "I will look up the order before I summarize the conversation for the team." },
      {
        role: "user",
        content:
          "Agent: It is at the depot and leaves tomorrow. Caller: Good, then please send me the tracking number as well."
      },
      { role: "user", content: "Summarize the conversation so far and say what was promised." }
    ],
    tools: [
      {
        type: "function",
        function: {
          name: "get_order_status",
          description: "Looks up where an order is, by its number.",
          parameters: {
            type: "object",
            properties: { order_id: { type: "string", description: "The number of the order." } },
            required: ["order_id"],
            additionalProperties: false
          }
        }
      }
    ],
    response_format: { type: "json_schema", json_schema: { name: "call_summary", strict: true, schema } },
    temperature: 0.3,
    max_tokens: 400,
    ...(kind === "json" ? {} : { stream: true }),
    ...more
  })

const answerText =
  "The caller ordered a lamp two weeks ago, order 4821, and had not received it. It is at the depot and leaves tomorrow. " +
  "The agent promised to send the tracking number. The caller was unhappy at first, because the lamp is a birthday present, and calmer at the end."

const usage = {
  prompt_tokens: 312,
  completion_tokens: 71,
  total_tokens: 383,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0
  }
}

const envelope = { id: "chatcmpl-bench0123456789abcdefghijklm", created: 1764000000, model: "gpt-4.1-mini-2025-04-14" }

/** What the mock upstream answers in one piece, about 1 KB. */
export const answerBody: string = JSON.stringify({
  ...envelope,
  object: "chat.completion",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: answerText, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: "stop"
    }
  ],
  usage,
  service_tier: "default",
  system_fingerprint: "fp_bench"
})

const chunk = (fields: object): string =>
  `data: ${JSON.stringify({ ...envelope, object: "chat.completion.chunk", service_tier: "default", system_fingerprint: "fp_bench", ...fields })}\n\n`

const choice = (delta: object, finish_reason: string | null) => ({
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  usage: null
})

/** The events of a stream as OpenAI sends them: role, text, finish, usage, end mark. */
export const streamEvents: ReadonlyArray<string> = [
  chunk(choice({ role: "assistant", content: "", refusal: null }, null)),
  ...Array.from({ length: streamedDeltas }, (_, at) => chunk(choice({ content: ` word ${at} of a stream` }, null))),
  chunk(choice({}, "stop")),
  chunk({ choices: [], usage }),
  "data: [DONE]\n\n"
]
