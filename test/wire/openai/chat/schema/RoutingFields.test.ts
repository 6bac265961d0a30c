import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { mistakeIn } from "../../../../../src/wire/openai/chat/schema/ChatMistakes.ts"

const messages = [{ role: "user", content: "Hi" }]
const right: Fields = { model: "m", messages }
const missing = "missing_required_parameter"
const wrong = "invalid_value"

/** A body, the field that is at fault, the code, and the sentence. */
const mistakes: ReadonlyArray<readonly [body: Fields, param: string, code: string, message: string]> = [
  [{ messages, models: [] }, "model", missing, "`model` is required."],
  [{ ...right, models: "n" }, "models", wrong, '`models` must be an array or null, not "n".'],
  [{ ...right, models: [5] }, "models[0]", wrong, "`models[0]` must be a string, not 5."],
  [{ ...right, fallbacks: "n" }, "fallbacks", wrong, '`fallbacks` must be an array or null, not "n".'],
  [{ ...right, fallbacks: [5] }, "fallbacks[0]", wrong, "`fallbacks[0]` must be a string or an object, not 5."],
  [{ ...right, fallbacks: ["n", {}] }, "fallbacks[1].model", missing, "`fallbacks[1].model` is required."],
  [
    { ...right, fallbacks: [{ model: "n", gateway: { trail: 1 } }] },
    "fallbacks[0].gateway.trail",
    wrong,
    "`fallbacks[0].gateway.trail` must be a boolean or null, not 1."
  ],
  [
    { ...right, fallback_config: { retry: "yes" } },
    "fallback_config.retry",
    wrong,
    '`fallback_config.retry` must be a boolean or null, not "yes".'
  ],
  [
    { ...right, fallback_config: { depth: -1 } },
    "fallback_config.depth",
    wrong,
    "`fallback_config.depth` must be a value greater than or equal to 0, not -1."
  ],
  [
    { ...right, provider: { only: ["p", 5] } },
    "provider.only[1]",
    wrong,
    "`provider.only[1]` must be a string, not 5."
  ],
  [
    { ...right, provider: { allow_fallbacks: 0 } },
    "provider.allow_fallbacks",
    wrong,
    "`provider.allow_fallbacks` must be a boolean or null, not 0."
  ],
  [
    { ...right, provider: { max_price: { prompt: "$1" } } },
    "provider.max_price.prompt",
    wrong,
    '`provider.max_price.prompt` must be a price in US dollars, a number or a text like "1.25", not a string.'
  ],
  [
    { ...right, provider: { max_price: { completion: -1 } } },
    "provider.max_price.completion",
    wrong,
    '`provider.max_price.completion` must be a price in US dollars, a number or a text like "1.25", not -1.'
  ],
  [{ ...right, num_retries: 11 }, "num_retries", wrong, "`num_retries` must be a value between 0 and 10, not 11."],
  [{ ...right, timeout: 0 }, "timeout", wrong, "`timeout` must be a value greater than 0, not 0."],
  [
    { ...right, providerOptions: { gateway: { order: "p" } } },
    "providerOptions.gateway.order",
    wrong,
    '`providerOptions.gateway.order` must be an array or null, not "p".'
  ]
]

const most = 2_147_483_647
const fields =
  "`latency_threshold_ms`, `deadline_ms`, `timeout_ms`, `on`, `retries`, `hedge`, `race`, `mid_stream`, `trail`"
const classes = "a class of failure that GET /v1/errors lists"

