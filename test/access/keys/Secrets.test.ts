import { describe, expect, test } from "bun:test"
import { randomBytes } from "node:crypto"
import { hashOf, looksLikeSecret, secretBytes, secretOf, startOf } from "../../../src/access/keys/Secrets.ts"

describe("a secret", () => {
  test("has the prefix, all of the chance, and a checksum", () => {
    const secret = secretOf(new Uint8Array(secretBytes).fill(7))
    expect(secret.slice(0, 47)).toBe(`lgw_${"BwcH".repeat(10)}Bwc`)
    expect(secret).toMatch(/^lgw_[\w-]{49}$/)
    expect(looksLikeSecret(secret)).toBe(true)
  })

  test("is never the same twice", () => {
    const secrets = new Set(Array.from({ length: 1000 }, () => secretOf(randomBytes(secretBytes))))
    expect(secrets.size).toBe(1000)
    for (const secret of secrets) expect(looksLikeSecret(secret)).toBe(true)
  })

  test("with one letter changed, or cut, does not look like one", () => {
    const secret = secretOf(randomBytes(secretBytes))
    for (let at = 4; at < 47; at++) {
      const letter = secret[at] === "A" ? "B" : "A"
      expect(looksLikeSecret(`${secret.slice(0, at)}${letter}${secret.slice(at + 1)}`)).toBe(false)
    }
    for (const wrong of ["", "lgw_", secret.slice(0, -1), `${secret}x`, secret.replace("lgw_", "sk-_")]) {
      expect(looksLikeSecret(wrong)).toBe(false)
    }
  })

  test("is recognised by eight letters and kept as its whole SHA-256", () => {
    const secret = secretOf(randomBytes(secretBytes))
    expect(startOf(secret)).toBe(secret.slice(0, 8))
    // The well known hash of the empty text.
    expect(hashOf("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    expect(hashOf(secret)).toHaveLength(64)
  })
})
