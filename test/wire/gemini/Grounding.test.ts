import { expect, test } from "bun:test"
import { citations, logprobs } from "../../../src/wire/gemini/Grounding.ts"

const metadata = {
  groundingChunks: [
    { web: { uri: "https://a.test", title: "A" } },
    { retrievedContext: { uri: "https://b.test" } },
    {}
  ],
  groundingSupports: [
    { segment: { endIndex: 6 }, groundingChunkIndices: [0] },
    { segment: { startIndex: 7, endIndex: 8 }, groundingChunkIndices: [1, 2, 9] },
    { segment: { startIndex: 3, endIndex: 99 }, groundingChunkIndices: [0] },
    null
  ]
}
const a = { url: "https://a.test", title: "A" }
const b = { url: "https://b.test", title: "https://b.test" }

test("citations count characters, where Gemini counts bytes", () => {
  // é is two bytes and one character, 😀 four bytes and two characters; a place inside a character is its beginning, one
  // past the end is the end.
  expect(citations(metadata, "é😀 x", () => 0)).toEqual([
    { ...a, start: 0, end: 3 },
    { ...b, start: 4, end: 5 },
    { ...a, start: 1, end: 5 }
  ])
})

test("citations count from where their part begins", () => {
  const inPart = {
    ...metadata,
    groundingSupports: [{ segment: { partIndex: 1, endIndex: 6 }, groundingChunkIndices: [0] }]
  }
  expect(citations(inPart, "ü: é😀 x", (part) => part * 3)).toEqual([{ ...a, start: 3, end: 6 }])
})

test("without supports there are no citations", () => {
  expect(citations({ groundingChunks: metadata.groundingChunks }, "x", () => 0)).toEqual([])
})

test("log probabilities come in OpenAI's form", () => {
  const chosen = { token: "é", logProbability: -0.5, tokenId: 7 }
  const one = { token: "é", logprob: -0.5, bytes: [195, 169] }
  expect(logprobs({ chosenCandidates: [chosen], topCandidates: [{ candidates: [chosen] }] })).toEqual({
    content: [{ ...one, top_logprobs: [one] }],
    refusal: null
  })
})
