import { expect } from "bun:test"
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { TestClock, TestConsole } from "effect/testing"
import { printUsage, usageParameters } from "../../src/cli/Usage.ts"
import { listOf, objectOf, parseJson } from "../../src/domain/Fields.ts"
import { Reports } from "../../src/ledger/reports/Reports.ts"
import * as Store from "../../src/store/Store.ts"
import { it } from "../effect.ts"
import { book } from "../ledger/reports/Booked.ts"

const at = "2026-11-10T00:00:00Z"

const booked = book([
  {
    id: "a",
    at,
    team: "red",
    tags: ["=1+1", 'a,"b"\n'],
    attempts: [
      {
        outcome: "lost",
        provider: "anthropic",
        model: "anthropic/big",
        usage: { inputTokens: 9 },
        costs: { input: 27_000_000 }
      },
      {
        sentMs: 1,
        firstContentMs: 251,
        usage: { inputTokens: 1000, cachedTokens: 400, outputTokens: 50, reasoningTokens: 20 },
        costs: { input: 600_000, cachedInput: 40_000, output: 30_000, reasoning: 20_000 }
      }
    ]
  },
  { id: "b", at, key: "key-2", name: "\u001b[2Jsecond", attempts: [{ usage: { inputTokens: 3 }, costs: null }] }
])

const machine = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer,
  NodeStdio.layer,
  NodeChildProcessSpawner.layer.pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
)
const services = Layer.merge(Reports.layer.pipe(Layer.provideMerge(Store.layerMemory)), machine)
const { effect } = it.layer(services)

const command = Command.make("usage", usageParameters, printUsage)

const usage = (...flags: ReadonlyArray<string>) =>
  booked.pipe(
    Effect.andThen(TestClock.setTime(Date.parse("2026-11-22T10:00:00Z"))),
    Effect.andThen(Command.runWith(command, { version: "0" })(flags)),
    Effect.andThen(TestConsole.logLines),
    Effect.map((lines) => lines.join("\n"))
  )

effect("usage is a table with totals, columns that say nothing left out, and what is not known said", () =>
  Effect.gen(function* () {
    expect(yield* usage("--by", "key", "--by", "provider")).toBe(
      [
        "Usage from 2026-10-24 00:00 to 2026-11-23 00:00 (UTC)",
        "",
        "key         provider   requests  attempts  input  cached  output  reasoning          cost  lost or failed",
        "first       anthropic         1         1      9       0       0          0        $0.027          $0.027",
        "first       openai            1         1    600     400      30         20      $0.00069              $0",
        "?[2Jsecond  openai            1         1      3       0       0          0             ?              $0",
        "total                         2         3    612     400      30         20  $0.02769 + ?          $0.027",
        "",
        "?: the price of 1 attempt is not known; no sum has it."
      ].join("\n")
    )
  })
)

effect("a statement has its lines by account, its sum, and says that nothing is added", () =>
  Effect.gen(function* () {
    expect(yield* usage("--month", "2026-11", "--zone", "Europe/Berlin")).toBe(
      [
        "Statement from 2026-11-01 00:00 to 2026-12-01 00:00 (Europe/Berlin)",
        "The sum of what the providers take for each attempt, in US dollars. The gateway adds nothing: its markup is $0.",
        "",
        "key         provider   model          item          unit        quantity          cost",
        "first                                               1 request                 $0.02769",
        "            anthropic  anthropic/big  input         token              9        $0.027",
        "            openai     openai/mini    input         token            600       $0.0006",
        "            openai     openai/mini    cached_input  token            400      $0.00004",
        "            openai     openai/mini    output        token             30      $0.00003",
        "            openai     openai/mini    reasoning     token             20      $0.00002",
        "?[2Jsecond                                          1 request                        ?",
        "            openai     openai/mini    input         token              3             ?",
        "total                                               2 requests            $0.02769 + ?",
        "",
        "?: the price of 1 attempt is not known; no sum has it."
      ].join("\n")
    )
  })
)

effect("CSV has a row a group, its numbers in full, and nothing that a spreadsheet would run", () =>
  Effect.gen(function* () {
    const text = yield* usage("--by", "tag", "--format", "csv")
    const [heads = "", ...rows] = text.split("\r\n")
    expect(heads).toStartWith("tag,requests,attempts,attempts_answered,")
    expect(rows).toHaveLength(3)
    expect(rows[0]).toStartWith("'=1+1,1,2,1,0,0,1,0,609,400,")
    expect(rows[1]).toStartWith('"a,""b""\n",1,2,')
    expect(rows[2]).toStartWith(",1,1,1,")
    expect(rows[2]).toContain(",unknown,1,unknown")
    // The console ends the last line.
    expect(text).toEndWith("\r")
    const columns = (row: string | undefined) => (row ?? "").split(",").length
    expect(columns(rows[0])).toBe(columns(heads))
  })
)

effect("a statement as CSV has a row a line", () =>
  Effect.gen(function* () {
    const text = yield* usage("--month", "2026-11", "--key", "key-1", "--format", "csv")
    expect(text.split("\r\n")).toEqual([
      "key,key_name,provider,model,item,unit,quantity,cost_usd",
      "key-1,first,anthropic,anthropic/big,input,token,9,0.027",
      "key-1,first,openai,openai/mini,input,token,600,0.0006",
      "key-1,first,openai,openai/mini,cached_input,token,400,0.00004",
      "key-1,first,openai,openai/mini,output,token,30,0.00003",
      "key-1,first,openai,openai/mini,reasoning,token,20,0.00002\r"
    ])
  })
)

effect("what prompt caches did is told with its money and its times", () =>
  Effect.gen(function* () {
    const table = yield* usage("--cache", "--by", "model")
    expect(table).toContain(
      [
        "model          requests  with hit  input  cached  of input     saved  by reading  less writing  first content with hit  without",
        "anthropic/big         1     0.0 %      9       0     0.0 %        $0          $0            $0                       -        -",
        "openai/mini           2    50.0 %   1003     400    39.9 %  $0.00036    $0.00036            $0                  250 ms        -",
        "total                 2    50.0 %   1012     400    39.5 %  $0.00036    $0.00036            $0                  250 ms        -"
      ].join("\n")
    )
  })
)

effect("what prompt caches did is told for programs too", () =>
  Effect.gen(function* () {
    const csv = yield* usage("--cache", "--team", "red", "--format", "csv")
    expect(csv.split("\r\n").slice(1)).toEqual([
      "key-1,first,anthropic/big,1,0,9,0,0,0,0,0,0,,",
      "key-1,first,openai/mini,1,1,1000,400,0,0.00036,0.00036,0,0,250,\r"
    ])
  })
)

effect("a month can be asked for its caches", () =>
  Effect.gen(function* () {
    const told = objectOf(parseJson(yield* usage("--cache", "--month", "2026-11", "--format", "json")))
    expect(told).toMatchObject({
      object: "usage.cache",
      from: "2026-11-01T00:00:00.000Z",
      totals: { saved: "0.00036" }
    })
  })
)

effect("JSON is what the endpoints answer", () =>
  Effect.gen(function* () {
    const told = objectOf(parseJson(yield* usage("--by", "day", "--team", "red", "--format", "json")))
    expect(told).toMatchObject({ object: "usage", by: ["day"], totals: { requests: 1, cost: "0.02769" } })
    expect(listOf(told["data"])).toHaveLength(1)
  })
)

effect("a date that is none is refused by its name", () =>
  Effect.gen(function* () {
    const failure = yield* Effect.flip(usage("--from", "yesterday"))
    expect(failure).toMatchObject({ _tag: "InvalidRequest", param: "from" })
  })
)
