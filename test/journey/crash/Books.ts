import { Database } from "bun:sqlite"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { asText, listOf, objectOf, parseJson, textOf } from "../../../src/domain/Fields.ts"

const Row = Schema.Struct({
  id: Schema.String,
  request_id: Schema.String,
  /** What the caller calls the request. */
  end_user: Schema.String,
  key_id: Schema.String,
  /** With the provider before it. */
  model: Schema.String,
  outcome: Schema.String,
  usage_source: Schema.NullOr(Schema.String),
  input: Schema.Finite,
  output: Schema.Finite,
  cost_total: Schema.NullOr(Schema.Finite)
})

/** An attempt in the ledger's table. */
export type Row = typeof Row.Type

const Window = Schema.Struct({ scope: Schema.String, spent: Schema.Finite })

/** What the limits count as spent of a budget. */
export type Window = typeof Window.Type

const rows = Schema.decodeUnknownSync(Schema.Array(Row))
const windows = Schema.decodeUnknownSync(Schema.Array(Window))

const reading = <A>(folder: string, read: (database: Database) => A): A => {
  const database = new Database(join(folder, "gateway.sqlite"))
  try {
    return read(database)
  } finally {
    database.close()
  }
}

/** All that is in the table. */
export const tableIn = (folder: string): ReadonlyArray<Row> =>
  reading(folder, (database) =>
    rows(database.query(`SELECT ${Object.keys(Row.fields).join(", ")} FROM attempts ORDER BY id`).all())
  )

/** All budgets. */
export const windowsIn = (folder: string): ReadonlyArray<Window> =>
  reading(folder, (database) =>
    windows(database.query("SELECT scope, spent FROM budget_windows WHERE resource = 'total' ORDER BY scope").all())
  )

/** What is in the journals of all processes. */
export interface Journals {
  /** Of the attempts in whole lines. */
  readonly ids: ReadonlyArray<string>
  /** Segments that hold something. */
  readonly segments: number
  /** Whole lines that are no JSON, and files that were put aside as unreadable. */
  readonly unreadable: number
}

/** Reads the journals while no process is there. */
export const journalsIn = (folder: string): Journals => {
  const at = join(folder, "journal")
  const names = existsSync(at) ? readdirSync(at) : []
  const texts = names.filter((name) => name.endsWith(".jsonl")).map((name) => readFileSync(join(at, name), "utf8"))
  // What follows the last line's end was being written when the process was killed.
  const lines = texts.flatMap((text) => text.split("\n").slice(0, -1)).map(parseJson)
  return {
    ids: lines.flatMap((line) => listOf(objectOf(line)["attempts"]).map((attempt) => textOf(objectOf(attempt)["id"]))),
    segments: texts.filter((text) => text !== "").length,
    unreadable:
      lines.filter((line) => line === undefined).length + names.filter((name) => name.endsWith(".unreadable")).length
  }
}

/** A request that reached the simulator. */
export interface Received {
  /** What the caller calls it. */
  readonly name: string
  /** Without its provider. */
  readonly model: string
  /** Tokens of the prompt that are reported. */
  readonly input: number
  /** Words that were sent. */
  readonly output: number
}

/**
 * What the simulator received, by its own numbers: it keeps 10,000 requests, so that of a long test it must be asked
 * again and again.
 */
export const receivedBy = async (url: string, known: Map<number, Received>): Promise<void> => {
  const response = await fetch(`${url}/_simulator/log`)
  for (const entry of listOf(await response.json()).map(objectOf)) {
    const model = textOf(entry["model"])
    known.set(Number(entry["id"]), {
      name: asText(objectOf(listOf(objectOf(entry["body"])["messages"])[0])["content"]) ?? "",
      model,
      input: Number(/:input=(\d+)/.exec(model)?.[1]),
      output: Number(entry["piecesSent"])
    })
  }
}
