import { describe, expect, test } from "bun:test"
import type { Fields } from "../../../../../src/domain/Fields.ts"
import { headerTags, labelsOf } from "../../../../../src/wire/openai/chat/usage/ChatLabels.ts"

describe("a request's labels are", () => {
  const table: ReadonlyArray<readonly [string, Fields, ReturnType<typeof labelsOf>]> = [
    ["none where nothing is said", { model: "m" }, { tags: [] }],
    ["its user", { user: "ann" }, { endUser: "ann", tags: [] }],
    ["its safety identifier before its user", { user: "ann", safety_identifier: "b" }, { endUser: "b", tags: [] }],
    ["its session", { session_id: "s-1" }, { sessionId: "s-1", tags: [] }],
    [
      "its metadata, pair by pair",
      { metadata: { project: "x", run: 7, dry: true, none: null, deep: { a: 1 } } },
      { tags: ["project=x", "run=7", "dry=true"] }
    ],
    ["cut where they are long", { user: "u".repeat(600) }, { endUser: "u".repeat(512), tags: [] }]
  ]
  for (const [what, body, expected] of table) test(what, () => expect(labelsOf(body)).toEqual(expected))

  test("so many and no more", () => {
    const metadata = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, "v"]))
    expect(labelsOf({ metadata }).tags).toHaveLength(32)
  })
})

describe("the header's tags are", () => {
  const table: ReadonlyArray<readonly [string, string | null, ReadonlyArray<string>]> = [
    ["none where there is none", null, []],
    ["names with commas between them", "support, tier=gold,,  ", ["support", "tier=gold"]],
    ["so many and no more", Array.from({ length: 40 }, (_, index) => `t${index}`).join(","), numbered(32)],
    ["cut where they are long", "t".repeat(600), ["t".repeat(512)]]
  ]
  for (const [what, header, expected] of table) test(what, () => expect(headerTags(header)).toEqual(expected))
})

function numbered(count: number): ReadonlyArray<string> {
  return Array.from({ length: count }, (_, index) => `t${index}`)
}
