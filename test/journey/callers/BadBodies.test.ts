import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { objectOf } from "../../../src/domain/Fields.ts"
import { running } from "../../simulator/Running.ts"
import { ask, messages, quickest } from "../stage/Asking.ts"
import { providersAt, type Running, startGateway } from "../stage/Processes.ts"

let provider: Awaited<ReturnType<typeof running>>
let gateway: Running

beforeAll(async () => {
  provider = await running()
  gateway = await startGateway(providersAt(provider.simulator.url))
})

afterAll(async () => {
  await gateway.stop()
  await provider.stop()
})

const model = "openai/words:count=2"
const user = { role: "user", content: "Hello" }
const whole = { model, messages }
const saying = (...said: ReadonlyArray<unknown>) => ({ model, messages: said })
const parts = (...content: ReadonlyArray<unknown>) => saying({ role: "user", content })
const calling = (call: unknown) => saying(user, { role: "assistant", tool_calls: [call] })
const offering = (tool: unknown) => ({ ...whole, tools: [tool] })

/** A body that is wrong in one place, the field that must be named, and what must be said of it. */
const bodies: ReadonlyArray<readonly [body: unknown, param: string, message: RegExp]> = [
  [{ messages }, "model", /`model` is required\./],
  [{ ...whole, model: 5 }, "model", /must be a string, not 5/],
  [{ ...whole, model: null }, "model", /must be a string, not null/],
  [{ ...whole, model: "" }, "model", /length of at least 1, not an empty string/],
  [{ model }, "messages", /`messages` or `prompt` is required/],
  [{ model, messages: [] }, "messages", /at least one message/],
  [{ model, messages: "Hello" }, "messages", /must be an array or null, not "Hello"/],
  [{ model, messages: user }, "messages", /must be an array or null, not an object/],
  [saying("Hello"), "messages[0]", /must be an object with a `role`/],
  [saying(user, null), "messages[1]", /must be an object with a `role`.*, not null/],
  [saying({ content: "x" }), "messages[0].role", /must be "system", .*it is missing/],
  [saying(user, { role: "usr", content: "x" }), "messages[1].role", /must be "system", .*, not "usr"/],
  [saying({ role: "user" }), "messages[0].content", /is required/],
  [saying({ role: "user", content: null }), "messages[0].content", /must be a string or an array, not null/],
  [saying({ role: "user", content: 5 }), "messages[0].content", /must be a string or an array, not 5/],
  [saying({ ...user, name: 5 }), "messages[0].name", /must be a string or null, not 5/],
  [parts("x"), "messages[0].content[0]", /must be an object with a `type`, not "x"/],
  [
    saying(user, user, { role: "user", content: [{ type: "txt" }] }),
    "messages[2].content[0].type",
    /"text", .*not "txt"/
  ],
  [parts({ text: "x" }), "messages[0].content[0].type", /must be "text", .*it is missing/],
  [parts({ type: "text" }), "messages[0].content[0].text", /is required/],
  [parts({ type: "image_url", image_url: "https://a/b.png" }), "messages[0].content[0].image_url", /must be an object/],
  [parts({ type: "image_url", image_url: {} }), "messages[0].content[0].image_url.url", /is required/],
  [
    parts({ type: "input_audio", input_audio: { format: "wav" } }),
    "messages[0].content[0].input_audio.data",
    /required/
  ],
  [parts({ type: "file", file: "x" }), "messages[0].content[0].file", /must be an object, not "x"/],
  [
    saying({ role: "system", content: [{ type: "image_url", image_url: { url: "x" } }] }),
    "messages[0].content[0].type",
    /must be "text", not "image_url"/
  ],
  [saying(user, { role: "tool", content: "x" }), "messages[1].tool_call_id", /is required/],
  [saying(user, { role: "assistant", tool_calls: {} }), "messages[1].tool_calls", /must be an array or null/],
  [calling({ id: "a", type: "function" }), "messages[1].tool_calls[0].function", /is required/],
  [calling({ type: "function", function: { name: "f", arguments: "{}" } }), "messages[1].tool_calls[0].id", /required/],
  [calling({ id: "a", type: "fn" }), "messages[1].tool_calls[0].type", /must be "function" or "custom", not "fn"/],
  [
    calling({ id: "a", type: "function", function: { name: "f", arguments: {} } }),
    "messages[1].tool_calls[0].function.arguments",
    /must be a string, not an object/
  ],
  [{ ...whole, stream: "yes" }, "stream", /must be a boolean or null, not "yes"/],
  [{ ...whole, stream_options: true }, "stream_options", /must be an object or null, not true/],
  [{ ...whole, stream_options: { include_usage: 1 } }, "stream_options.include_usage", /must be a boolean or null/],
  [{ ...whole, temperature: "0.5" }, "temperature", /must be a number or null, not "0.5"/],
  [{ ...whole, top_p: [] }, "top_p", /must be a number or null, not an array/],
  [{ ...whole, max_tokens: 0 }, "max_tokens", /greater than or equal to 1, not 0/],
  [{ ...whole, max_completion_tokens: 1.5 }, "max_completion_tokens", /must be an integer, not 1.5/],
  [{ ...whole, stop: [1] }, "stop[0]", /must be a string, not 1/],
  [{ ...whole, reasoning_effort: "hard" }, "reasoning_effort", /must be "none" or .*, not "hard"/],
  [{ ...whole, reasoning: { effort: "x" } }, "reasoning.effort", /must be "none" or/],
  [{ ...whole, metadata: "x" }, "metadata", /must be an object or null/],
  [{ ...whole, tools: {} }, "tools", /must be an array or null, not an object/],
  [offering("f"), "tools[0]", /must be an object with a `type`/],
  [offering({ function: { name: "f" } }), "tools[0].type", /must be "function" or "custom"; it is missing/],
  [offering({ type: "function" }), "tools[0].function", /is required/],
  [offering({ type: "function", function: {} }), "tools[0].function.name", /is required/],
  [
    offering({ type: "function", function: { name: "f", parameters: "x" } }),
    "tools[0].function.parameters",
    /must be an object or null/
  ],
  [{ ...whole, tool_choice: "any" }, "tool_choice", /must be "none" or "auto" or "required", not "any"/],
  [{ ...whole, tool_choice: { type: "fn" } }, "tool_choice.type", /must be "function", .*, not "fn"/],
  [{ ...whole, response_format: "json" }, "response_format", /must be an object with a `type` or null/],
  [{ ...whole, response_format: { type: "json" } }, "response_format.type", /must be "text", .*, not "json"/],
  [{ ...whole, response_format: { type: "json_schema" } }, "response_format.json_schema", /is required/],
  [{ ...whole, cache_control: { type: "x" } }, "cache_control.type", /must be "ephemeral", not "x"/],
  [{ ...whole, cache_control: { type: "ephemeral", ttl: "2h" } }, "cache_control.ttl", /must be "5m" or "1h"/],
  [{ ...whole, provider: { require_parameters: "yes" } }, "provider.require_parameters", /must be a boolean or null/],
  [{ ...whole, prompt: "x" }, "prompt", /not both/]
]

