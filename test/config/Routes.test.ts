import { describe, expect, test } from "bun:test"
import { mistakeText } from "../../src/config/ConfigurationInvalid.ts"
import { loadFrom, settingsFrom } from "./Loading.ts"

describe("a route", () => {
  test("names models in order, with its own settings and each one's", async () => {
    const text = [
      "version: 1",
      "routes:",
      "  support:",
      "    targets:",
      "      - openai/gpt-5-nano",
      "      - model: anthropic/claude-haiku-4-5",
      '        overrides: { temperature: 0.2, messages: [{ role: system, content: "Short, ${WHO}." }] }',
      "        latencyThreshold: 2 seconds",
      "    midStream: hold",
      "    retries: { attempts: 1 }",
      "  Other.route_2-x: { targets: [fast] }"
    ].join("\n")
    const { routes } = await settingsFrom(text, { WHO: "please" })
    expect([...routes]).toEqual([
      [
        "support",
        {
          targets: [
            { model: "openai/gpt-5-nano", steering: {} },
            {
              model: "anthropic/claude-haiku-4-5",
              overrides: { temperature: 0.2, messages: [{ role: "system", content: "Short, please." }] },
              steering: { timeouts: { firstContentMs: 2000 } }
            }
          ],
          steering: { midStream: "hold", retries: { attempts: 1 } }
        }
      ],
      ["Other.route_2-x", { targets: [{ model: "fast", steering: {} }], steering: {} }]
    ])
  })

  test("may weigh its models, the same one twice too", async () => {
    const targets = "[{ model: a, weight: 3 }, { model: a, weight: '0.5', overrides: { seed: 1 } }]"
    const { routes } = await settingsFrom(`version: 1\nroutes: { ab: { targets: ${targets} } }\n`)
    expect(routes.get("ab")?.targets).toEqual([
      { model: "a", weight: 3, steering: {} },
      { model: "a", weight: 0.5, overrides: { seed: 1 }, steering: {} }
    ])
  })

  test("takes a tool with a schema as deep as providers take", async () => {
    let schema = "{ type: string }"
    for (let level = 0; level < 10; level++) schema = `{ type: object, properties: { a: ${schema} } }`
    const overrides = `{ tools: [{ type: function, function: { name: f, parameters: ${schema} } }] }`
    const text = `version: 1\nroutes: { a: { targets: [{ model: x, overrides: ${overrides} }] } }\n`
    expect((await loadFrom(text)).mistakes).toEqual([])
  })

  test("with a field that is not OpenAI's gets a warning", async () => {
    const text = "version: 1\nroutes: { a: { targets: [{ model: x, overrides: { maxTokens: 5 } }] } }\n"
    const { warnings, routes } = await settingsFrom(text)
    expect(warnings.map(mistakeText).map((warning) => warning.replace(/^.*gateway.yaml/, "gateway.yaml"))).toEqual([
      'gateway.yaml:2:51 routes.a.targets[0].overrides.maxTokens: is not one of OpenAI\'s fields; did you mean "max_tokens"?'
    ])
    expect(routes.get("a")?.targets[0]?.overrides).toEqual({ maxTokens: 5 })
  })

  const weight = "must be a number from 0.001 to 1000000 with 3 decimals at most"
  const mistakes: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["a: {}", ["gateway.yaml:3:3 routes.a.targets: is missing"]],
    ["a: [x]", ["gateway.yaml:3:6 routes.a: expected a mapping, found a list"]],
    ["a: {targets: x}", ["gateway.yaml:3:16 routes.a.targets: expected a list, found text"]],
    ["a: {targets: []}", ["gateway.yaml:3:16 routes.a.targets: is an empty list; name a model"]],
    ["a b: {targets: [x]}", ['gateway.yaml:3:3 routes["a b"]: must be letters, digits, dots and dashes, 64 at most']],
    [
      "a: {targets: [x, 3, {modle: y}]}",
      [
        "gateway.yaml:3:20 routes.a.targets[1]: must be the name of a model, or a mapping with model and the target's own settings",
        "gateway.yaml:3:23 routes.a.targets[2].model: is missing",
        'gateway.yaml:3:24 routes.a.targets[2].modle: unknown setting; did you mean "model"?'
      ]
    ],
    [
      "a: {targets: ['', b c, {model: ''}]}",
      [
        "gateway.yaml:3:17 routes.a.targets[0]: must be the name of a model",
        "gateway.yaml:3:21 routes.a.targets[1]: must be the name of a model",
        "gateway.yaml:3:34 routes.a.targets[2].model: must be the name of a model"
      ]
    ],
    [
      "a: {targets: [route/b, {model: Route/a}]}",
      [
        "gateway.yaml:3:17 routes.a.targets[0]: is a route; a route's targets are models",
        "gateway.yaml:3:34 routes.a.targets[1].model: is a route; a route's targets are models"
      ]
    ],
    [
      "a: {targets: [x, {model: y, weight: 1}, {model: z}]}",
      [
        "gateway.yaml:3:17 routes.a.targets[0]: has no weight, and another target of the route has one",
        "gateway.yaml:3:43 routes.a.targets[2]: has no weight, and another target of the route has one"
      ]
    ],
    ["a: {targets: [{model: x, weight: 0}]}", [`gateway.yaml:3:36 routes.a.targets[0].weight: ${weight}`]],
    ["a: {targets: [{model: x, weight: -1}]}", [`gateway.yaml:3:36 routes.a.targets[0].weight: ${weight}`]],
    ["a: {targets: [{model: x, weight: .nan}]}", [`gateway.yaml:3:36 routes.a.targets[0].weight: ${weight}`]],
    [
      "a: {targets: [{model: x, temperature: 0.2}]}",
      ["gateway.yaml:3:28 routes.a.targets[0].temperature: is not written here, but under overrides"]
    ],
    [
      "a: {targets: [{model: x, overrides: {model: y, stream: true, fallbacks: []}}]}",
      [
        "gateway.yaml:3:40 routes.a.targets[0].overrides.model: cannot be overridden: it is written beside overrides",
        "gateway.yaml:3:50 routes.a.targets[0].overrides.stream: cannot be overridden: the caller says whether the answer is streamed",
        "gateway.yaml:3:64 routes.a.targets[0].overrides.fallbacks: cannot be overridden: the route's targets are its fallbacks"
      ]
    ],
    [
      "a: {targets: [{model: x, on: [Timedout]}], trail: 1}",
      [
        'gateway.yaml:3:33 routes.a.targets[0].on[0]: is not a class of failures (GET /v1/errors lists them); did you mean "TimedOut"?',
        "gateway.yaml:3:53 routes.a.trail: must be true or false"
      ]
    ],
    [
      "a: {targets: [{model: x, hedge: {after: p95}, race: true}], hedge: {after: 1 second}, race: true}",
      [
        "gateway.yaml:3:28 routes.a.targets[0].hedge: stands beside race, which starts all targets at once, so that none is left for later; leave one out",
        "gateway.yaml:3:63 routes.a.hedge: stands beside race, which starts all targets at once, so that none is left for later; leave one out"
      ]
    ],
    [
      "{ab: {targets: [x]}, Ab: {targets: [y]}}",
      ["gateway.yaml:3:24 routes.Ab: is the same name as ab: routes are found in either case"]
    ],
    [
      "{a: {targets: [x], weight: 1}, b: {targets: []}}",
      [
        "gateway.yaml:3:22 routes.a.weight: unknown setting",
        "gateway.yaml:3:47 routes.b.targets: is an empty list; name a model"
      ]
    ]
  ]
  test.each(mistakes)("%s is refused", async (written, expected) => {
    expect((await loadFrom(`version: 1\nroutes:\n  ${written}\n`)).mistakes).toEqual([...expected])
  })
})
