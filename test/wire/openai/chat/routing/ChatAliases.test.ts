import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { chatAliases, withOwnNames } from "../../../../../src/wire/openai/chat/routing/ChatAliases.ts"
import { read, routing } from "./Reading.ts"

/** For each alias a body that has it, and the same in our own names. */
const twins: Readonly<Record<string, readonly [theirs: Fields, ours: Fields]>> = {
  num_retries: [{ num_retries: 2 }, { gateway: { retries: { attempts: 2 } } }],
  "fallback_config.retry": [
    { fallback_config: { retry: true } },
    { gateway: { retries: { attempts: 1, backoff_ms: 500 } } }
  ],
  timeout: [{ timeout: 2.5 }, { gateway: { timeout_ms: { total: 2500 } } }],
  disable_fallbacks: [{ disable_fallbacks: true }, { provider: { allow_fallbacks: false } }],
  "providerOptions.gateway.models": [{ providerOptions: { gateway: { models: ["n"] } } }, { models: ["n"] }],
  "providerOptions.gateway.order": [{ providerOptions: { gateway: { order: ["p"] } } }, { provider: { order: ["p"] } }],
  "providerOptions.gateway.only": [{ providerOptions: { gateway: { only: ["p"] } } }, { provider: { only: ["p"] } }]
}

/** What can be compared of a request: its way, and what would be sent. */
const seen = (more: Fields) => {
  const { steering, alternatives, depth, preferences } = routing(more)
  return {
    steering,
    depth,
    preferences,
    alternatives: alternatives.map(({ field, ask, steering }) => ({ field, steering, request: ask.request() })),
    request: read(more).request()
  }
}

describe("another gateway's name means the same as ours:", () => {
  for (const { alias, product, field } of chatAliases) {
    test(`${product}'s ${alias} is ${field}`, () => {
      const [theirs, ours] = twins[alias] ?? [{}, {}]
      expect(theirs).not.toEqual({})
      expect(seen(theirs)).toEqual(seen(ours))
      expect(seen(theirs)).not.toEqual(seen({}))
    })
  }

  test("in a fallback, too", () => {
    const { steering, alternatives } = routing({ fallbacks: [{ model: "n", num_retries: 3, timeout: 5 }] })
    expect(steering).toEqual({})
    expect(alternatives[0]?.steering).toEqual({ retries: { attempts: 3 }, timeouts: { totalMs: 5000 } })
  })

  test("AssemblyAI's retry that is switched off is none", () => {
    expect(routing({ fallback_config: { retry: false } }).steering).toEqual({ retries: { attempts: 0 } })
  })

  test("LiteLLM's fallbacks that are not disabled are nothing said", () => {
    expect(routing({ disable_fallbacks: false }).preferences).toEqual({})
  })
})

describe("what is said under our own name goes before:", () => {
  const cases: ReadonlyArray<readonly [body: Fields, own: Fields]> = [
    [
      { num_retries: 2, gateway: { retries: { attempts: 5 } } },
      { num_retries: 2, gateway: { retries: { attempts: 5 } } }
    ],
    [
      { fallback_config: { retry: true }, gateway: { retries: { attempts: 0 }, trail: true } },
      { fallback_config: { retry: true }, gateway: { retries: { attempts: 0 }, trail: true } }
    ],
    [
      { fallback_config: { retry: true }, num_retries: 3 },
      { fallback_config: { retry: true }, num_retries: 3, gateway: { retries: { attempts: 3 } } }
    ],
    [
      { timeout: 5, gateway: { timeout_ms: { total: 7, idle: 3 } } },
      { timeout: 5, gateway: { timeout_ms: { total: 7, idle: 3 } } }
    ],
    [
      { timeout: 5, gateway: { timeout_ms: { idle: 3 } } },
      { timeout: 5, gateway: { timeout_ms: { idle: 3, total: 5000 } } }
    ],
    [
      { disable_fallbacks: true, provider: { order: ["p"] } },
      { disable_fallbacks: true, provider: { order: ["p"], allow_fallbacks: false } }
    ]
  ]
  for (const [body, own] of cases) {
    test(JSON.stringify(body), () => expect(withOwnNames(body)).toEqual(own))
  }

  test("and the caller's body itself is left as it is", () => {
    const body = { timeout: 5, gateway: { timeout_ms: { idle: 3 } } }
    withOwnNames(body)
    expect(body).toEqual({ timeout: 5, gateway: { timeout_ms: { idle: 3 } } })
    const none = { model: "m", timeout: null }
    expect(withOwnNames(none)).toBe(none)
  })
})
