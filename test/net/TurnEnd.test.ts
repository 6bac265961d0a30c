import { expect, test } from "bun:test"
import { TurnEnd } from "../../src/net/TurnEnd.ts"

test("what is put off is done in order, once the turn is over", async () => {
  const turnEnd = new TurnEnd()
  const done: Array<string> = []
  turnEnd.add(() => done.push("first"))
  turnEnd.add(() => {
    done.push("second")
    turnEnd.add(() => done.push("of the next turn"))
  })
  await Promise.resolve()
  expect(done).toEqual([])
  const { promise, resolve } = Promise.withResolvers<void>()
  turnEnd.add(() => {
    done.push("last")
    resolve()
  })
  await promise
  expect(done).toEqual(["first", "second", "last"])
  await new Promise<void>((resolve) => {
    turnEnd.add(resolve)
  })
  expect(done).toEqual(["first", "second", "last", "of the next turn"])
})
