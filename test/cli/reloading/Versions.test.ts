import { expect, test } from "bun:test"
import { Versions } from "../../../src/cli/reloading/Versions.ts"
import { settingsFrom } from "../../config/Loading.ts"

test("what runs and what was refused are told until something newer is", async () => {
  const [first, second] = [
    await settingsFrom("version: 1\n"),
    await settingsFrom("version: 1\naliases: { quick: sim/echo }\n")
  ]
  let day = 0
  const versions = new Versions(first, () => `2026-11-0${++day}T00:00:00.000Z`)
  const running = { fingerprint: first.fingerprint, file: first.file ?? "", loaded_at: "2026-11-01T00:00:00.000Z" }
  expect(versions.view).toEqual({ object: "configuration", running, refused: null })

  versions.refuse(["gateway.yaml:2:1 prot: unknown setting", "and another"])
  const refused = { at: "2026-11-02T00:00:00.000Z", reasons: ["gateway.yaml:2:1 prot: unknown setting", "and another"] }
  expect(versions.view).toEqual({ object: "configuration", running, refused })
  expect(versions.running).toBe(first)

  versions.confirm()
  expect(versions.view).toEqual({ object: "configuration", running, refused: null })

  versions.refuse(["again"])
  versions.accept(second)
  expect(versions.running).toBe(second)
  expect(versions.view).toMatchObject({
    running: { fingerprint: second.fingerprint, loaded_at: "2026-11-04T00:00:00.000Z" },
    refused: null
  })
})

test("the environment alone has no file", async () => {
  expect(new Versions(await settingsFrom(undefined)).view.running.file).toBeNull()
})