/** A wrong `gateway`, the field in it that is at fault, and what is said of that. */
const steering: ReadonlyArray<readonly [gateway: unknown, param: string, said: string]> = [
  [true, "", "must be an object or null, not true."],
  [{ nothing: 1 }, ".nothing", `is no field of \`gateway\`; it has ${fields}.`],
  [
    { latency_treshold_ms: 5 },
    ".latency_treshold_ms",
    "is no field of `gateway`; did you mean `latency_threshold_ms`?"
  ],
  [{ latencyThresholdMs: 5 }, ".latencyThresholdMs", "is no field of `gateway`; did you mean `latency_threshold_ms`?"],
  [{ deadline: 5 }, ".deadline", "is no field of `gateway`; did you mean `deadline_ms`?"],
  [
    { timeout_ms: { first_token: 5 } },
    ".timeout_ms.first_token",
    "is no field of `gateway.timeout_ms`; it has `connect`, `headers`, `first_content`, `idle`, `total`."
  ],
  [
    { retries: { attempts: 1, backoff: 5 } },
    ".retries.backoff",
    "is no field of `gateway.retries`; did you mean `backoff_ms`?"
  ],
  [{ hedge: { after: 5 } }, ".hedge.after", "is no field of `gateway.hedge`; did you mean `after_ms`?"],
  [{ hedge: {} }, ".hedge.after_ms", "is required."],
  [{ deadline_ms: "5" }, ".deadline_ms", 'must be a number or null, not "5".'],
  [{ deadline_ms: 0 }, ".deadline_ms", "must be a value greater than 0, not 0."],
  [{ deadline_ms: Number.NaN }, ".deadline_ms", "must be a finite number, not NaN."],
  [{ deadline_ms: Infinity }, ".deadline_ms", "must be a finite number, not Infinity."],
  [{ deadline_ms: most + 1 }, ".deadline_ms", `must be a value less than or equal to ${most}, not ${most + 1}.`],
  [{ latency_threshold_ms: -1 }, ".latency_threshold_ms", "must be a value greater than 0, not -1."],
  ...["connect", "headers", "first_content", "idle", "total"].map(
    (name) => [{ timeout_ms: { [name]: 0 } }, `.timeout_ms.${name}`, "must be a value greater than 0, not 0."] as const
  ),
  [{ timeout_ms: 5 }, ".timeout_ms", "must be an object or null, not 5."],
  [{ on: "RateLimited" }, ".on", 'must be an array or null, not "RateLimited".'],
  [{ on: ["RateLimit"] }, ".on[0]", `must be ${classes} (did you mean "RateLimited"?), not "RateLimit".`],
  [{ on: ["RateLimited", "429"] }, ".on[1]", `must be ${classes}, not "429".`],
  [{ retries: 2 }, ".retries", "must be an object or null, not 2."],
  [{ retries: {} }, ".retries.attempts", "is required."],
  [{ retries: { attempts: 11 } }, ".retries.attempts", "must be a value between 0 and 10, not 11."],
  [{ retries: { attempts: 0.5 } }, ".retries.attempts", "must be an integer, not 0.5."],
  [
    { retries: { attempts: 1, backoff_ms: -1 } },
    ".retries.backoff_ms",
    "must be a value greater than or equal to 0, not -1."
  ],
  [{ hedge: true }, ".hedge", "must be an object or null, not true."],
  [{ hedge: { after_ms: "p99" } }, ".hedge.after_ms", 'must be a number or "p95", not "p99".'],
  [{ hedge: { after_ms: 0 } }, ".hedge.after_ms", "must be a value greater than 0, not 0."],
  [
    { hedge: { after_ms: 5, max_extra_cost_usd: -1 } },
    ".hedge.max_extra_cost_usd",
    "must be a value greater than or equal to 0, not -1."
  ],
  [
    { hedge: { after_ms: 5 }, race: true },
    ".hedge",
    "stands beside `gateway.race`, which starts all targets at once and leaves none for later; leave one out."
  ],
  [{ race: "yes" }, ".race", 'must be a boolean or null, not "yes".'],
  [{ mid_stream: "continue" }, ".mid_stream", 'must be "error" or "hold", not "continue".'],
  [{ trail: 1 }, ".trail", "must be a boolean or null, not 1."],
  [
    { latency_threshold_ms: 5, timeout_ms: { first_content: 6 } },
    ".latency_threshold_ms",
    "and `gateway.timeout_ms.first_content` are the same limit and differ; leave one out."
  ]
]

describe("a request that is wrong about its way is told with its field:", () => {
  for (const [body, param, code, message] of mistakes) {
    test(message, () => {
      const mistake = mistakeIn(body)
      expect([mistake?.param, mistake?.code, mistake?.message]).toEqual([param, code, message])
    })
  }

  for (const [gateway, inside, said] of steering) {
    const param = `gateway${inside}`
    test(`\`${param}\` ${said}`, () => {
      const mistake = mistakeIn({ ...right, gateway })
      expect([mistake?.param, mistake?.message]).toEqual([param, `\`${param}\` ${said}`])
      expect(mistake?.code).toBe(said === "is required." ? missing : wrong)
    })
  }

  test("a list that is too long is told before what is in it", () => {
    const long = Array.from({ length: 257 }, () => 5)
    const lists: ReadonlyArray<readonly [Fields, string, number]> = [
      [{ fallbacks: long }, "fallbacks", 16],
      [{ models: long }, "models", 256],
      [{ gateway: { on: long } }, "gateway.on", 256],
      [{ provider: { order: long } }, "provider.order", 256],
      [{ provider: { only: long } }, "provider.only", 256],
      [{ provider: { ignore: long } }, "provider.ignore", 256],
      [{ providerOptions: { gateway: { only: long } } }, "providerOptions.gateway.only", 256]
    ]
    for (const [more, param, most] of lists) {
      const mistake = mistakeIn({ ...right, ...more })
      expect([mistake?.param, mistake?.message]).toEqual([param, `\`${param}\` has more than ${most} entries.`])
    }
  })

  test("a field of `gateway` that looks like data is not repeated", () => {
    for (const name of ["a secret sentence", "x".repeat(40)]) {
      const mistake = mistakeIn({ ...right, gateway: { [name]: 1 } })
      expect([mistake?.param, mistake?.message]).toEqual([
        "gateway",
        `\`gateway\` has an unknown field; it has ${fields}.`
      ])
    }
  })

  test("the two names of the latency threshold may say the same", () => {
    expect(
      mistakeIn({ ...right, gateway: { latency_threshold_ms: 5, timeout_ms: { first_content: 5 } } })
    ).toBeUndefined()
    expect(mistakeIn({ ...right, gateway: { hedge: { after_ms: "p95" }, race: false } })).toBeUndefined()
    expect(mistakeIn({ ...right, gateway: { hedge: null, race: true } })).toBeUndefined()
  })
})
