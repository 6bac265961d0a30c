import { describe, expect, test } from "bun:test"
import { Result } from "effect"
import { filesIn, type Lookup, replaceReferences } from "../../../src/config/file/References.ts"

const variables = new Map([
  ["KEY", "sk-1"],
  ["EMPTY", ""],
  ["YAML", "a: b\nkeys: [x]"],
  ["NESTED", "${KEY} $${KEY}"]
])
const lookup: Lookup = {
  variable: (name) => variables.get(name),
  file: (path) => (path === "/run/key" ? Result.succeed("sk-file") : Result.fail("does not exist"))
}

describe("references", () => {
  const replaced: ReadonlyArray<readonly [string, string]> = [
    ["plain", "plain"],
    ["${KEY}", "sk-1"],
    ["a${KEY}b${KEY}c", "ask-1bsk-1c"],
    ["${file:/run/key}", "sk-file"],
    ["${KEY}-${file:/run/key}", "sk-1-sk-file"],
    ["$${KEY}", "${KEY}"],
    ["pa$$word$", "pa$$word$"],
    ["$KEY", "$KEY"],
    ["${YAML}", "a: b\nkeys: [x]"],
    ["${NESTED}", "${KEY} $${KEY}"]
  ]
  test.each(replaced)("%p is %p", (text, value) => {
    expect(replaceReferences({ at: [text] }, lookup)).toEqual({ value: { at: [value] }, problems: [] })
  })

  const wrong: ReadonlyArray<readonly [string, string]> = [
    ["${NOPE}", "the environment variable NOPE is not set"],
    ["${EMPTY}", "the environment variable EMPTY is not set (it is empty)"],
    ["${file:/nope}", "the file /nope does not exist"],
    ["${KEY", '"${" has no "}"; write "$${" for the characters themselves'],
    ["${}", "${…} takes the name of an environment variable or file:PATH, and nothing else; a literal ${ is $${"],
    ["${KEY:-x}", "${…} takes the name of an environment variable or file:PATH, and nothing else; a literal ${ is $${"],
    ["${file:}", "${…} takes the name of an environment variable or file:PATH, and nothing else; a literal ${ is $${"]
  ]
  test.each(wrong)("%p is refused: %s", (text, message) => {
    expect(replaceReferences({ at: [text] }, lookup)).toEqual({
      value: { at: [text] },
      problems: [{ path: ["at", 0], message }]
    })
  })

  test("only values are replaced, and only texts", () => {
    const value = { "${KEY}": 1, list: [true, null, 2.5] }
    expect(replaceReferences(value, lookup)).toEqual({ value, problems: [] })
  })

  test("each file is named once", () => {
    expect(filesIn({ a: "${file:x} ${file:y}", b: ["${file:x}", "$${file:z}"] })).toEqual(["x", "y"])
  })
})
