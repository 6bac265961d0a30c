import { describe, expect, test } from "bun:test"
import { randomBytes } from "node:crypto"
import { hashOf, secretBytes, secretOf, startOf } from "../../../src/access/keys/Secrets.ts"

describe("a secret", () => {
  test("has the prefix, all of the chance, and a checksum", () => {
    const secret = secretOf(new Uint8Array(secretBytes).fill(7))
    expect(secret.slice(0, 47)).toBe(`lgw_${"BwcH".repeat(10)}Bwc`)
    // The CRC-32 of what stands before it, in six letters.
    const bytes = Buffer.from(secret.slice(47), "base64url")
    expect(bytes.readUInt32BE()).toBe(Bun.hash.crc32(secret.slice(0, 47)))
    expect(secret).toHaveLength(53)
  })

  test("is never the same twice", () => {
    const secrets = new Set(Array.from({ length: 1000 }, () => secretOf(randomBytes(secretBytes))))
    expect(secrets.size).toBe(1000)
  })

  test("is recognised by eight letters and kept as its whole SHA-256", () => {
    const secret = secretOf(randomBytes(secretBytes))
    expect(startOf(secret)).toBe(secret.slice(0, 8))
    // The well known hash of the empty text.
    expect(hashOf("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    expect(hashOf(secret)).toHaveLength(64)
  })
})
