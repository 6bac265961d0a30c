import { expect, test } from "bun:test"
import { differences } from "../Differences.ts"
import { expectationOf } from "../Expectation.ts"
import { fold } from "../Fold.ts"
import { decoded, languageFor } from "../Languages.ts"
import type { Outcome } from "../Outcome.ts"
import type { Recording } from "../Recordings.ts"

/**
 * What hosts of OpenAI's language do that few recordings show; each is made here after what the host's documents or
 * issue threads say.
 */
interface Oddity {
  readonly name: string
  readonly whole?: object
  readonly events?: ReadonlyArray<object>
  readonly told: (outcome: Outcome) => unknown
  readonly expected: unknown
}

const body = (choice: object, usage?: object): object => ({
  id: "made",
  object: "chat.completion",
  model: "made",
  choices: [{ index: 0, finish_reason: "stop", ...choice }],
  usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10, ...usage }
})

const chunk = (delta: object, choice?: object): object => ({
  id: "made",
  object: "chat.completion.chunk",
  model: "made",
  choices: [{ index: 0, delta, finish_reason: null, ...choice }]
})

const message = { role: "assistant", content: "Yes" }

const oddities: ReadonlyArray<Oddity> = [
  {
    name: "Perplexity puts an empty delta beside the message of a body",
    whole: body({ message, delta: { role: "assistant", content: "" } }),
    told: ({ choices }) => choices[0]?.text,
    expected: "Yes"
  },
  {
    name: "OpenRouter tells the failure of the host behind it in the choice of a body",
    whole: body({ message, finish_reason: "error", error: { code: 429, message: "Slow down" } }),
    told: ({ failure }) => failure,
    expected: "RateLimited"
  },
  {
    name: "a stream that ends for `error` has failed",
    events: [chunk(message), chunk({}, { finish_reason: "error" })],
    told: ({ failure }) => failure,
    expected: "ServerFault"
  },
  {
    name: "Poolside's later pieces of a tool call have an id of their own",
    events: [
      chunk({ tool_calls: [{ index: 0, id: "first", type: "function", function: { name: "look", arguments: "" } }] }),
      chunk({ tool_calls: [{ index: 0, id: "other", function: { arguments: `{"a":` } }] }),
      chunk({ tool_calls: [{ index: 0, id: "other", function: { arguments: "1}" } }] }, { finish_reason: "tool_calls" })
    ],
    told: ({ choices }) => choices[0]?.calls,
    expected: [{ id: "first", kind: "function", name: "look", arguments: `{"a":1}` }]
  },
  {
    name: "Google's OpenAI door gives every parallel call the index 0",
    events: [
      chunk({ tool_calls: [{ index: 0, id: "one", type: "function", function: { name: "look", arguments: "{}" } }] }),
      chunk({ tool_calls: [{ index: 0, id: "two", type: "function", function: { name: "listen", arguments: "{}" } }] }),
      chunk({}, { finish_reason: "stop" })
    ],
    told: ({ choices }) => choices.map(({ calls, finish }) => [calls.map(({ id, name }) => [id, name]), finish]),
    expected: [
      [
        [
          ["one", "look"],
          ["two", "listen"]
        ],
        "tool_calls"
      ]
    ]
  },
  {
    name: "Vercel's gateway tells cache writes beside the counts",
    whole: body({ message }, { cache_creation_input_tokens: 7 }),
    told: ({ usage }) => usage?.cacheWrite,
    expected: 7
  },
  {
    name: "Moonshot tells usage in the last chunk's choice",
    events: [
      chunk(message),
      chunk(
        {},
        { finish_reason: "stop", usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cached_tokens: 1 } }
      )
    ],
    told: ({ usage }) => usage,
    expected: { input: 3, output: 2, cached: 1, cacheWrite: 0, reasoning: 0 }
  }
]

for (const { events, expected, name, told, whole } of oddities) {
  test(name, async () => {
    const lines = (events ?? []).map((event) => `data: ${JSON.stringify(event)}\n\n`)
    const recording: Recording = {
      id: "made",
      provider: "made",
      kind: "chat",
      stream: events !== undefined,
      request: undefined,
      status: 200,
      headers: {},
      body: whole === undefined ? [...lines, "data: [DONE]\n\n"].join("") : JSON.stringify(whole)
    }
    const language = languageFor(recording)
    const decoder = recording.stream ? language.stream() : language.whole()
    const outcome = fold(decoded(decoder, [new TextEncoder().encode(recording.body)]))
    expect(told(outcome)).toEqual(expected)
    // The independent reading, which judges recordings, must see it as well.
    expect(differences(await expectationOf(recording), outcome)).toEqual([])
  })
}
