import { expect } from "bun:test"
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { newProcessName, ProcessLocks } from "../../src/store/ProcessLocks.ts"
import { it } from "../effect.ts"
import { newFolder } from "./Folder.ts"

const lockIn = (folder: string, name: string): string => join(folder, `${name}.lock`)

it.live("a process is there while it has its lock, and gone when it has not, whether it said so or not", () =>
  Effect.gen(function* () {
    const folder = join(yield* newFolder, "processes")
    const [one, two] = [newProcessName(), newProcessName()]
    expect(one).not.toBe(two)
    const mine = ProcessLocks.begin(folder, one)
    const other = ProcessLocks.begin(folder, two)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect([mine.isGone(one), mine.isGone(two), other.isGone(one)]).toEqual([false, false, false])
    mine.forget(two)
    mine.forget(one)
    expect(mine.isGone(two)).toBe(false)
    other.close(false)
    expect(mine.isGone(two)).toBe(true)
    expect(existsSync(lockIn(folder, two))).toBe(true)
    mine.forget(two)
    expect(mine.isGone(two)).toBeUndefined()
    mine.close(true)
    expect(readdirSync(folder)).toEqual([])
  })
)

it.live("of a process without a lock, and of a name that is none, nothing is known, and nothing is made", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const mine = ProcessLocks.begin(folder, "mine")
    expect([mine.isGone("elsewhere"), mine.isGone("../outside"), mine.isGone("")]).toEqual([
      undefined,
      undefined,
      undefined
    ])
    writeFileSync(
      lockIn(folder, "torn"),
      "what is this, which is longer than the head of a database and is none?".repeat(3)
    )
    expect(mine.isGone("torn")).toBeUndefined()
    expect(readdirSync(folder).sort()).toEqual(["mine.lock", "torn.lock"])
    mine.close(true)
  })
)

it.live("locks of processes that ended before anybody heard of them are deleted when they are old", () =>
  Effect.gen(function* () {
    const folder = yield* newFolder
    const mine = ProcessLocks.begin(folder, "mine")
    const living = ProcessLocks.begin(folder, "living")
    for (const name of ["old", "known", "young"]) writeFileSync(lockIn(folder, name), "")
    const twoHoursAgo = Date.now() / 1000 - 7200
    for (const name of ["old", "known", "living", "mine"]) utimesSync(lockIn(folder, name), twoHoursAgo, twoHoursAgo)
    mine.forgetStrangers(new Set(["known"]))
    expect(readdirSync(folder).sort()).toEqual(["known.lock", "living.lock", "mine.lock", "young.lock"])
    living.close(true)
    mine.close(true)
  })
)
