import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import { inspect } from "node:util"
import { defaultLimits, defaultTimeouts } from "../../src/config/Settings.ts"
import { loadFrom, settingsFrom } from "./Loading.ts"

describe("without a file", () => {
  test("and without keys the gateway has its defaults and the simulator", async () => {
    expect(await settingsFrom(undefined)).toMatchObject({
      host: "127.0.0.1",
      port: 8787,
      keys: [],
      compatibility: "openai",
      limits: defaultLimits,
      timeouts: defaultTimeouts,
      providers: [],
      simulator: true,
      warnings: []
    })
  })

  test("the environment sets the address", async () => {
    expect(await settingsFrom(undefined, { HOST: "0.0.0.0", PORT: "0" })).toMatchObject({ host: "0.0.0.0", port: 0 })
  })

  test("an empty variable is an unset one", async () => {
    const empty = { HOST: "", PORT: "", OPENAI_API_KEY: "", OPENAI_BASE_URL: "" }
    expect(await settingsFrom(undefined, empty)).toMatchObject({ host: "127.0.0.1", port: 8787, providers: [] })
  })

  test("every mistake in the environment is told by the variable's name", async () => {
    const environment = {
      HOST: "127.0.0.1:80",
      PORT: "65536",
      OPENAI_API_KEY: "sk-secret\n",
      OPENAI_BASE_URL: "http://localhost:8000",
      ANTHROPIC_BASE_URL: "https://api.anthropic.com/v1",
      GEMINI_API_KEY: "secret with spaces",
      BASETEN_API_KEY: "Bearer secret"
    }
    expect((await loadFrom(undefined, environment)).mistakes).toEqual([
      "HOST: must be an address without a port; the port is a setting of its own",
      "PORT: must be a whole number from 0 to 65535",
      "OPENAI_API_KEY: has a line break in it",
      'OPENAI_BASE_URL: must end in /v1; did you mean "http://localhost:8000/v1"?',
      'ANTHROPIC_BASE_URL: must not end in /v1; the gateway adds it; did you mean "https://api.anthropic.com"?',
      "GEMINI_API_KEY: has a space in it",
      'BASETEN_API_KEY: must be the key alone, without "Bearer"'
    ])
  })

  test.each(["-1", "1.5", "0x10", " 80", "8e3", "http"])("PORT=%s is refused", async (port) => {
    const { mistakes } = await loadFrom(undefined, { PORT: port })
    expect(mistakes).toEqual(["PORT: must be a whole number from 0 to 65535"])
  })
})

const whole = `version: 1
host: 0.0.0.0
port: \${PORT_OF_FILE}
keys:
  - \${GATEWAY_KEY}
  - { name: team-a, key: "\${file:team-a.key}" }
compatibility: assemblyai
cors: { origins: ["https://app.example.com"] }
limits: { bodyBytes: 1000, tools: "12" }
timeouts: { headers: 1.5 minutes, idle: 500 millis, headersAfter: "3 seconds", drain: 1 hour }
providers:
  openai: { key: "\${OPENAI_KEY}", organization: org-1, project: proj-1 }
  my-vllm:
    baseUrl: http://127.0.0.1:8000/v1
    models: [llama-3.3-70b]
    headers: { X-Team: "a-\${TEAM}" }
simulator: true
aliases: { fast: openai/gpt-5-nano, faster: fast }
models:
  my-vllm/llama-3.3-70b: { context: 131072 }
`
const environment = { PORT_OF_FILE: "9000", GATEWAY_KEY: "gateway-secret", OPENAI_KEY: "sk-openai", TEAM: "b" }

