import { type Expected, type Fault, faults } from "../ProviderFaults.ts"
import type { Manner } from "../../stage/InProcess.ts"
import type { Row } from "./Cell.ts"
import { expectCalls, twoTools } from "./ToolCalls.ts"

/** Rows that belong together. */
export interface Group {
  readonly name: string
  readonly rows: ReadonlyArray<Row>
}

/** One that is sent on as it comes and one that is translated, where the language makes no difference. */
const oneOfEach: ReadonlyArray<Manner> = ["openai", "anthropic"]

const rowOf = (fault: Fault): Row => ({
  name: fault.name,
  model: `words:count=8:${fault.name}`,
  alone: (manner, way) => fault.but?.[manner]?.[way] ?? fault[way],
  ...(fault.heavy === true ? { heavy: true, steering: { timeout_ms: {} }, manners: oneOfEach } : {}),
  ...(/^(hang|silent-after|role-only)/.test(fault.name) ? { silent: true } : {})
})

/** The faults whose names begin so. The waits that a provider orders have rows of their own. */
const named = (...beginnings: ReadonlyArray<string>): ReadonlyArray<Row> =>
  faults
    .filter(({ name }) => !name.includes("retry-after") && beginnings.some((text) => name.startsWith(text)))
    .map(rowOf)

const row = (options: string, whole: Expected, stream: Expected, more: Partial<Row> = {}): Row => ({
  name: options,
  model: `words:count=8:${options}`,
  alone: (_manner, way) => (way === "whole" ? whole : stream),
  ...more
})

const nothing = { said: "" }
const first = { said: "The" }
const late = [
  ["TimedOut", 504],
  ["TimedOut", nothing]
] as const
const unreachable = ["Unreachable", 502] as const
const limited = ["RateLimited", 429] as const

/** Nobody listens at this port, which no program of a user may take. */
const refusing = "http://127.0.0.1:1"

const elsewhere = (name: string, url: string): Row => ({
  ...row("pace=0ms", unreachable, unreachable),
  name,
  url,
  manners: oneOfEach
})

const calls = (options: string, more: Partial<Row> = {}): Row => ({
  name: `tools ${options}`,
  model: `tools:${options}`,
  alone: () => "answer",
  asked: { tools: twoTools },
  answer: expectCalls,
  ...more
})

/**
 * Everything of the page of faults that concerns a provider's side, in its order. `plainUrl`: an address that speaks
 * HTTP without TLS.
 */
export const groups = (plainUrl: string): ReadonlyArray<Group> => [
  {
    name: "no connection",
    rows: [
      elsewhere("nobody listens", refusing),
      // A resolver may take its time.
      { ...elsewhere("no such host", "http://no-such-host.invalid"), steering: { timeout_ms: { headers: 10_000 } } },
      elsewhere("no TLS", plainUrl.replace("http:", "https:")),
      ...named("reset"),
      row("reset:times=1", unreachable, unreachable, { mends: true })
    ]
  },
  {
    name: "silence before the headers",
    rows: [...named("hang"), row("headers=3s", ...late, { silent: true, manners: oneOfEach })]
  },
  {
    name: "rate limits",
    rows: [
      ...named("status=429"),
      row("status=429:retry-after=1:times=1", limited, limited, { mends: true, manners: oneOfEach }),
      row("status=429:retry-after=7", limited, limited, {
        tries: 1,
        steering: { deadline_ms: 2000 },
        retryAfter: /^7$/
      }),
      row("status=429:retry-after=date", limited, limited, { retries: 0, retryAfter: /^[12]$/ }),
      row("status=429:retry-after=none", limited, limited, { retries: 2, retryAfter: null }),
      // Thirty years are not waited for; a caller without a fallback is told of an hour.
      row("status=429:retry-after=1000000000", limited, limited, { tries: 1, retryAfter: /^3600$/ })
    ]
  },
  {
    name: "refusals",
    rows: [
      ...named("status=5", "html", "empty-body:status", "bare"),
      row("status=500:times=1", ["ServerFault", 502], ["ServerFault", 502], { mends: true }),
      row("status=503", ["Overloaded", 503], ["Overloaded", 503], { name: "status=503, 2 retries", retries: 2 }),
      row("wrong-type:status=503", ["Overloaded", 503], ["Overloaded", 503]),
      ...named("status=4").filter(({ name }) => name !== "status=429"),
      ...named("code=")
    ]
  },
  {
    name: "bodies that are not what they should be",
    rows: [
      ...named("empty-body", "wrong-type", "broken-json", "garbled", "truncate", "short-length").filter(
        ({ name }) => !name.includes("status")
      ),
      {
        ...row("long-length:pace=20ms", ["Cut", 502], "answer"),
        // Gemini's streams have no end mark: a connection that breaks is all that is known of their end.
        alone: (manner, way) => {
          if (way === "whole") return ["Cut", 502]
          return manner === "google" ? ["Cut", first] : "answer"
        }
      }
    ]
  },
  {
    name: "streams that die or stall",
    rows: [
      ...named("silent-after", "error-event", "role-only", "cut=0"),
      row("rst=0", unreachable, ["Cut", 502]),
      // With some time between the words: what has not been read yet goes down with a connection.
      row("cut=3:pace=20ms", ["Cut", 502], ["Cut", first]),
      row("rst=3:pace=20ms", ["Cut", 502], ["Cut", first]),
      row("cut=3:pace=20ms:times=1", ["Cut", 502], ["Cut", first], { mends: true }),
      row("first=3s", ...late, {
        name: "first=3s, a latency threshold",
        steering: { latency_threshold_ms: 900 },
        silent: true
      }),
      row("first=3s", ...late, {
        name: "first=3s, a deadline",
        steering: { deadline_ms: 900 },
        silent: true,
        stops: true
      }),
      row("pace=200ms", ["TimedOut", 504], ["TimedOut", first], {
        name: "pace=200ms, a total",
        steering: { timeout_ms: { total: 1000 } },
        manners: oneOfEach
      })
    ]
  },
  {
    name: "ends of streams",
    rows: [
      ...named("no-done", "no-finish", "double-finish", "usage", "no-usage", "empty-choices"),
      row("no-done:open-end", "answer", "answer", { manners: ["openai", "baseten"] }),
      row("open-end", "answer", "answer")
    ]
  },
  {
    name: "tool calls",
    rows: [
      calls("pace=0ms"),
      calls("double-finish"),
      calls("finish-stop-with-tools"),
      calls("tool-no-id", { manners: ["openai", "google", "baseten"] }),
      ...[
        "tool-no-index",
        "tool-reused-index",
        "tool-new-id-same-index",
        "tool-object-arguments",
        "tool-name-in-pieces"
      ].map((options) => calls(options, { manners: ["openai", "baseten"] }))
    ]
  },
  {
    name: "bytes",
    rows: [
      ...named("pace", "first", "one-byte", "split-utf8", "crlf", "gzip", "br", "zstd").filter(
        ({ heavy }) => heavy !== true
      ),
      ...["comments", "trickle=20ms"].map((options) =>
        row(options, ...late, { steering: { timeout_ms: { total: 1000 } }, manners: oneOfEach })
      )
    ]
  },
  {
    name: "too much",
    rows: [
      ...faults.filter(({ heavy }) => heavy === true).map(rowOf),
      row("endless-line", ...late, { steering: { timeout_ms: { total: 300 } }, manners: oneOfEach, heavy: true })
    ]
  }
]
