import { expect, test } from "bun:test"
import { gatewayKeyProblem, headerProblem, secretProblem } from "../../src/config/Secrets.ts"

const keys: ReadonlyArray<readonly [string, string | undefined]> = [
  ["sk-abc_123", undefined],
  ["x", undefined],
  ["", "is empty"],
  ["sk-abc\n", "has a line break in it"],
  ["sk-abc\r", "has a line break in it"],
  ["sk abc", "has a space in it"],
  ["\tsk-abc", "has a space in it"],
  ["Bearer sk-abc", 'must be the key alone, without "Bearer"'],
  ['"sk-abc"', "is wrapped in quotes that are part of the value; leave them out"],
  ["sk-äbc", "has a character that no header can carry"],
  ["sk-\u0000abc", "has a character that no header can carry"]
]
test.each(keys)("a provider's key %p: %p", (key, message) => {
  expect(secretProblem(key)).toBe(message)
})

test("a gateway key has eight characters or more", () => {
  expect(gatewayKeyProblem("1234567")).toBe('is shorter than 8 characters; "openssl rand -hex 24" makes a good one')
  expect(gatewayKeyProblem("12345678")).toBeUndefined()
  expect(gatewayKeyProblem("1234 5678")).toBe("has a space in it")
})

const headers: ReadonlyArray<readonly [string, string, boolean, string | undefined]> = [
  ["x-team", "a team", true, undefined],
  ["Authorization", "Token abc", false, undefined],
  ["Authorization", "Token abc", true, 'carries the key already; leave it or "key" out'],
  ["x-goog-api-key", "abc", true, 'carries the key already; leave it or "key" out'],
  ["Host", "example.com", false, "is a header that the gateway sets itself"],
  ["content-length", "3", false, "is a header that the gateway sets itself"],
  ["transfer-encoding", "chunked", false, "is a header that the gateway sets itself"],
  ["x team", "a", false, "is not the name of a header"],
  ["x:team", "a", false, "is not the name of a header"],
  ["x-team", "", false, "is empty"],
  ["x-team", "a\r\nx-evil: b", false, "must be printable ASCII on one line, without spaces at its ends"],
  ["x-team", " a", false, "must be printable ASCII on one line, without spaces at its ends"]
]
test.each(headers)("the header %s with %p (with a key: %p): %p", (name, value, hasKey, message) => {
  expect(headerProblem(name, value, hasKey)).toBe(message)
})