describe("a file", () => {
  test("sets everything", async () => {
    const settings = await settingsFrom(whole, environment, { "team-a.key": "team-a-secret\r\n" })
    expect(settings).toMatchObject({
      host: "0.0.0.0",
      port: 9000,
      compatibility: "assemblyai",
      cors: { origins: ["https://app.example.com"] },
      limits: { ...defaultLimits, bodyBytes: 1000, tools: 12 },
      timeouts: {
        ...defaultTimeouts,
        headersMs: 90_000,
        idleMs: 500,
        headersAfterMs: 3000,
        drainMs: 3_600_000
      },
      simulator: true,
      aliases: new Map([
        ["fast", "openai/gpt-5-nano"],
        ["faster", "openai/gpt-5-nano"]
      ]),
      models: new Map([["my-vllm/llama-3.3-70b", { context: 131072 }]]),
      warnings: []
    })
    expect(settings.keys.map(({ name, key }) => [name, Redacted.value(key)])).toEqual([
      ["key-1", "gateway-secret"],
      ["team-a", "team-a-secret"]
    ])
    expect(settings.providers.map(({ name }) => name)).toEqual(["openai", "my-vllm"])
  })

  test("loses to HOST and PORT of the environment", async () => {
    const settings = await settingsFrom("version: 1\nhost: 0.0.0.0\nport: 9000\n", { HOST: "::1", PORT: "9001" })
    expect(settings).toMatchObject({ host: "::1", port: 9001 })
  })

  test("never shows a secret when the settings are printed", async () => {
    const settings = await settingsFrom(whole, environment, { "team-a.key": "team-a-secret" })
    for (const text of [
      inspect(settings, { depth: 9 }),
      JSON.stringify(settings),
      Bun.inspect(settings, { depth: 9 })
    ]) {
      expect(text).toContain("my-vllm")
      expect(text).not.toMatch(/gateway-secret|team-a-secret|sk-openai|a-b/)
    }
  })

  test("that cannot be read is a mistake", async () => {
    const { mistakes } = await loadFrom(
      'version: 1\nkeys: ["${file:.}", "${file:nope}", "${file:empty}"]\n',
      {},
      { empty: "\n" }
    )
    expect(mistakes).toEqual([
      "gateway.yaml:2:8 keys[0]: the file . cannot be read",
      "gateway.yaml:2:21 keys[1]: the file nope does not exist",
      "gateway.yaml:2:37 keys[2]: the file empty is empty"
    ])
  })

  test("that is huge is not read", async () => {
    const { mistakes } = await loadFrom(`version: 1\n#${"x".repeat(4 * 1024 * 1024)}`)
    expect(mistakes).toEqual(["gateway.yaml: the file is larger than 4194304 bytes"])
  })

  test("whose values hold YAML takes them as text", async () => {
    const key = "abcdefgh:]}#&*!"
    const settings = await settingsFrom("version: 1\nkeys:\n  - ${KEY}\n", { KEY: key })
    expect(settings.keys.map(({ key }) => Redacted.value(key))).toEqual([key])
  })
})

