/** The answers that the simulator can give, by the name that a model's name begins with. */
export const scripts = {
  echo: "says what this is, repeats the last words of the user, names models to try next (pace 5 ms)",
  words: "`count` words (60), the same ones every time",
  clock: "`count` words (20, pace 20 ms), each the Unix time in milliseconds at which it was sent",
  tool: "calls the first tool offered, with arguments made from its schema and the user's words; then tells its result",
  tools: "calls every tool offered, in parallel; then tells their results",
  think: "reasons, then answers in words",
  json: "an example of the JSON schema that was asked for",
  refuse: "declines to answer",
  filter: "some words, then stopped by a content filter",
  length: "`count` words (10), then stopped by the limit of tokens",
  empty: "an empty answer"
} as const

export type ScriptName = keyof typeof scripts

/** How an option is written: `duration` 200ms, 2s, 1m; `count` a whole number; `flag` nothing; `word` one of a few. */
export type OptionKind = "duration" | "count" | "flag" | "word"

interface Option {
  readonly kind: OptionKind
  readonly line: string
  /** Misbehaviour, which `times` and `for` bring to an end. */
  readonly fault?: true
  /** The value when only the name is written; an option without one must be given a value. */
  readonly usual?: number
  /** The largest value, where more would be too much for the simulator itself. */
  readonly most?: number
}

const mebibyte = 1024 * 1024