describe("a body that is wrong in one place is a 400 that names the field", () => {
  for (const [body, param, message] of bodies) {
    test(`${param}: ${JSON.stringify(body).slice(0, 90)}`, async () => {
      const { status, error, headers } = await ask(gateway, body)
      expect(status).toBe(400)
      expect(headers.get("content-type")).toBe("application/json")
      expect(error).toMatchObject({ param, type: "invalid_request_error", class: "InvalidRequest" })
      expect(error?.["message"]).toMatch(message)
      expect(error?.["code"]).toMatch(/^(?:missing_required_parameter|invalid_value|invalid_request)$/)
      expect(error?.["request_id"]).toBe(headers.get("x-request-id"))
    })
  }

  test("is refused as JSON before the headers of a stream, too", async () => {
    const { status, error, headers } = await ask(gateway, { ...whole, stream: true, temperature: "warm" })
    expect([status, headers.get("content-type"), error?.["param"]]).toEqual([400, "application/json", "temperature"])
  })

  test("none of them reached the provider", () => {
    expect(provider.simulator.log.entries).toEqual([])
  })
})

const nested = (levels: number, opening = '{"a":', closing = "}") =>
  opening.repeat(levels) + "1" + closing.repeat(levels)

describe("a body that is no JSON object", () => {
  for (const [name, body, message] of [
    ["nothing", "", /not valid JSON/],
    ["broken JSON", `{"model": "${model}", "messages": [`, /not valid JSON/],
    ["two documents", "{}{}", /not valid JSON/],
    ["form fields", "model=gpt-5-nano&stream=true", /not valid JSON/],
    ["a list", "[]", /must be a JSON object/],
    ["a number", "5", /must be a JSON object/],
    ["null", "null", /must be a JSON object/]
  ] as const) {
    test(`${name} is a 400 that says so`, async () => {
      const { status, error } = await ask(gateway, body)
      expect([status, error?.["param"]]).toEqual([400, null])
      expect(error?.["message"]).toMatch(message)
    })
  }
})