describe("a mistake in the file has its line and its reason:", () => {
  const duration = 'must be a duration in words from 1 milli to 24 days, such as "30 seconds" or "500 millis"'
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["", ['gateway.yaml version: is missing; write "version: 1" at the top of the file']],
    ["port: 1", ['gateway.yaml version: is missing; write "version: 1" at the top of the file']],
    ["version: 2", ["gateway.yaml:1:10 version: must be 1, the only version there is"]],
    ["- version", ["gateway.yaml: expected a mapping, found a list"]],
    ["version: 1\nversion: 1", ["gateway.yaml:2:1: this name is written twice in the same mapping"]],
    ["version: 1\nprovider: {}", ['gateway.yaml:2:1 provider: unknown setting; did you mean "providers"?']],
    ["version: 1\n__proto__: {}", ["gateway.yaml:2:1 __proto__: unknown setting"]],
    ["version: 1\nhost:", ["gateway.yaml:2:6 host: is empty; expected text"]],
    ["version: 1\nhost: 127", ["gateway.yaml:2:7 host: expected text, found a number; put it in quotes"]],
    [
      "version: 1\nhost: http://localhost",
      ["gateway.yaml:2:7 host: must be an address such as 127.0.0.1, without http:// or a path"]
    ],
    ["version: 1\nport: 65536", ["gateway.yaml:2:7 port: must be a whole number from 0 to 65535"]],
    ["version: 1\nport: 80.5", ["gateway.yaml:2:7 port: must be a whole number from 0 to 65535"]],
    ["version: 1\nport: '65536'", ["gateway.yaml:2:7 port: must be a whole number from 0 to 65535"]],
    ["version: 1\nport: true", ["gateway.yaml:2:7 port: must be a whole number from 0 to 65535"]],
    ["version: 1\nkeys: abcdefgh", ["gateway.yaml:2:7 keys: expected a list, found text"]],
    [
      "version: 1\nkeys: [short]",
      ['gateway.yaml:2:8 keys[0]: is shorter than 8 characters; "openssl rand -hex 24" makes a good one']
    ],
    ["version: 1\nkeys: ['']", ["gateway.yaml:2:8 keys[0]: is empty"]],
    [
      "version: 1\nkeys: [123456789]",
      ["gateway.yaml:2:8 keys[0]: must be a key (one of digits alone needs quotes), or a mapping of name and key"]
    ],
    [
      "version: 1\nkeys:\n  - {name: a b, key: abcdefgh}\n  - {nme: x, key: has space}",
      [
        "gateway.yaml:3:12 keys[0].name: must be letters, digits, dots and dashes, 64 at most",
        "gateway.yaml:4:5 keys[1].name: is missing",
        'gateway.yaml:4:6 keys[1].nme: unknown setting; did you mean "name"?',
        "gateway.yaml:4:19 keys[1].key: has a space in it"
      ]
    ],
    [
      "version: 1\nkeys:\n  - abcdefgh\n  - {name: key-1, key: ijklmnop}\n  - {name: c, key: abcdefgh}",
      [
        "gateway.yaml:4:12 keys[1].name: another key is named key-1",
        "gateway.yaml:5:20 keys[2].key: is the same key as that of key-1"
      ]
    ],
    ["version: 1\ncompatibility: azure", ["gateway.yaml:2:16 compatibility: must be openai or assemblyai"]],
    ["version: 1\ncors: {origins: all}", ['gateway.yaml:2:17 cors.origins: must be "*" or a list of origins']],
    [
      "version: 1\ncors: {origins: [https://a.com/]}",
      ['gateway.yaml:2:18 cors.origins[0]: must be an origin as browsers send it; did you mean "https://a.com"?']
    ],
    ["version: 1\nlimits: {depth: 0}", ["gateway.yaml:2:17 limits.depth: must be a whole number from 1 to 512"]],
    [
      "version: 1\nlimits: {bodybytes: 5}",
      ['gateway.yaml:2:10 limits.bodybytes: unknown setting; did you mean "bodyBytes"?']
    ],
    ["version: 1\ntimeouts: {idle: 30}", [`gateway.yaml:2:18 timeouts.idle: ${duration}`]],
    ["version: 1\ntimeouts: {idle: 30s}", [`gateway.yaml:2:18 timeouts.idle: ${duration}`]],
    ["version: 1\ntimeouts: {idle: 0 seconds}", [`gateway.yaml:2:18 timeouts.idle: ${duration}`]],
    ["version: 1\ntimeouts: {idle: -1 seconds}", [`gateway.yaml:2:18 timeouts.idle: ${duration}`]],
    ["version: 1\ntimeouts: {idle: 600 hours}", [`gateway.yaml:2:18 timeouts.idle: ${duration}`]],
    ["version: 1\nsimulator: maybe", ["gateway.yaml:2:12 simulator: must be true or false"]],
    [
      "version: 1\naliases: {a: b, b: a}",
      ["gateway.yaml:2:14 aliases.a: leads back to itself", "gateway.yaml:2:20 aliases.b: leads back to itself"]
    ],
    ["version: 1\naliases: {a: a}", ["gateway.yaml:2:14 aliases.a: leads back to itself"]],
    ["version: 1\naliases: {a: ''}", ["gateway.yaml:2:14 aliases.a: must be the name of a model"]],
    ["version: 1\naliases: {a b: x}", ['gateway.yaml:2:11 aliases["a b"]: an alias has no spaces in it']],
    [
      "version: 1\naliases: {openai/x: y, sim/echo: z}",
      [
        'gateway.yaml:2:11 aliases["openai/x"]: would hide a model of openai; an alias cannot start with a provider\'s name and a slash',
        'gateway.yaml:2:24 aliases["sim/echo"]: would hide a model of sim; an alias cannot start with a provider\'s name and a slash'
      ]
    ],
    [
      "version: 1\nmodels: {opnai/x: {}, y: {}, openai/: {}, google/z: 3}",
      [
        'gateway.yaml:2:10 models["opnai/x"]: no provider is named "opnai"; did you mean "openai"?',
        "gateway.yaml:2:23 models.y: must be the id of a model: provider/name",
        'gateway.yaml:2:30 models["openai/"]: must be the id of a model: provider/name',
        'gateway.yaml:2:53 models["google/z"]: expected a mapping, found a number'
      ]
    ],
    ["version: 1\nport: ${NOPE}", ["gateway.yaml:2:7 port: the environment variable NOPE is not set"]]
  ]
  test.each(cases)("%p", async (text, mistakes) => {
    expect((await loadFrom(text)).mistakes).toEqual([...mistakes])
  })

  test("all of them are told at once, the environment's first, then by line", async () => {
    const text = [
      "version: 1",
      "providers:",
      "  openai:",
      "    kye: sk-very-secret",
      "    key: ${NOPE}",
      "  vllm: {url: x}",
      "  UPPER: {baseUrl: http://localhost:1/v1}",
      "port: 99999",
      "aliases: {a: a}",
      "models: {vllm/x: {}}"
    ].join("\n")
    const { mistakes } = await loadFrom(text, { PORT: "many", OPENAI_API_KEY: "very secret" })
    expect(mistakes).toEqual([
      "PORT: must be a whole number from 0 to 65535",
      "OPENAI_API_KEY: has a space in it",
      'gateway.yaml:4:5 providers.openai.kye: unknown setting; did you mean "key"?',
      "gateway.yaml:5:10 providers.openai.key: the environment variable NOPE is not set",
      "gateway.yaml:6:3 providers.vllm.baseUrl: is missing; only openai, anthropic, google, baseten have an address of their own",
      'gateway.yaml:6:10 providers.vllm.url: unknown setting; did you mean "baseUrl"?',
      "gateway.yaml:7:3 providers.UPPER: a provider's name is made of small letters, digits, dots and dashes",
      "gateway.yaml:8:7 port: must be a whole number from 0 to 65535",
      "gateway.yaml:9:14 aliases.a: leads back to itself"
    ])
  })

  test("a secret is never quoted, wherever it is written", async () => {
    const secret = "sk-very-secret"
    const places = [
      `version: ${secret}`,
      `version: 1\nport: ${secret}`,
      `version: 1\nhost: ${secret}/`,
      `version: 1\nkeys: ${secret}`,
      `version: 1\nkeys: ["${secret} x"]`,
      `version: 1\nkeys: [${secret}, {name: "${secret}!", key: ${secret}}]`,
      `version: 1\ncompatibility: ${secret}`,
      `version: 1\ncors: ${secret}`,
      `version: 1\ncors: {origins: ["${secret}"]}`,
      `version: 1\ntimeouts: {idle: ${secret}}`,
      `version: 1\nproviders: ${secret}`,
      `version: 1\nproviders: {openai: ${secret}}`,
      `version: 1\nproviders: {openai: {kye: ${secret}}}`,
      `version: 1\nproviders: {openai: {baseUrl: ${secret}}}`,
      `version: 1\nproviders: {openai: {baseUrl: "https://x:${secret}@a.com/v1"}}`,
      `version: 1\nproviders: {openai: {baseUrl: "https://a.com/?k=${secret}"}}`,
      `version: 1\nproviders: {openai: {headers: {x-a: "${secret}\\n"}}}`,
      `version: 1\nproviders: {x: {baseUrl: "http://a.com/v1", speaks: ${secret}, models: ${secret}}}`,
      `version: 1\naliases: {a: "${secret} x"}`,
      `version: 1\nmodels: {openai/x: ${secret}}`,
      `a: 'x' ${secret}`,
      `a: |${secret}\n x`,
      `a: "\\q${secret}"`,
      `a: @${secret}`,
      `a: {b: "\${KEY`,
      `a: [${secret}`
    ]
    for (const text of places) {
      const { mistakes } = await loadFrom(text)
      expect(mistakes, text).not.toEqual([])
      expect(mistakes.join("\n"), text).not.toContain(secret)
    }
  })
})
