import { expect, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { takeLock } from "../../src/store/ProcessLock.ts"

test("a lock is held by one at a time, leaves one file, and says so when it is something else", () => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-"))
  const file = join(folder, "x.lock")
  const lock = takeLock(file)
  expect(lock).toBeDefined()
  expect(takeLock(file)).toBeUndefined()
  expect(readdirSync(folder)).toEqual(["x.lock"])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  lock?.release()
  const again = takeLock(file)
  expect(again).toBeDefined()
  again?.release()
  writeFileSync(file, "what is this, which is longer than the head of a database and is none?".repeat(3))
  expect(() => takeLock(file)).toThrow("not a database")
  rmSync(folder, { recursive: true })
})
