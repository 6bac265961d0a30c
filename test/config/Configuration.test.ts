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