/** Everything that may follow a script's name. */
export const options = {
  first: { kind: "duration", line: "time until the first content" },
  pace: { kind: "duration", line: "time between pieces (a piece is a word, or a fragment of arguments)" },
  headers: { kind: "duration", line: "time until the headers" },
  count: { kind: "count", most: 1_000_000, line: "how many words" },
  input: { kind: "count", line: "tokens of input to report, cached ones included" },
  output: { kind: "count", line: "tokens of output to report, reasoning included" },
  cached: { kind: "count", line: "tokens of input to report as read from the cache" },
  written: { kind: "count", line: "tokens of input to report as written to the cache" },
  reasoning: { kind: "count", line: "tokens of output to report as reasoning" },
  times: { kind: "count", line: "misbehave for the first N requests to this exact name only" },
  for: { kind: "duration", line: "misbehave for so long after the first request to this exact name only" },
  at: { kind: "count", line: "after how many pieces a fault happens that is written without a number" },

  status: { kind: "count", fault: true, line: "answer with this error status" },
  code: { kind: "word", fault: true, line: "which error, in the words of the language spoken" },
  "retry-after": {
    kind: "word",
    fault: true,
    line: "when to come back: seconds, `date` (two seconds from now) or `none`"
  },
  bare: { kind: "flag", fault: true, line: "the error as a bare string, as Baseten's model APIs write it (chat)" },
  html: { kind: "flag", fault: true, line: "a page of HTML, status 502 unless `status` says otherwise" },
  "empty-body": { kind: "flag", fault: true, line: "no body, status 200 unless `status` says otherwise" },
  "wrong-type": { kind: "flag", fault: true, line: "content-type text/plain" },
  "prefill-refused": { kind: "flag", fault: true, line: "400 when the last message is the assistant's" },
  reset: { kind: "flag", fault: true, line: "TCP reset before the headers" },
  hang: { kind: "flag", fault: true, line: "accept and never answer" },
  "silent-after": { kind: "count", usual: 1, fault: true, line: "after N pieces nothing more, the socket stays open" },
  cut: { kind: "count", usual: 1, fault: true, line: "after N pieces the socket is closed" },
  rst: { kind: "count", usual: 1, fault: true, line: "after N pieces a TCP reset" },
  truncate: { kind: "flag", fault: true, line: "the body ends in the middle, as if that were its end" },
  "long-length": { kind: "flag", fault: true, line: "content-length says more than is sent" },
  "short-length": { kind: "flag", fault: true, line: "content-length says less than is sent" },
  garbled: { kind: "count", usual: 1, fault: true, line: "the Nth event is broken JSON" },
  "broken-json": { kind: "flag", fault: true, line: "status 200 with broken JSON" },
  "error-event": { kind: "count", usual: 0, fault: true, line: "the provider's error inside a 200, after N pieces" },
  "role-only": {
    kind: "duration",
    usual: 15_000,
    fault: true,
    line: "signs of life but no content for so long, then the provider's error"
  },
  "no-done": { kind: "flag", fault: true, line: "the end mark is left out (chat, Anthropic's message_stop)" },
  "open-end": { kind: "flag", fault: true, line: "after the end of a stream the connection stays open" },
  "no-finish": { kind: "flag", fault: true, line: "neither a finish reason nor what follows it" },
  "double-finish": { kind: "flag", fault: true, line: "the finish comes twice" },
  "usage-in-extra-chunk": { kind: "flag", fault: true, line: "usage in a chunk of its own, asked for or not" },
  "usage-with-finish": { kind: "flag", fault: true, line: "usage in the finish chunk, asked for or not (chat)" },
  "no-usage": { kind: "flag", fault: true, line: "usage is never reported" },
  "empty-choices": { kind: "flag", fault: true, line: "a first chunk without choices, as Azure sends (chat, Gemini)" },
  "tool-no-index": { kind: "flag", fault: true, line: "fragments of tool calls without an index (chat)" },
  "tool-reused-index": { kind: "flag", fault: true, line: "every tool call whole in one chunk, all at index 0 (chat)" },
  "tool-new-id-same-index": { kind: "flag", fault: true, line: "a second call opens at the index of the first (chat)" },
  "tool-object-arguments": { kind: "flag", fault: true, line: "arguments as an object instead of JSON text (chat)" },
  "tool-name-in-pieces": { kind: "flag", fault: true, line: "the name of a tool call in two chunks (chat)" },
  "tool-no-id": { kind: "flag", fault: true, line: "tool calls without an id (chat, Gemini)" },
  "finish-stop-with-tools": { kind: "flag", fault: true, line: "a finish reason of `stop` after tool calls" },
  "one-byte": { kind: "flag", fault: true, line: "each byte is a write of its own" },
  "split-utf8": { kind: "flag", fault: true, line: "writes end inside characters" },
  crlf: { kind: "flag", fault: true, line: "lines of a stream end with CR and LF, in two writes" },
  giant: {
    kind: "count",
    usual: 16 * mebibyte,
    most: 64 * mebibyte,
    fault: true,
    line: "the first piece has so many characters"
  },
  comments: { kind: "flag", fault: true, line: "instead of content, comment lines without end" },
  "endless-line": { kind: "flag", fault: true, line: "instead of content, one comment line without end" },
  gzip: { kind: "flag", fault: true, line: "compressed, asked for or not" },
  br: { kind: "flag", fault: true, line: "compressed with Brotli, asked for or not" },
  zstd: { kind: "flag", fault: true, line: "compressed with Zstandard, asked for or not" },
  "gzip-bomb": { kind: "flag", fault: true, line: "a quarter of a megabyte that unpacks to 256" },
  trickle: { kind: "duration", usual: 1000, fault: true, line: "so long between one byte and the next" }
} as const satisfies Record<string, Option>

export type OptionName = keyof typeof options

type OfKind<Kind extends OptionKind> = {
  [Name in OptionName]: (typeof options)[Name]["kind"] extends Kind ? Name : never
}[OptionName]

export type DurationName = OfKind<"duration">
export type CountName = OfKind<"count">
export type FlagName = OfKind<"flag">

/** What `code=` may say; each language has its own words for it. */
export const problems = [
  "invalid_request",
  "context_length_exceeded",
  "content_policy",
  "invalid_api_key",
  "permission_denied",
  "model_not_found",
  "rate_limit_exceeded",
  "insufficient_quota",
  "server_error",
  "overloaded",
  "timeout"
] as const

export type ProblemName = (typeof problems)[number]

/** The options as data of one shape, for reading by name. */
export const optionTable: Readonly<Record<string, Option>> = options

/** Whether a name is one of a script. */
export const isScript = (name: string): name is ScriptName => Object.hasOwn(scripts, name)
/** Whether a name is one of an option. */
export const isOption = (name: string): name is OptionName => Object.hasOwn(options, name)
