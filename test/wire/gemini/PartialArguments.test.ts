import { expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { partialArguments } from "../../../src/wire/gemini/PartialArguments.ts"

const cases: ReadonlyArray<readonly [name: string, pieces: ReadonlyArray<Fields>, wanted: string]> = [
  ["no pieces are no arguments", [], "{}"],
  [
    "texts of one path are joined",
    [
      { jsonPath: "$.city", stringValue: "New ", willContinue: true },
      { jsonPath: "$.city", stringValue: "York" }
    ],
    '{"city":"New York"}'
  ],
  [
    "every kind of scalar keeps its type",
    [
      { jsonPath: "$.n", numberValue: 0 },
      { jsonPath: "$.b", boolValue: false },
      { jsonPath: "$.z", nullValue: "NULL_VALUE" },
      { jsonPath: "$.s", stringValue: "" }
    ],
    '{"n":0,"b":false,"z":null,"s":""}'
  ],
  [
    "objects and lists are put together in their order",
    [
      { jsonPath: "$.list[1].name", stringValue: "b" },
      { jsonPath: "$.list[0].name", stringValue: "a" },
      { jsonPath: "$.deep.inner[0][0]", numberValue: 1 }
    ],
    '{"list":[{"name":"a"},{"name":"b"}],"deep":{"inner":[[1]]}}'
  ],
  [
    "quoted names are read",
    [
      { jsonPath: "$['a b'].c", numberValue: 1 },
      { jsonPath: '$["it\'s"]', numberValue: 2 },
      { jsonPath: "$['it\\'s too']", numberValue: 3 }
    ],
    '{"a b":{"c":1},"it\'s":2,"it\'s too":3}'
  ],
  ["a huge place in a list makes no huge list", [{ jsonPath: "$.a[4000000000]", numberValue: 1 }], '{"a":[1]}'],
  ["__proto__ is data", [{ jsonPath: "$.__proto__.x", numberValue: 1 }], '{"__proto__":{"x":1}}'],
  ["pieces without a path or a value are passed over", [{ stringValue: "x" }, { jsonPath: "$.a" }], "{}"]
]

for (const [name, pieces, wanted] of cases) {
  test(name, () => expect(JSON.stringify(partialArguments(pieces))).toBe(wanted))
}
