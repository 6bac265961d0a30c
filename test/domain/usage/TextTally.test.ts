import { describe, expect, test } from "bun:test"
import { type TextCounts, TextTally } from "../../../src/domain/usage/TextTally.ts"

const tallyOf = (text: string): TextCounts => {
  const tally = new TextTally()
  tally.add(text)
  return tally
}

describe("what a text is made of", () => {
  const table: ReadonlyArray<readonly [text: string, counts: Partial<TextCounts>]> = [
    ["", {}],
    ["The sea", { words: 2, prose: 6 }],
    ["(the sea)", { words: 2, prose: 3, letters: 3, signs: 2 }],
    ["getId", { words: 2, prose: 3, letters: 2 }],
    ["XMLa", { words: 1, prose: 1, letters: 3 }],
    ["x".repeat(15), { words: 2, prose: 12, letters: 3 }],
    ["4711, 12", { numbers: 2, digits: 6, signs: 1, blanks: 1 }],
    ["==-", { signs: 2.5 }],
    ["a     b", { words: 2, prose: 2, blanks: 2 }],
    ["a\n\n\tb", { words: 2, prose: 2, blanks: 2.25 }],
    ["\r\r", { blanks: 2 }],
    ["жé", { accented: 2 }],
    ["語かな한。", { wide: 5 }],
    ["ไม่हि", { indic: 5 }],
    ["👍🏽", { rare: 8 }],
    ["\u07ca\u13a0", { rare: 5 }]
  ]
  const nothing = Object.fromEntries(
    "words prose letters numbers digits signs blanks accented indic wide rare unread"
      .split(" ")
      .map((name) => [name, 0])
  )
  for (const [text, counts] of table) {
    test(JSON.stringify(text), () =>
      expect<object>({ ...tallyOf(text) }).toEqual({ ...nothing, bytes: Buffer.byteLength(text), ...counts })
    )
  }

  test("is the sum of several, with the JSON around them", () => {
    const tally = new TextTally()
    tally.add("The sea")
    tally.add("4711")
    tally.addSigns(2)
    expect(tally).toMatchObject({ bytes: 13, words: 2, prose: 6, numbers: 1, digits: 4, signs: 2 })
  })
})

describe("of a long text", () => {
  const most = 4 * 1024 * 1024

  test("as much is read as takes some milliseconds, and of the rest the bytes are known", () => {
    const tally = new TextTally()
    tally.add("語".repeat(most))
    tally.add("語x")
    expect(tally).toMatchObject({ wide: most, bytes: 3 * most, unread: 4 })
  })

  test("of 32 MB it is known soon", () => {
    const text = "The sea, 4711 times.\n".repeat(1_600_000)
    const began = performance.now()
    const { bytes, unread } = tallyOf(text)
    expect(performance.now() - began).toBeLessThan(500)
    expect(bytes + unread).toBe(text.length)
  })
})
