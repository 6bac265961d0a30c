import { expect, test } from "bun:test"
import { billedRegion } from "../../../src/catalog/pricing/BilledRegion.ts"

test.each([
  ["https://api.openai.com/v1", undefined, undefined],
  ["https://api.openai.com/v1", "eu", undefined],
  ["https://eu.api.openai.com/v1", undefined, "eu"],
  ["https://eu.api.openai.com/v1", "frankfurt", "eu"],
  ["https://US.api.openai.com:443/v1", undefined, "us"],
  ["https://api.anthropic.com", "us", undefined],
  ["https://generativelanguage.googleapis.com", "eu", undefined],
  ["https://llm.example.com/openai/v1", "EU", "eu"],
  ["https://llm.example.com/openai/v1", undefined, undefined],
  ["https://eu.api.openai.com.example.com/v1", undefined, undefined],
  ["http://127.0.0.1:8080/v1", "2", "2"]
])("%s, called %p, is billed in the region %p", (address, configured, region) => {
  expect(billedRegion(address, configured)).toBe(region)
})
