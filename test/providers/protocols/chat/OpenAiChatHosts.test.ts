import type { Fields } from "../../../../src/domain/Fields.ts"
import { calling, chunk, done, ending, tellsOf } from "./ChatStreams.ts"

const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }
const counted = "usage 11 (0 cached) 4 (0 reasoning)"
const hello = [chunk({ role: "assistant", content: "" }), chunk({ content: "Hel" }), chunk({ content: "lo" })]
const said = ["text Hel", "text lo"]
const noChoice = (fields: Fields): Fields => chunk({}, {}, { choices: [], ...fields })

// What the streams of OpenAI and of the large hosts are like, and what is told of them after the start.
tellsOf("a stream of", [
  [
    "OpenAI: usage in a chunk without a choice",
    [...hello, ending("stop"), noChoice({ usage }), done],
    [...said, "finish stop", counted]
  ],
  [
    "OpenAI: padding, nulls and a moderation chunk",
    [
      chunk({ role: "assistant", content: "", refusal: null }, { logprobs: null }, { obfuscation: "xyz", usage: null }),
      chunk({ content: "Hello" }, { logprobs: null }, { obfuscation: "abcdef", usage: null }),
      noChoice({ moderation: { flagged: false } }),
      ending("stop", { obfuscation: "q" }),
      noChoice({ usage }),
      done
    ],
    ["text Hello", "finish stop", counted]
  ],
  [
    "OpenAI: a refusal",
    [
      chunk({ role: "assistant", content: "", refusal: null }),
      chunk({ refusal: "I " }),
      chunk({ refusal: "will not." }),
      ending("stop"),
      done
    ],
    ["refusal I ", "refusal will not.", "finish stop"]
  ],
  [
    "OpenAI: log probabilities",
    [
      chunk({ content: "Hi" }, { logprobs: { content: [{ token: "Hi", logprob: -0.1 }], refusal: null } }),
      ending("stop"),
      done
    ],
    ["text Hi with logprobs", "finish stop"]
  ],
  [
    "OpenAI: sound",
    [chunk({ audio: { id: "audio_1", transcript: "Hi" } }), chunk({ audio: { data: "AAAA" } }), ending("stop"), done],
    ['audio {"id":"audio_1","transcript":"Hi"}', 'audio {"data":"AAAA"}', "finish stop"]
  ],
  [
    "OpenAI: citations of a search model",
    [
      chunk({
        content: "Hi",
        annotations: [
          {
            type: "url_citation",
            url_citation: { url: "https://a.example", title: "A", start_index: 0, end_index: 2 }
          },
          { type: "other" }
        ]
      }),
      ending("stop"),
      done
    ],
    ["text Hi", "cites https://a.example", "finish stop"]
  ],
  [
    "Azure: a first chunk without id, model and choice, and a filter's verdict after the end",
    [
      { id: "", object: "", created: 0, model: "", choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      ...hello,
      ending("stop"),
      chunk({}, { content_filter_offsets: { check_offset: 1 }, finish_reason: null }),
      noChoice({ usage }),
      done
    ],
    [...said, "finish stop", counted]
  ],
  [
    "Groq: reasoning, and usage within x_groq on the finish chunk",
    [
      chunk({ role: "assistant", content: null, reasoning: "Hm", channel: "analysis" }),
      chunk({ content: "Hello" }),
      ending("stop", { x_groq: { id: "req", usage } }),
      done
    ],
    ["reasoning Hm", "text Hello", "finish stop", counted]
  ],
  [
    "Groq: usage in x_groq and in a chunk of its own",
    [...hello, ending("stop", { x_groq: { usage } }), noChoice({ usage }), done],
    [...said, "finish stop", counted]
  ],
  [
    "OpenRouter: comments, the role in each chunk, the end twice, usage with a choice",
    [
      ": OPENROUTER PROCESSING\n\n",
      chunk({ role: "assistant", content: "Hel" }, { native_finish_reason: null }),
      ": OPENROUTER PROCESSING\n\n",
      chunk({ role: "assistant", content: "lo" }),
      chunk({ role: "assistant", content: "" }, { finish_reason: "stop", native_finish_reason: "STOP" }),
      chunk({ role: "assistant", content: "" }, { finish_reason: "stop" }, { usage: { ...usage, cost: 0.1 } }),
      done
    ],
    [...said, "finish stop", counted]
  ],
  [
    "OpenRouter: reasoning said twice, as text and as details",
    [
      chunk({
        content: "",
        reasoning: "Hm",
        reasoning_details: [{ type: "reasoning.text", text: "Hm", format: "anthropic-claude-v1", index: 0 }]
      }),
      chunk({
        content: "",
        reasoning: null,
        reasoning_details: [{ type: "reasoning.text", signature: "S", format: "anthropic-claude-v1", index: 0 }]
      }),
      chunk({ content: "Hello" }),
      ending("stop"),
      done
    ],
    ["reasoning Hm", "detail 0 reasoning.text", "detail 0 reasoning.text", "text Hello", "finish stop"]
  ],
  [
    "a host that says reasoning in details only, some of a kind that nobody knows",
    [
      chunk({
        reasoning_details: [
          { type: "reasoning.summary", summary: "So." },
          { type: "reasoning.encrypted", data: "E" },
          { type: "new" }
        ]
      }),
      ending("stop"),
      done
    ],
    ["detail 0 reasoning.summary", "reasoning So.", "detail 1 reasoning.encrypted", "finish stop"]
  ],
  [
    "Together: usage on the last chunk, cached tokens flat",
    [chunk({ content: "Hello", token_id: 5 }), ending("stop", { usage: { ...usage, cached_tokens: 7 } }), done],
    ["text Hello", "finish stop", "usage 11 (7 cached) 4 (0 reasoning)"]
  ],
  [
    "DeepSeek: reasoning_content with a null content, cache hits under their own name",
    [
      chunk({ role: "assistant", content: null, reasoning_content: "Hm" }),
      chunk({ content: "Hello", reasoning_content: null }),
      ending("stop", {
        usage: {
          ...usage,
          prompt_cache_hit_tokens: 3,
          prompt_cache_miss_tokens: 8,
          completion_tokens_details: { reasoning_tokens: 1 }
        }
      }),
      done
    ],
    ["reasoning Hm", "text Hello", "finish stop", "usage 11 (3 cached) 4 (1 reasoning)"]
  ],
  [
    "DashScope: reasoning with a null content, usage without a choice",
    [
      chunk({ content: null, reasoning_content: "Hm" }),
      chunk({ content: "Hello", reasoning_content: null }),
      ending("stop"),
      noChoice({ usage }),
      done
    ],
    ["reasoning Hm", "text Hello", "finish stop", counted]
  ],
  [
    "xAI: whole arguments, reasoning that its completion tokens leave out",
    [
      chunk({ role: "assistant", reasoning_content: "Hm" }),
      calling({ id: "call_1", index: 0, type: "function", function: { name: "f", arguments: '{"x":1}' } }),
      ending("tool_calls"),
      noChoice({
        usage: {
          prompt_tokens: 11,
          completion_tokens: 4,
          total_tokens: 20,
          completion_tokens_details: { reasoning_tokens: 5 }
        }
      }),
      done
    ],
    [
      "reasoning Hm",
      "call 0 call_1 f",
      'arguments 0 {"x":1}',
      "finish tool_calls",
      "usage 11 (0 cached) 9 (5 reasoning)"
    ]
  ],
  [
    "Perplexity: the message so far beside each delta",
    [
      chunk({ role: "assistant", content: "Hel" }, { message: { role: "assistant", content: "Hel" } }, { usage }),
      chunk(
        { role: "assistant", content: "lo" },
        { message: { role: "assistant", content: "Hello" }, finish_reason: "stop" },
        { usage }
      )
    ],
    [...said, "finish stop", counted]
  ]
])
