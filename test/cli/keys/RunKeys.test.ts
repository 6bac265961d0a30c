import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import { describe, expect } from "bun:test"
import { Effect, Layer, Option, Redacted, Result } from "effect"
import { Command } from "effect/cli"
import { TestClock, TestConsole } from "effect/testing"
import { commandLine } from "../../../src/cli/CommandLine.ts"
import { makeCatalog } from "../../../src/catalog/Catalog.ts"
import type { KeysCommand } from "../../../src/cli/keys/KeysFlags.ts"
import { runKeys } from "../../../src/cli/keys/RunKeys.ts"
import { objectOf, parseJson } from "../../../src/domain/Fields.ts"
import { openKeys } from "../../access/keys/Opening.ts"
import { it } from "../../effect.ts"
import { newFolder } from "../../store/Folder.ts"

const machine = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer,
  NodeStdio.layer,
  NodeChildProcessSpawner.layer.pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
)

/** What the command line made of its words. */
const parsed = (words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const seen: Array<{ readonly command: KeysCommand; readonly config: Option.Option<string> }> = []
    const other = () => Effect.die("another command was run")
    const program = commandLine({
      serve: other,
      check: other,
      models: other,
      explain: other,
      simulate: other,
      usage: other,
      keys: (command, config) => Effect.sync(() => void seen.push({ command, config }))
    })
    yield* Command.runWith(program, { version: "0" })(words)
    return seen[0]
  }).pipe(Effect.provide(machine))

const settingsOf = (folder: string) => ({ data: folder, keys: [{ name: "in-file", key: Redacted.make("some-key-1") }] })

const catalog = Effect.fromResult(
  makeCatalog({
    providers: [{ name: "openai", language: "openai", models: "catalog" }],
    unconfigured: [],
    aliases: new Map(),
    overrides: new Map(),
    named: []
  })
)

/** Runs a whole command line against the keys of a folder, and gives what it printed on standard output. */
const run = Effect.fnUntraced(function* (folder: string, words: string) {
  const before = (yield* TestConsole.logLines).length
  const asked = yield* parsed(["keys", ...words.split(" ")])
  if (asked === undefined) return yield* Effect.die(`not understood: ${words}`)
  yield* runKeys(asked.command, settingsOf(folder), catalog)
  return (yield* TestConsole.logLines).slice(before).map(String).join("\n")
})

describe("the command line of keys", () => {
  it.effect("says all that a key may have", () =>
    Effect.gen(function* () {
      const words =
        "keys create --config g.yaml --name a --team t --tag x --tag y=1 --model openai/* --tool search --expires 90d --requests-per-minute 60 --tokens-per-minute 1000 --requests-at-once 2 --budget-day 0.5 --budget-month 5 --budget-total 50 --zone Europe/Berlin --unknown-prices allow --json"
      const some = Option.some
      expect(yield* parsed(words.split(" "))).toEqual({
        config: some("g.yaml"),
        command: {
          _tag: "Create",
          flags: {
            name: "a",
            team: some("t"),
            tag: ["x", "y=1"],
            model: ["openai/*"],
            tool: ["search"],
            expires: some("90d"),
            requestsPerMinute: some(60),
            tokensPerMinute: some(1000),
            requestsAtOnce: some(2),
            day: some("0.5"),
            month: some("5"),
            total: some("50"),
            zone: some("Europe/Berlin"),
            unknownPrices: some("allow"),
            json: true
          }
        }
      })
    })
  )

  it.effect("names a key by its name or its id, and has an overlap of a day", () =>
    Effect.gen(function* () {
      const rotated = yield* parsed(["keys", "rotate", "a"])
      expect(rotated?.command).toEqual({ _tag: "Rotate", flags: { reference: "a", overlap: "24h", json: false } })
      const disabled = yield* parsed(["keys", "disable", "key_1"])
      expect(disabled?.command).toEqual({ _tag: "Disable", flags: { reference: "key_1", json: false } })
    })
  )
})

