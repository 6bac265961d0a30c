import { describe, expect, test } from "bun:test"
import { Redacted } from "effect"
import { mistakeText } from "../../src/config/ConfigurationInvalid.ts"
import type { Settings } from "../../src/config/Settings.ts"
import { loadFrom, settingsFrom } from "./Loading.ts"

/** The keys of the first provider, as `alias=key` or `key`. */
const keysOf = ({ providers }: Settings): ReadonlyArray<string> =>
  (providers[0]?.keys ?? []).map(({ alias, key }) => `${alias === undefined ? "" : `${alias}=`}${Redacted.value(key)}`)

const fileOf = (entry: string): string => `version: 1\nproviders:\n  ${entry}\n`

describe("several keys and addresses", () => {
  const addresses = ["https://api.openai.com/v1"]
  const lists = "https://us.example.com/v1,https://eu.example.com/v1"
  const cases: ReadonlyArray<
    readonly [string, Record<string, string>, ReadonlyArray<string>, ReadonlyArray<string>, ReadonlyArray<string>]
  > = [
    ["openai: {key: a}", {}, ["a"], addresses, []],
    ["openai: {keys: [a]}", {}, ["a"], addresses, []],
    ["openai: {keys: [{name: main, key: a}]}", {}, ["main=a"], addresses, []],
    [
      "openai: {keys: ['${A}', {name: second, key: b}, c]}",
      { A: "a" },
      ["key-1=a", "second=b", "key-3=c"],
      addresses,
      []
    ],
    // The usual way to write a second key beside the one that every SDK reads.
    ["openai: {keys: ['${OPENAI_API_KEY}', b]}", { OPENAI_API_KEY: "a" }, ["key-1=a", "key-2=b"], addresses, []],
    [
      "openai: {keys: [a, b]}",
      { OPENAI_API_KEY: "c" },
      ["key-1=a", "key-2=b"],
      addresses,
      ["OPENAI_API_KEY: is not used: the file lists the keys of openai"]
    ],
    [`openai: {key: a, baseUrls: [${lists}]}`, {}, ["a"], lists.split(","), []],
    [`openai: {baseUrls: [${lists}]}`, { OPENAI_API_KEY: "a" }, ["a"], lists.split(","), []],
    [
      `openai: {key: a, baseUrls: [${lists}]}`,
      { OPENAI_API_KEY: "b", OPENAI_BASE_URL: "http://127.0.0.1:1/v1" },
      ["a"],
      lists.split(","),
      [
        "OPENAI_BASE_URL: is not used: the file lists the addresses of openai",
        "OPENAI_API_KEY: is not used: the file gives openai a key together with an address"
      ]
    ],
    [
      "openai: {keys: [a, b]}",
      { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" },
      ["key-1=a", "key-2=b"],
      ["http://127.0.0.1:1/v1"],
      []
    ],
    [
      "google: {baseUrls: ['http://127.0.0.1:1', 'http://127.0.0.1:2/']}",
      {},
      [],
      ["http://127.0.0.1:1", "http://127.0.0.1:2"],
      []
    ],
    [
      "my-vllm: {keys: [a, b], baseUrls: ['http://a/v1', {url: 'http://b/v1'}]}",
      {},
      ["key-1=a", "key-2=b"],
      ["http://a/v1", "http://b/v1"],
      []
    ]
  ]
  test.each(cases)("%s with %p", async (entry, environment, keys, baseUrls, warnings) => {
    const settings = await settingsFrom(fileOf(entry), environment)
    expect(keysOf(settings)).toEqual([...keys])
    expect(settings.providers[0]?.baseUrls).toEqual(baseUrls.map((url) => ({ url })))
    expect(settings.warnings.map(mistakeText)).toEqual([...warnings])
  })

  test("a provider is not ready when one of its addresses needs a key and there is none", async () => {
    const { providers } = await settingsFrom(
      fileOf("openai: {baseUrls: ['http://127.0.0.1:1/v1', 'https://a.com/v1']}")
    )
    expect(providers).toEqual([])
  })

  test("an address may have a region", async () => {
    const entry =
      "openai: {key: a, baseUrls: [{url: 'https://eu.api.openai.com/v1/', region: eu}, 'https://api.openai.com/v1']}"
    const { providers } = await settingsFrom(fileOf(entry))
    expect(providers[0]?.baseUrls).toEqual([
      { url: "https://eu.api.openai.com/v1", region: "eu" },
      { url: "https://api.openai.com/v1" }
    ])
  })

  const mistakes: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    [
      "openai: {key: a, keys: [b], baseUrl: 'http://a/v1', baseUrls: ['http://b/v1']}",
      [
        "gateway.yaml:3:12 providers.openai.key: stands beside keys; put it into that list",
        "gateway.yaml:3:31 providers.openai.baseUrl: stands beside baseUrls; put it into that list"
      ]
    ],
    ["openai: {keys: []}", ["gateway.yaml:3:18 providers.openai.keys: is an empty list; name a key, or leave it out"]],
    [
      "openai: {key: a, baseUrls: []}",
      ["gateway.yaml:3:30 providers.openai.baseUrls: is an empty list; name an address, or leave it out"]
    ],
    [
      "my-vllm: {baseUrls: []}",
      ["gateway.yaml:3:23 providers.my-vllm.baseUrls: is an empty list; name an address, or leave it out"]
    ],
    [
      "openai: {keys: [a, none, 'b c', 12345678, {key: d}]}",
      [
        "gateway.yaml:3:35 providers.openai.keys[3]: must be a key (one of digits alone needs quotes), or a mapping of name and key",
        "gateway.yaml:3:45 providers.openai.keys[4].name: is missing"
      ]
    ],
    [
      "openai: {keys: [a, none, 'b c']}",
      [
        'gateway.yaml:3:22 providers.openai.keys[1]: cannot be none in a list; a server without a key has "key: none"',
        "gateway.yaml:3:28 providers.openai.keys[2]: has a space in it"
      ]
    ],
    [
      "openai: {keys: [a, {name: key-1, key: b}, {name: c, key: a}, {name: d e, key: d}]}",
      ["gateway.yaml:3:71 providers.openai.keys[3].name: must be letters, digits, dots and dashes, 64 at most"]
    ],
    [
      "openai: {keys: [a, {name: key-1, key: b}, {name: c, key: a}]}",
      [
        "gateway.yaml:3:29 providers.openai.keys[1].name: another key is named key-1",
        "gateway.yaml:3:60 providers.openai.keys[2].key: is the same key as that of key-1"
      ]
    ],
    [
      "openai: {key: a, baseUrls: ['http://a', {url: 'http://b/v1'}, 'http://b/v1/', {url: 'http://c/v1', region: e u}]}",
      ["gateway.yaml:3:110 providers.openai.baseUrls[3].region: must be letters, digits, dots and dashes, 64 at most"]
    ],
    [
      "openai: {key: a, baseUrls: ['http://a', {url: 'http://b/v1'}, 'http://b/v1/']}",
      [
        'gateway.yaml:3:31 providers.openai.baseUrls[0]: must end in /v1; did you mean "http://a/v1"?',
        "gateway.yaml:3:65 providers.openai.baseUrls[2]: is there twice"
      ]
    ],
    // What cannot be read is not missing.
    [
      "my-vllm: {baseUrls: [3]}",
      ["gateway.yaml:3:24 providers.my-vllm.baseUrls[0]: must be an address, or a mapping of url and region"]
    ],
    [
      "openai: {key: none, baseUrl: 3}",
      ["gateway.yaml:3:32 providers.openai.baseUrl: expected text, found a number; put it in quotes"]
    ]
  ]
  test.each(mistakes)("%s is refused", async (entry, expected) => {
    expect((await loadFrom(fileOf(entry))).mistakes).toEqual([...expected])
  })
})
