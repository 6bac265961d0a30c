import { expect, test } from "bun:test"
import { nearest } from "../../../src/domain/written/NearMatch.ts"

const names = ["key", "baseUrl", "headers", "models", "speaks", "google", "timeouts"]

const cases: ReadonlyArray<readonly [string, string | undefined]> = [
  ["kye", "key"],
  ["keys", "key"],
  ["apiKey", "key"],
  ["api_key", "key"],
  ["token", "key"],
  ["base_url", "baseUrl"],
  ["baseURL", "baseUrl"],
  ["url", "baseUrl"],
  ["header", "headers"],
  ["timeout", "timeouts"],
  ["gemini", "google"],
  ["constructor", undefined],
  ["__proto__", undefined],
  ["retries", undefined],
  ["", undefined],
  ["k".repeat(100_000), undefined]
]
test.each(cases)("%p was probably meant as %p", (name, meant) => {
  expect(nearest(name, names)).toBe(meant)
})
