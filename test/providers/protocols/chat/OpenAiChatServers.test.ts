import type { Fields } from "../../../../src/domain/Fields.ts"
import { calling, chunk, done, ending, tellsOf } from "./ChatStreams.ts"

const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }
const counted = "usage 11 (0 cached) 4 (0 reasoning)"
const hello = [chunk({ role: "assistant", content: "" }), chunk({ content: "Hel" }), chunk({ content: "lo" })]
const said = ["text Hel", "text lo"]
const noChoice = (fields: Fields): Fields => chunk({}, {}, { choices: [], ...fields })

// What the streams of smaller hosts, and of servers that teams run themselves, are like, and what is told of them after
// the start.
tellsOf("a stream of", [
  [
    "Moonshot: usage within the choice",
    [...hello, chunk({}, { finish_reason: "stop", usage }), done],
    [...said, "finish stop", counted]
  ],
  [
    "z.ai: a whole call at once, an end word of its own for a full context",
    [
      calling({ id: "call_1", index: 0, type: "function", function: { name: "f", arguments: "{}" } }),
      ending("model_context_window_exceeded"),
      done
    ],
    ["call 0 call_1 f", "arguments 0 {}", "finish length"]
  ],
  [
    "Baseten: usage when asked for, reasoning_content",
    [
      chunk({ role: "assistant", content: "", reasoning_content: "Hm" }),
      ...hello,
      ending("stop"),
      noChoice({ usage }),
      done
    ],
    ["reasoning Hm", ...said, "finish stop", counted]
  ],
  [
    "Ollama: a chunk for each whole call, `stop` at the end",
    [
      chunk({ role: "assistant", content: "", reasoning: "Hm" }),
      calling({ id: "call_a", index: 0, type: "function", function: { name: "f", arguments: '{"x":1}' } }),
      calling({ id: "call_b", index: 0, type: "function", function: { name: "g", arguments: "{}" } }),
      ending("stop"),
      noChoice({ usage }),
      done
    ],
    [
      "reasoning Hm",
      "call 0 call_a f",
      'arguments 0 {"x":1}',
      "call 1 call_b g",
      "arguments 1 {}",
      "finish tool_calls",
      counted
    ]
  ],
  [
    "vLLM: usage in each chunk, content on the finish chunk",
    [
      chunk({ role: "assistant", content: "" }, {}, { usage: { prompt_tokens: 11, completion_tokens: 0 } }),
      chunk({ content: "Hel" }, { token_ids: null }, { usage: { prompt_tokens: 11, completion_tokens: 2 } }),
      chunk(
        { content: "lo" },
        { finish_reason: "stop", stop_reason: 7 },
        { usage: { prompt_tokens: 11, completion_tokens: 3 } }
      ),
      noChoice({ usage }),
      done
    ],
    [...said, "finish stop", counted]
  ],
  [
    "vLLM: reasoning under both of its names is said once",
    [chunk({ reasoning: "Hm", reasoning_content: "Hm" }), chunk({ content: "Hello" }), ending("stop"), done],
    ["reasoning Hm", "text Hello", "finish stop"]
  ],
  [
    "llama.cpp: timings beside the usage",
    [...hello, ending("stop"), noChoice({ usage, timings: { predicted_ms: 5 } }), done],
    [...said, "finish stop", counted]
  ],
  ["Hugging Face: no [DONE]", [...hello, ending("stop", { usage })], [...said, "finish stop", counted]],
  ["Hugging Face: TGI's word for an end token", [...hello, ending("eos_token"), done], [...said, "finish stop"]],
  [
    "Mistral: thinking as parts of the content, a whole call on the finish chunk",
    [
      chunk({ role: "assistant", content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm" }] }] }),
      chunk({ content: [{ type: "text", text: "Hello" }] }, {}, { p: "abc" }),
      chunk(
        { content: "", tool_calls: [{ id: "D681PevKs", index: 0, function: { name: "f", arguments: "{}" } }] },
        { finish_reason: "tool_calls" },
        { usage }
      ),
      done
    ],
    ["reasoning Hm", "text Hello", "call 0 D681PevKs f", "arguments 0 {}", "finish tool_calls", counted]
  ],
  ["Mistral: its word for a full context", [...hello, ending("model_length"), done], [...said, "finish length"]],
  [
    "Cerebras: time_info beside the usage",
    [
      chunk({ role: "assistant" }),
      chunk({ reasoning: "Hm" }),
      chunk({ content: "Hello" }),
      ending("stop", { usage, time_info: { total_time: 1 } }),
      done
    ],
    ["reasoning Hm", "text Hello", "finish stop", counted]
  ],
  [
    "Gemini's OpenAI door: calls without an index, `stop` at the end",
    [
      chunk(
        { role: "assistant", tool_calls: [{ id: "", type: "function", function: { name: "f", arguments: "{}" } }] },
        { finish_reason: "stop" }
      ),
      done
    ],
    ["call 0 call_0 f", "arguments 0 {}", "finish tool_calls"]
  ],
  [
    "a host with empty finish reasons on the way",
    [
      chunk({ content: "Hel" }, { finish_reason: "" }),
      chunk({ content: "lo" }, { finish_reason: "" }),
      ending("stop"),
      done
    ],
    [...said, "finish stop"]
  ],
  [
    "Anthropic's words behind a proxy: a refusal",
    [...hello, ending("refusal"), done],
    [...said, "finish content_filter"]
  ],
  ["Anthropic's words behind a proxy: the limit", [...hello, ending("max_tokens"), done], [...said, "finish length"]],
  [
    "two answers, their pieces in turn",
    [
      chunk({ content: "A" }),
      chunk({ content: "B" }, { index: 1 }),
      ending("stop"),
      chunk({}, { index: 1, finish_reason: "length" }),
      done
    ],
    ["text A", "1: text B", "finish stop", "1: finish length"]
  ],
  [
    "an end mark with a blank behind it, blank data as keep-alive",
    ["data: \n\n", ...hello, ending("stop"), "data: [DONE] \n\n"],
    [...said, "finish stop"]
  ]
])