describe("depth is inert", () => {
  const inMessage = (deep: string) => `{"model":"${model}","messages":[{"role":"user","content":"x","deep":${deep}}]}`
  for (const [name, body, param] of [
    [
      "of an unknown field",
      `{"model":"${model}","messages":[{"role":"user","content":"x"}],"deep":${nested(100)}}`,
      "deep"
    ],
    [
      "of a million lists",
      `{"model":"${model}","messages":[{"role":"user","content":"x"}],"deep":${nested(1e6, "[", "]")}}`,
      "deep"
    ],
    ["inside a message", inMessage(nested(100)), "messages"],
    ["inside a message, a hundred thousand levels", inMessage(nested(100_000)), "messages"]
  ] as const) {
    test(`${name} is a 400`, async () => {
      const { status, error, milliseconds } = await quickest(1000, () => ask(gateway, body))
      expect([status, error?.["param"]]).toEqual([400, param])
      expect(error?.["message"]).toMatch(/nested deeper than 64 levels/)
      expect(milliseconds).toBeLessThan(1000)
    })
  }

  for (const provider of ["openai", "anthropic", "google", "baseten"]) {
    test(`of the text of a call's arguments and of a tool's result costs nothing (${provider})`, async () => {
      const deep = nested(100_000)
      const call = { id: "call_1", type: "function", function: { name: "f", arguments: deep } }
      const body = {
        model: `${provider}/words:count=2`,
        messages: [
          user,
          { role: "assistant", content: null, tool_calls: [call] },
          { role: "tool", tool_call_id: "call_1", content: deep }
        ]
      }
      const { status, milliseconds } = await quickest(1000, () => ask(gateway, body))
      expect(status).toBe(200)
      expect(milliseconds).toBeLessThan(1000)
    })
  }
})

describe("names that JavaScript objects have of themselves are inert", () => {
  for (const name of ["openai", "anthropic", "google", "baseten"]) {
    test(`as fields of a request to ${name}`, async () => {
      const fields = `"__proto__":{"stream":true,"temperature":9},"constructor":{"prototype":{"stream":true}},"toString":1,"hasOwnProperty":1`
      const { status, content } = await ask(
        gateway,
        `{"model":"${name}/words:count=2",${fields},"messages":[{"role":"user","content":"x","__proto__":{"role":"system"}}]}`
      )
      expect([status, content]).toEqual([200, "The quick"])
      const sent = objectOf(provider.simulator.log.entries.at(-1)?.body)
      expect(Object.hasOwn(sent, "__proto__")).toBe(false)
      expect(sent["temperature"]).toBeUndefined()
      expect(sent["stream"] ?? false).toBe(false)
    })
  }

  for (const name of ["__proto__", "constructor", "toString", "openai/", "/", "openai/a\nb", "openai/模型"]) {
    test(`as a model, ${JSON.stringify(name)} is a 404`, async () => {
      const { status, error } = await ask(gateway, { model: name, messages })
      expect([status, error?.["param"], error?.["code"]]).toEqual([404, "model", "model_not_found"])
    })
  }

  test("as an unlisted model it is the provider's own business", async () => {
    expect((await ask(gateway, { model: "openai/__proto__", messages })).status).toBe(200)
  })
})