describe("keys", () => {
  it.effect("prints a new secret alone on standard output, which gateways then take", () =>
    Effect.gen(function* () {
      const folder = yield* newFolder
      const secret = yield* run(folder, "create --name a --team t --budget-day 0.5")
      expect(secret).toMatch(/^lgw_[\w-]{49}$/)
      expect((yield* TestConsole.errorLines).join("\n")).toMatch(/The key a \(key_[0-9a-f]{20}\) was made/)
      const { keys } = yield* openKeys(folder)
      const caller = Result.getOrThrow(keys.find(secret))
      expect(caller).toMatchObject({ name: "a", team: "t", quotas: [{ allowance: { perDay: 500_000_000 } }] })
    })
  )

  it.effect("lists them, as a table or as JSON, without any secret", () =>
    Effect.gen(function* () {
      const folder = yield* newFolder
      expect(yield* run(folder, "list")).toContain("No key was created yet")
      yield* TestClock.setTime(Date.parse("2026-11-22T12:00:00Z"))
      const secret = yield* run(
        folder,
        "create --name a --team t --expires 2027-01-31 --model openai/* --requests-per-minute 60 --budget-month 5.25"
      )
      yield* run(folder, "create --name b")
      yield* run(folder, "disable b")
      const table = yield* run(folder, "list")
      const lines = table.split("\n")
      expect(lines).toHaveLength(3)
      expect(lines[0]).toMatch(/^name +id +state +team +secret +expires +allowed +limits$/)
      const rowOfA = lines.find((line) => line.startsWith("a "))
      expect(rowOfA).toMatch(
        /^a +key_\w{20} +active +t +lgw_.{4}… +2027-01-31 00:00 UTC +openai\/\* +60 requests\/min, \$5.25\/month$/
      )
      expect(lines.find((line) => line.startsWith("b "))).toMatch(/disabled +- +lgw_.{4}… +- +all +-$/)
      const json = yield* run(folder, "list --json")
      expect(objectOf(parseJson(json))["data"]).toContainEqual(
        expect.objectContaining({
          name: "a",
          state: "active",
          expires_at: "2027-01-31T00:00:00.000Z",
          models: ["openai/*"],
          tools: null,
          budget: { day: null, month: "5.25", total: null, zone: "UTC", unknown_prices: "refuse" }
        })
      )
      for (const text of [table, json]) expect(text).not.toContain(secret.slice(0, 9))
    })
  )

  it.effect("rotates with an overlap, and disables", () =>
    Effect.gen(function* () {
      const folder = yield* newFolder
      const { keys, created } = yield* openKeys(folder)
      const isTaken = (secret: string) => Result.isSuccess(keys.find(secret))
      const first = yield* run(folder, "create --name a")
      const second = objectOf(parseJson(yield* run(folder, "rotate a --overlap 5s --json")))
      const secret = String(second["secret"])
      expect(second).toMatchObject({ name: "a", secrets: [{ expires_at: null }, { expires_at: expect.any(String) }] })
      yield* created.refresh
      expect([first, secret].map(isTaken)).toEqual([true, true])
      yield* TestClock.adjust("5 seconds")
      expect([first, secret].map(isTaken)).toEqual([false, true])
      expect(yield* run(folder, `disable ${String(second["id"])}`)).toContain("is disabled")
      yield* created.refresh
      expect([first, secret].map(isTaken)).toEqual([false, false])
    })
  )

  for (const [words, message] of [
    ["create --name in-file", "There is a key named in-file already. Choose another name, or disable that key first."],
    ["create --name lgw_abc", "--name must not begin with key_ or lgw_."],
    ["create --name a --budget-day 5USD", "--budget-day must be an amount in US dollars up to 1000000"],
    ["create --name a --expires yesterday", "--expires must be a day such as"],
    ["rotate nobody", 'There is no created key with the id or the name "nobody"; `keys list` names them.'],
    ["rotate nobody --overlap soon", "--overlap must be a duration such as"],
    ["disable nobody", 'There is no created key with the id or the name "nobody"; `keys list` names them.']
  ] as const) {
    it.effect(`says what is wrong with "${words}"`, () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(run(yield* newFolder, words))
        expect(failure).toMatchObject({ _tag: "KeysRefused", message: expect.stringContaining(message) })
      })
    )
  }

  it.effect("warns of a pattern that means no model, and makes the key all the same", () =>
    Effect.gen(function* () {
      const words = "create --name a --model openai/* --model gpt-5-nano --model openai/gtp-5-nano --model nothing/*"
      const secret = yield* run(yield* newFolder, words)
      expect(secret).toStartWith("lgw_")
      expect((yield* TestConsole.errorLines).filter((line) => String(line).startsWith("warning"))).toEqual([
        "warning: --model openai/gtp-5-nano means none of the models that are known here; did you mean openai/gpt-5-nano or openai/gpt-5.4-nano?",
        "warning: --model nothing/* means none of the models that are known here; `models` lists them"
      ])
    })
  )

  it.effect("says what to set where there is no place to keep them", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(runKeys({ _tag: "List", flags: { json: false } }, { keys: [] }, catalog))
      expect(failure.message).toContain("set `data: FOLDER` in gateway.yaml")
    })
  )
})
