import { describe, expect, test } from "bun:test"
import { loadFrom } from "./Loading.ts"

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
    [
      "version: 1\ncompatibility: opnai",
      ['gateway.yaml:2:16 compatibility: must be openai or assemblyai; did you mean "openai"?']
    ],
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
    ["version: 1\ntimeouts: {keepAlive: 30}", [`gateway.yaml:2:23 timeouts.keepAlive: ${duration}`]],
    ["version: 1\ntimeouts: {keepAlive: 30s}", [`gateway.yaml:2:23 timeouts.keepAlive: ${duration}`]],
    ["version: 1\ntimeouts: {keepAlive: 0 seconds}", [`gateway.yaml:2:23 timeouts.keepAlive: ${duration}`]],
    ["version: 1\ntimeouts: {keepAlive: -1 seconds}", [`gateway.yaml:2:23 timeouts.keepAlive: ${duration}`]],
    ["version: 1\ntimeouts: {keepAlive: 600 hours}", [`gateway.yaml:2:23 timeouts.keepAlive: ${duration}`]],
    [
      "version: 1\ntimeouts: {headers: 30 seconds, idle: 30 seconds}",
      [
        "gateway.yaml:2:12 timeouts.headers: is not written here, but under defaults.timeouts",
        "gateway.yaml:2:33 timeouts.idle: is not written here, but under defaults.timeouts"
      ]
    ],
    [
      "version: 1\nlatencyThreshold: 3 seconds",
      ["gateway.yaml:2:1 latencyThreshold: is not written here, but under defaults"]
    ],
    [
      "version: 1\ntimeouts: {acceptAfterStop: 25 seconds}",
      ["gateway.yaml:2:29 timeouts.acceptAfterStop: must be shorter than drain (25 seconds), of which it is a part"]
    ],
    ["version: 1\nwatch: yes", ["gateway.yaml:2:8 watch: must be true or false"]],
    ["version: 1\nadmin: {}", ["gateway.yaml:2:1 admin.keys: is missing"]],
    [
      "version: 1\nadmin: {key: abcdefgh}",
      ["gateway.yaml:2:1 admin.keys: is missing", 'gateway.yaml:2:9 admin.key: unknown setting; did you mean "keys"?']
    ],
    [
      "version: 1\nadmin: {keys: []}",
      ["gateway.yaml:2:15 admin.keys: is an empty list; name a key, or leave admin out"]
    ],
    [
      "version: 1\nadmin: {keys: [short, {name: a b, key: abcdefgh}]}",
      [
        'gateway.yaml:2:16 admin.keys[0]: is shorter than 8 characters; "openssl rand -hex 24" makes a good one',
        "gateway.yaml:2:30 admin.keys[1].name: must be letters, digits, dots and dashes, 64 at most"
      ]
    ],
    [
      "version: 1\nkeys: [abcdefgh]\nadmin: {keys: [ijklmnop, {name: a, key: abcdefgh}]}",
      ["gateway.yaml:3:41 admin.keys[1].key: is a key of callers too, who could then steer the gateway; make another"]
    ],
    [
      "version: 1\nadmin: {keys: [abcdefgh, abcdefgh]}",
      ["gateway.yaml:2:26 admin.keys[1]: is the same key as that of key-1"]
    ],
    [
      "version: 1\nadmin: {keys: [abcdefgh], host: '127.0.0.1:1'}",
      [
        "gateway.yaml:2:33 admin.host: must be an address without a port; the port is a setting of its own",
        "gateway.yaml:2:33 admin.host: needs a port: without one the admin paths are on the gateway's own"
      ]
    ],
    [
      "version: 1\nadmin: {keys: [abcdefgh], port: 8787}",
      ["gateway.yaml:2:33 admin.port: is the gateway's own port; leave it out, or choose another"]
    ],
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
      "version: 1\naliases: {route/x: y, z: route/x}",
      [
        'gateway.yaml:2:11 aliases["route/x"]: would hide a route; an alias cannot start with route/',
        "gateway.yaml:2:26 aliases.z: is a route, which has no other names"
      ]
    ],
    [
      "version: 1\naliases: {Support: openai/gpt-5-nano}\nroutes: {support: {targets: [x]}}",
      ["gateway.yaml:2:11 aliases.Support: is the name of a route too (route/support); choose another"]
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
      `version: 1\ntimeouts: {keepAlive: ${secret}}`,
      `version: 1\nproviders: ${secret}`,
      `version: 1\nproviders: {openai: ${secret}}`,
      `version: 1\nproviders: {openai: {kye: ${secret}}}`,
      `version: 1\nproviders: {openai: {baseUrl: ${secret}}}`,
      `version: 1\nproviders: {openai: {baseUrl: "https://x:${secret}@a.com/v1"}}`,
      `version: 1\nproviders: {openai: {baseUrl: "https://a.com/?k=${secret}"}}`,
      `version: 1\nproviders: {openai: {headers: {x-a: "${secret}\\n"}}}`,
      `version: 1\nproviders: {x: {baseUrl: "http://a.com/v1", speaks: ${secret}, models: ${secret}}}`,
      `version: 1\naliases: {a: "${secret} x"}`,
      `version: 1\nadmin: ${secret}`,
      `version: 1\nadmin: {key: ${secret}}`,
      `version: 1\nadmin: {keys: ["${secret} x", {name: "${secret}!", key: ${secret}}]}`,
      `version: 1\nkeys: [${secret}]\nadmin: {keys: [${secret}, ${secret}]}`,
      `version: 1\nproviders: {openai: {keys: ["${secret} x"]}}`,
      `version: 1\nproviders: {openai: {keys: [${secret}, ${secret}]}}`,
      `version: 1\nproviders: {openai: {keys: [{name: "${secret}!", key: ${secret}}]}}`,
      `version: 1\nproviders: {openai: {baseUrls: [${secret}, {url: "https://x:${secret}@a.com/v1"}]}}`,
      `version: 1\ndefaults: {on: [${secret}], deadline: ${secret}, retries: {attempts: ${secret}}}`,
      `version: 1\ndefaults: {hedge: {after: ${secret}, maxExtraCostUsd: ${secret}}, midStream: ${secret}}`,
      `version: 1\nroutes: {a: {targets: ["${secret} x", {model: x, weight: ${secret}}]}}`,
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
