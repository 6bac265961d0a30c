import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import { join } from "node:path"
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
      defaults: {},
      routes: new Map(),
      watch: false,
      warnings: []
    })
  })

  test("and without an admin key there are no admin settings", async () => {
    expect((await settingsFrom(undefined)).admin).toBeUndefined()
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
timeouts: { body: 20 seconds, headersAfter: "3 seconds", keepAlive: 500 millis, acceptAfterStop: 1.5 minutes, drain: 1 hour }
providers:
  openai: { key: "\${OPENAI_KEY}", organization: org-1, project: proj-1 }
  my-vllm:
    baseUrl: http://127.0.0.1:8000/v1
    models: [llama-3.3-70b]
    headers: { X-Team: "a-\${TEAM}" }
simulator: true
admin: { keys: ["\${ADMIN_KEY}", { name: night-shift, key: another-admin-key }], host: 127.0.0.1, port: "9100" }
watch: "true"
aliases: { fast: openai/gpt-5-nano, faster: fast }
models:
  my-vllm/llama-3.3-70b: { context: 131072 }
`
const environment = {
  PORT_OF_FILE: "9000",
  GATEWAY_KEY: "gateway-secret",
  OPENAI_KEY: "sk-openai",
  TEAM: "b",
  ADMIN_KEY: "admin-secret"
}

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
        bodyMs: 20_000,
        headersAfterMs: 3000,
        keepAliveMs: 500,
        acceptAfterStopMs: 90_000,
        drainMs: 3_600_000
      },
      simulator: true,
      admin: { host: "127.0.0.1", port: 9100 },
      watch: true,
      aliases: new Map([
        ["fast", "openai/gpt-5-nano"],
        ["faster", "openai/gpt-5-nano"]
      ]),
      models: new Map([["my-vllm/llama-3.3-70b", { context: 131072 }]]),
      warnings: []
    })
    expect(settings.keys.map(({ name, key }) => [name, Redacted.value(key)])).toEqual([
      [`key-${Bun.SHA256.hash("gateway-secret", "hex").slice(0, 12)}`, "gateway-secret"],
      ["team-a", "team-a-secret"]
    ])
    expect(settings.admin?.keys.map(({ name, key }) => [name, Redacted.value(key)])).toEqual([
      ["key-1", "admin-secret"],
      ["night-shift", "another-admin-key"]
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
      expect(text).not.toMatch(/gateway-secret|team-a-secret|admin-secret|another-admin-key|sk-openai|a-b/)
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

describe("the fingerprint", () => {
  const text = `version: 1
keys: ["\${KEY}", "\${file:other.key}"]
providers: { openai: { organization: org-1, project: proj-1 } }
aliases: { fast: openai/gpt-5-nano, faster: fast }
models: { openai/new: { contextTokens: 1000 }, openai/newer: { contextTokens: 2000 } }
routes: { support: { targets: [fast, { model: openai/new, overrides: { stop: [], metadata: {} } }] } }
`
  const base = { KEY: "a-secret-of-ours", OPENAI_API_KEY: "sk-1" }
  const fingerprint = async (file: string, environment: Record<string, string> = base, other = "another-secret") =>
    (await settingsFrom(file, environment, { "other.key": other })).fingerprint

  test("is the same in every process", async () => {
    const here = (await settingsFrom(undefined, { OPENAI_API_KEY: "sk-1" })).fingerprint
    const program = `
      import { Effect, FileSystem } from "effect"
      import { load } from ${JSON.stringify(join(import.meta.dir, "../../src/config/Configuration.ts"))}
      const loading = load({ environment: { OPENAI_API_KEY: "sk-1" } })
      console.log((await Effect.runPromise(Effect.provide(loading, FileSystem.layerNoop({})))).fingerprint)
    `
    const there = Bun.spawnSync([process.execPath, "-e", program], { cwd: import.meta.dir })
    expect(there.stdout.toString()).toBe(`${here}\n`)
  })

  const same: ReadonlyArray<readonly [string, string, Record<string, string>]> = [
    ["variables that are not read", text, { ...base, UNREAD: "x", GOOGLE_API_KEY: "x" }],
    ["a comment and another layout", `# ours\n${text.replace("{ fast:", "{   fast:")}\n`, base],
    [
      "settings in another order",
      text.replace("organization: org-1, project: proj-1", "project: proj-1, organization: org-1"),
      base
    ],
    [
      "mappings in another order",
      text.replace("fast: openai/gpt-5-nano, faster: fast", "faster: fast, fast: openai/gpt-5-nano"),
      base
    ],
    ["an alias that means the same", text.replace("faster: fast", "faster: openai/gpt-5-nano"), base],
    ["a default that is written out", `${text}port: 8787\nlimits: { depth: 64 }\n`, base],
    [
      "a key from another variable",
      text.replace("{ openai: {", '{ openai: { key: "${OTHER}",'),
      { KEY: base.KEY, OTHER: "sk-1" }
    ],
    ["a value that is overruled", `${text}host: "::1"\n`, { ...base, HOST: "127.0.0.1" }]
  ]
  test.each(same)("stays with %s", async (_, file, environment) => {
    expect(await fingerprint(file, environment)).toBe(await fingerprint(text))
  })

  test("differs with every setting and every secret", async () => {
    const changes: ReadonlyArray<readonly [string, string]> = [
      ["org-1", "org-2"],
      ["fast: openai/gpt-5-nano", "fast: openai/gpt-5-mini"],
      ["contextTokens: 1000", "contextTokens: 1001"],
      ["openai/newer", "openai/newest"],
      ["targets: [fast, ", "targets: [faster, "],
      ["stop: []", "stop: {}"],
      ["routes: { support", "routes: { sales"],
      ["version: 1", "version: 1\nwatch: true"],
      ["version: 1", "version: 1\nport: 8788"],
      ["version: 1", "version: 1\ndefaults: { trail: true }"],
      ["version: 1", "version: 1\nadmin: { keys: [an-admin-key] }"],
      ["version: 1", "version: 1\nadmin: { keys: [an-admin-kez] }"]
    ]
    const all = await Promise.all([
      fingerprint(text),
      ...changes.map(([before, after]) => fingerprint(text.replace(before, after))),
      fingerprint(text, { ...base, KEY: "another-secret-of-ours" }),
      fingerprint(text, base, "a-third-secret"),
      fingerprint(text, { ...base, OPENAI_API_KEY: "sk-2" }),
      fingerprint(text, { ...base, OPENAI_BASE_URL: "http://127.0.0.1:1/v1" })
    ])
    expect(new Set(all).size).toBe(changes.length + 5)
    expect(all.filter((each) => !/^[0-9a-f]{12}$/.test(each))).toEqual([])
  })

  test("is there without a file too, the same as with one that says nothing", async () => {
    const environment = { OPENAI_API_KEY: "sk-1" }
    const { fingerprint: without } = await settingsFrom(undefined, environment)
    expect(without).toBe(await fingerprint("version: 1\n", environment))
    expect(without).not.toBe(await fingerprint("version: 1\n", { OPENAI_API_KEY: "sk-2" }))
  })
})

describe("accepting after the stop", () => {
  test.each([
    ["1 minute", 5000],
    ["25 seconds", 5000],
    ["2 seconds", 1000]
  ])("is a part of a drain of %s: %p ms", async (drain, expected) => {
    const { timeouts } = await settingsFrom(`version: 1\ntimeouts: { drain: ${drain} }\n`)
    expect(timeouts.acceptAfterStopMs).toBe(expected)
  })
})
