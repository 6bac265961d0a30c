import { expect, test } from "bun:test"
import type { Fields } from "../../../../src/domain/Fields.ts"
import { unservedFields } from "../../../../src/wire/openai/chat/UnservedFields.ts"

/** A body's fields, and those of them that are told as not served. */
const bodies: ReadonlyArray<readonly [name: string, body: Fields, told: ReadonlyArray<string>]> = [
  ["a usual body", { model: "m", messages: [], tomorrow: 1 }, []],
  [
    "what says where a request goes",
    {
      models: ["a"],
      fallbacks: ["b"],
      fallback_config: { retry: true, depth: 1 },
      gateway: { trail: true },
      num_retries: 1,
      timeout: 5,
      disable_fallbacks: true
    },
    []
  ],
  [
    "OpenRouter's preferences, some of which are not served",
    { provider: { order: ["x"], require_parameters: true, sort: "price", max_price: { prompt: 1, image: 2 } } },
    ["provider.sort", "provider.max_price.image"]
  ],
  ["OpenRouter's route, which is ours", { route: "fallback" }, []],
  ["another route", { route: "sort" }, ["route"]],
  [
    "Vercel's options",
    { providerOptions: { gateway: { order: ["x"], sort: "ttft" }, anthropic: { thinking: {} } } },
    ["providerOptions.gateway.sort", "providerOptions.anthropic"]
  ],
  [
    "inner fields",
    { reasoning: { effort: "low", exclude: true }, stream_options: { x: 1 }, fallback_config: { when: 1 } },
    ["reasoning.exclude", "stream_options.x", "fallback_config.when"]
  ],
  [
    "what other gateways have",
    {
      transforms: [],
      transcript_id: "t",
      post_processing_steps: [],
      model_region: "global",
      zero_data_retention: true
    },
    ["transforms", "transcript_id", "post_processing_steps", "model_region", "zero_data_retention"]
  ],
  [
    "fields of a fallback",
    { fallbacks: ["a", { model: "b", transforms: [], provider: { sort: "price" }, gateway: {} }] },
    ["fallbacks[1].transforms", "fallbacks[1].provider.sort"]
  ],
  [
    "names that objects have of themselves",
    { constructor: 1, toString: {}, provider: { constructor: 1 } },
    ["provider.constructor"]
  ]
]

for (const [name, body, told] of bodies) {
  test(`what the gateway does not serve is named: ${name}`, () => expect(unservedFields(body)).toEqual(told))
}
