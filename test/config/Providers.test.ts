import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import type { Settings } from "../../src/config/Settings.ts"
import { mistakeText } from "../../src/config/ConfigurationInvalid.ts"
import { loadFrom, settingsFrom } from "./Loading.ts"

/** Providers as `name addresses keys`, with `-` for no key. */
const summary = ({ providers }: Settings): ReadonlyArray<string> =>
  providers.map(({ name, baseUrls, keys }) => {
    const urls = baseUrls.map(({ url }) => url)
    const texts = keys.map(({ alias, key }) => `${alias === undefined ? "" : `${alias}=`}${Redacted.value(key)}`)
    return `${name} ${urls.join(",")} ${texts.length === 0 ? "-" : texts.join(",")}`
  })

describe("the known providers", () => {
  test("need a key alone", async () => {
    const environment = { OPENAI_API_KEY: "o", ANTHROPIC_API_KEY: "a", GEMINI_API_KEY: "g", BASETEN_API_KEY: "b" }
    const settings = await settingsFrom(undefined, environment)
    expect(summary(settings)).toEqual([
      "openai https://api.openai.com/v1 o",
      "anthropic https://api.anthropic.com a",
      "google https://generativelanguage.googleapis.com g",
      "baseten https://inference.baseten.co/v1 b"
    ])
    expect(settings.providers.map(({ kind, speaks, models }) => [kind, speaks, models])).toEqual([
      ["openai", "openai", "catalog"],
      ["anthropic", "anthropic", "catalog"],
      ["google", "gemini", "catalog"],
      ["baseten", "openai", "catalog"]
    ])
    expect(settings).toMatchObject({ unconfigured: [], simulator: false })
  })

  test("without one are named with what to set", async () => {
    const { unconfigured } = await settingsFrom(undefined, { OPENAI_API_KEY: "o", GOOGLE_API_KEY: "g" })
    expect(unconfigured).toEqual([
      { name: "anthropic", hint: "set ANTHROPIC_API_KEY, or providers.anthropic.key in gateway.yaml" },
      {
        name: "google",
        hint: "set GEMINI_API_KEY, or providers.google.key in gateway.yaml (GOOGLE_API_KEY is set, but not read)"
      },
      { name: "baseten", hint: "set BASETEN_API_KEY, or providers.baseten.key in gateway.yaml" }
    ])
  })

  const cases: ReadonlyArray<
    readonly [string, string | undefined, Record<string, string>, ReadonlyArray<string>, ReadonlyArray<string>]
  > = [
    [
      "take their address from the environment",
      undefined,
      { ANTHROPIC_API_KEY: "a", ANTHROPIC_BASE_URL: "http://127.0.0.1:9000/" },
      ["anthropic http://127.0.0.1:9000 a"],
      []
    ],
    [
      "need no key at an address of this machine",
      undefined,
      { OPENAI_BASE_URL: "https://localhost:8000/v1" },
      ["openai https://localhost:8000/v1 -"],
      []
    ],
    [
      "need no key at an http address",
      undefined,
      { GEMINI_BASE_URL: "http://gemini.internal" },
      ["google http://gemini.internal -"],
      []
    ],
    ["need a key at another address", undefined, { OPENAI_BASE_URL: "https://proxy.example.com/v1" }, [], []],
    [
      "need none when the file says so",
      "openai: {baseUrl: 'https://proxy.example.com/v1', key: none}",
      {},
      ["openai https://proxy.example.com/v1 -"],
      []
    ],
    [
      "take the environment's key for the file's address",
      "openai: {baseUrl: 'https://eu.api.openai.com/v1'}",
      { OPENAI_API_KEY: "from-env" },
      ["openai https://eu.api.openai.com/v1 from-env"],
      []
    ],
    [
      "take the environment's key rather than the file's",
      "openai: {key: from-file}",
      { OPENAI_API_KEY: "from-env" },
      ["openai https://api.openai.com/v1 from-env"],
      []
    ],
    [
      "take the environment's address rather than the file's",
      "openai: {key: from-file, baseUrl: 'https://a.com/v1'}",
      { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" },
      ["openai http://127.0.0.1:1/v1 from-file"],
      []
    ],
    [
      "never take the environment's key to an address that the file gives with a key of its own",
      "openai: {key: from-file, baseUrl: 'https://a.com/v1'}",
      { OPENAI_API_KEY: "from-env" },
      ["openai https://a.com/v1 from-file"],
      ["OPENAI_API_KEY: is not used: the file gives openai a key together with an address"]
    ],
    [
      "never take the environment's key to an address that the file gives with none",
      "openai: {key: none, baseUrl: 'https://a.com/v1'}",
      { OPENAI_API_KEY: "from-env" },
      ["openai https://a.com/v1 -"],
      ["OPENAI_API_KEY: is not used: the file gives openai a key together with an address"]
    ]
  ]
  test.each(cases)("%s", async (_, entry, environment, providers, warnings) => {
    const text = entry === undefined ? undefined : `version: 1\nproviders:\n  ${entry}\n`
    const settings = await settingsFrom(text, environment)
    expect(summary(settings)).toEqual([...providers])
    expect(settings.warnings.map(mistakeText)).toEqual([...warnings])
    expect(settings.simulator).toBe(providers.length === 0)
  })

  test("have settings of their own", async () => {
    const text = [
      "version: 1",
      "providers:",
      "  openai: {key: o, organization: org-1, project: proj-1}",
      "  anthropic: {key: a, version: 2023-06-01, headers: {Anthropic-Beta: x-1}}"
    ].join("\n")
    const [openai, anthropic] = (await settingsFrom(text)).providers
    expect(openai).toMatchObject({ organization: "org-1", project: "proj-1", headers: {} })
    expect(anthropic?.version).toBe("2023-06-01")
    expect(Object.entries(anthropic?.headers ?? {}).map(([name, value]) => [name, Redacted.value(value)])).toEqual([
      ["anthropic-beta", "x-1"]
    ])
  })
})

describe("a server of the operator's", () => {
  test("is a few lines", async () => {
    const text = [
      "version: 1",
      "providers:",
      "  my-vllm: {baseUrl: 'http://127.0.0.1:8000/v1/'}",
      "  hosted: {baseUrl: 'https://host.example.com/openai/v2', key: secret, models: [a, b/c]}",
      "  claude-like: {baseUrl: 'http://127.0.0.1:8001', speaks: anthropic, key: none, models: any}"
    ].join("\n")
    const settings = await settingsFrom(text)
    expect(summary(settings)).toEqual([
      "my-vllm http://127.0.0.1:8000/v1 -",
      "hosted https://host.example.com/openai/v2 secret",
      "claude-like http://127.0.0.1:8001 -"
    ])
    expect(settings.providers.map(({ kind, speaks, models }) => [kind, speaks, models])).toEqual([
      ["compatible", "openai", "any"],
      ["compatible", "openai", ["a", "b/c"]],
      ["compatible", "anthropic", "any"]
    ])
    expect(settings.simulator).toBe(false)
  })

  test("with a bare address gets a warning", async () => {
    const { warnings } = await settingsFrom("version: 1\nproviders:\n  ollama: {baseUrl: 'http://127.0.0.1:11434'}\n")
    expect(warnings).toMatchObject([
      {
        line: 3,
        column: 21,
        path: "providers.ollama.baseUrl",
        message: 'has no path; most servers want "http://127.0.0.1:11434/v1"'
      }
    ])
  })

  const mistakes: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    [
      "opnai: {key: x}",
      [
        'gateway.yaml:3:3 providers.opnai.baseUrl: is missing; only openai, anthropic, google, baseten have an address of their own; did you mean "openai"?'
      ]
    ],
    [
      "gemini: {key: x}",
      [
        'gateway.yaml:3:3 providers.gemini.baseUrl: is missing; only openai, anthropic, google, baseten have an address of their own; did you mean "google"?'
      ]
    ],
    [
      "sim: {baseUrl: 'http://a.com/v1'}",
      ['gateway.yaml:3:3 providers.sim: "sim" is the simulator\'s name; choose another']
    ],
    [
      "route: {baseUrl: 'http://a.com/v1'}",
      ['gateway.yaml:3:3 providers.route: "route" is the first part of routes\' names; choose another']
    ],
    [
      "my/vllm: {baseUrl: 'http://a.com/v1'}",
      ['gateway.yaml:3:3 providers["my/vllm"]: a provider\'s name is made of small letters, digits, dots and dashes']
    ],
    [
      "a: {baseUrl: 'http://a.com/v1', organization: x, version: '2023-06-01'}",
      [
        "gateway.yaml:3:35 providers.a.organization: is not a setting of a; only openai has it",
        "gateway.yaml:3:52 providers.a.version: is not a setting of a; only anthropic has it"
      ]
    ],
    [
      "openai: {key: x, models: any}",
      ["gateway.yaml:3:20 providers.openai.models: is not a setting of openai; it is for servers of your own"]
    ],
    [
      "openai: {key: none}",
      [
        "gateway.yaml:3:17 providers.openai.key: cannot be none: https://api.openai.com/v1 does not answer without a key"
      ]
    ],
    ["openai: {key: ''}", ["gateway.yaml:3:17 providers.openai.key: is empty"]],
    ["openai: {key: o, project: a b}", ["gateway.yaml:3:29 providers.openai.project: has a space in it"]],
    [
      "anthropic: {key: a, version: v1}",
      ['gateway.yaml:3:32 providers.anthropic.version: must be a date such as "2023-06-01"']
    ],
    [
      "a: {baseUrl: 'http://a.com/v1', models: all}",
      ["gateway.yaml:3:43 providers.a.models: must be any, or a list of the server's names of its models"]
    ],
    [
      "a: {baseUrl: 'http://a.com/v1', models: []}",
      ["gateway.yaml:3:43 providers.a.models: is an empty list; name a model, or write any"]
    ],
    [
      "a: {baseUrl: 'http://a.com/v1', models: [x, x, 'y z']}",
      [
        "gateway.yaml:3:47 providers.a.models[1]: is there twice",
        "gateway.yaml:3:50 providers.a.models[2]: is not the name of a model"
      ]
    ],
    [
      "a: {baseUrl: 'http://a.com/v1', speaks: french}",
      ["gateway.yaml:3:43 providers.a.speaks: must be openai or anthropic or gemini"]
    ],
    [
      "a: {baseUrl: 'http://a.com/v1', speaks: anthropic}",
      ['gateway.yaml:3:16 providers.a.baseUrl: must not end in /v1; the gateway adds it; did you mean "http://a.com"?']
    ],
    [
      "a: {baseUrl: 'http://a.com/v1', key: k, headers: {Host: x, authorization: y, X-A: a, x-a: b}}",
      [
        "gateway.yaml:3:59 providers.a.headers.Host: is a header that the gateway sets itself",
        'gateway.yaml:3:77 providers.a.headers.authorization: carries the key already; leave it or "key" out',
        "gateway.yaml:3:93 providers.a.headers.x-a: is there twice"
      ]
    ]
  ]
  test.each(mistakes)("%s is refused", async (entry, expected) => {
    expect((await loadFrom(`version: 1\nproviders:\n  ${entry}\n`)).mistakes).toEqual([...expected])
  })
})
