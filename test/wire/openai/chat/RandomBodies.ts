import type { Fields } from "../../../../src/domain/Fields.ts"

/** Random numbers in [0, 1) that are the same in every run (mulberry32). */
export const randomFrom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

type Random = () => number

/** One of the values. */
export const oneOf = <Value>(random: Random, values: ReadonlyArray<Value>, otherwise: Value): Value =>
  values[Math.floor(random() * values.length)] ?? otherwise

/** What may stand anywhere in a body that somebody got wrong. */
const junk: ReadonlyArray<unknown> = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  1e20,
  1e300,
  "",
  "text",
  "auto",
  "function",
  [],
  {},
  [null],
  [{}],
  ["x"],
  { type: "text" },
  { type: "function", function: { name: "f" } },
  { url: "x" }
]

const messages: ReadonlyArray<Fields> = [
  { role: "system", content: "S" },
  { role: "developer", content: [{ type: "text", text: "D" }], name: "n" },
  { role: "user", content: "Hi" },
  {
    role: "user",
    content: [
      { type: "text", text: "a" },
      { type: "image_url", image_url: { url: "https://a.example", detail: "low" } }
    ],
    name: null
  },
  {
    role: "user",
    content: [
      { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
      { type: "file", file: { file_id: "f" } }
    ]
  },
  { role: "assistant", content: "Hi", refusal: null },
  { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }]
  },
  {
    role: "assistant",
    tool_calls: [{ id: "a", type: "custom", custom: { name: "f", input: "x" } }],
    reasoning_content: "Hm"
  },
  { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
  { role: "tool", tool_call_id: "a", content: "1" },
  { role: "tool", tool_call_id: "a", content: [{ type: "text", text: "1", cache_control: { type: "ephemeral" } }] },
  { role: "function", name: "f", content: "1" },
  { type: "function_call", call_id: "a", name: "f", arguments: {} },
  { type: "function_call_output", call_id: "a", output: { x: 1 } }
]

const tools: ReadonlyArray<Fields> = [
  { type: "function", function: { name: "f" } },
  { type: "function", function: { name: "g", description: "d", parameters: { type: "object" }, strict: true } },
  { type: "function", function: { name: "h", description: null, parameters: null, strict: null }, cache_control: null },
  { type: "custom", custom: { name: "c" } }
]

/** Values that a field takes, by field. */
const parameters: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  stream: [true, false],
  stream_options: [{ include_usage: true }, { include_usage: null, include_obfuscation: false }, {}],
  tools: [tools, [], tools.slice(0, 2)],
  tool_choice: [
    "auto",
    "none",
    "required",
    { type: "function", function: { name: "f" } },
    { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } }
  ],
  parallel_tool_calls: [true, false],
  functions: [[{ name: "f" }]],
  function_call: ["none", { name: "f" }],
  response_format: [
    { type: "text" },
    { type: "json_object" },
    { type: "json_schema", json_schema: { name: "s", schema: { type: "object" }, strict: true } }
  ],
  max_tokens: [1, 100],
  max_completion_tokens: [1, 100],
  temperature: [0, 0.7, 2],
  top_p: [0.1, 1],
  top_k: [1, 40],
  stop: ["x", ["x", "y"], []],
  seed: [1, -5],
  n: [1, 3],
  logprobs: [true, false],
  top_logprobs: [0, 20],
  logit_bias: [{ "5": 1 }, {}],
  presence_penalty: [-2, 0.1],
  frequency_penalty: [0, 2],
  reasoning_effort: ["none", "max"],
  reasoning: [{ effort: "low", max_tokens: 5 }],
  verbosity: ["low"],
  metadata: [{ a: "b" }, {}],
  user: ["u"],
  safety_identifier: ["s"],
  service_tier: ["auto"],
  prompt_cache_key: ["k"],
  prompt_cache_retention: ["24h"],
  cache_control: [{ type: "ephemeral", ttl: "1h" }],
  provider: [
    { require_parameters: true },
    { order: ["a"], only: ["a", "b"], ignore: [], allow_fallbacks: false, max_price: { prompt: 1, completion: "2.5" } }
  ],
  models: [["a", "b"], []],
  fallbacks: [["a", { model: "b", temperature: 0, gateway: { deadline_ms: 5 } }], [{ model: "a", messages: [] }]],
  fallback_config: [{ retry: true, depth: 1 }, {}],
  gateway: [
    { latency_threshold_ms: 5, timeout_ms: { idle: 5, total: null }, on: ["RateLimited"], race: true, trail: true },
    { retries: { attempts: 2, backoff_ms: 0 }, hedge: { after_ms: "p95" }, mid_stream: "hold" }
  ],
  num_retries: [0, 3],
  timeout: [0.5, 600],
  disable_fallbacks: [true],
  providerOptions: [{ gateway: { models: ["a"], order: ["a"], sort: "cost" }, openai: {} }],
  prompt: ["Hi"],
  tomorrow: [{ deep: [1] }],
  __proto__x: [1]
}

/** Fields and messages that few requests have; most bodies are made without, so that enough of them are usual. */
const rareFields: ReadonlySet<string> = new Set([
  "functions",
  "function_call",
  "reasoning_effort",
  "reasoning",
  "cache_control",
  "provider",
  "models",
  "fallbacks",
  "fallback_config",
  "gateway",
  "num_retries",
  "timeout",
  "disable_fallbacks",
  "providerOptions",
  "prompt"
])
const usualMessages = messages.filter(
  ({ role, content, function_call: legacy }) =>
    role !== undefined &&
    role !== "function" &&
    legacy === undefined &&
    !JSON.stringify(content ?? null).match(/audio|refusal|cache/)
)

/** A body that is right, of usual and of rare fields. */
const rightBody = (random: Random): Record<string, unknown> => {
  const plain = random() < 0.8
  const body: Record<string, unknown> = {
    model: "m",
    messages: Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
      oneOf(random, plain ? usualMessages : messages, {})
    )
  }
  for (const [name, values] of Object.entries(parameters)) {
    if (random() < 0.12 && !(plain && rareFields.has(name))) body[name] = oneOf(random, values, null)
  }
  return body
}

/** The value with something in it replaced, removed or added. */
const mutated = (random: Random, value: unknown): unknown => {
  if (typeof value !== "object" || value === null || random() < 0.15) return oneOf(random, junk, null)
  if (Array.isArray(value)) {
    const at = Math.floor(random() * value.length)
    return value.length === 0
      ? [oneOf(random, junk, null)]
      : value.map((item, index) => (index === at ? mutated(random, item) : item))
  }
  const entries = Object.entries(value)
  const at = Math.floor(random() * entries.length)
  const choice = random()
  if (choice < 0.2) return Object.fromEntries(entries.filter((_, index) => index !== at))
  if (choice < 0.3)
    return {
      ...value,
      [oneOf(random, ["cache_control", "name", "type", "content", "index"], "x")]: oneOf(random, junk, null)
    }
  return Object.fromEntries(
    entries.map(([name, inner], index) => [name, index === at ? mutated(random, inner) : inner])
  )
}

/** A body, right or wrong. */
export const randomBody = (random: Random): Fields => {
  const body = rightBody(random)
  if (random() < 0.4) return body
  const one = mutated(random, body)
  const wrong = random() < 0.5 ? one : mutated(random, one)
  return typeof wrong === "object" && wrong !== null && !Array.isArray(wrong) ? { ...wrong } : body
}
