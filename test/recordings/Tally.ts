import { afterAll, expect, test } from "bun:test"
import { absent, type Recording } from "./Recordings.ts"

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Longest that one recording may take, in milliseconds, on a slow and busy machine. */
const patience = 60_000

const column = (text: string | number, width: number): string => String(text).padStart(width)

/** What is wrong with a recording's replay (empty when nothing is), or why it cannot be tried. */
export type Finding = ReadonlyArray<string> | { readonly skipped: string }

/** Makes one test of each recording, and at the end prints by provider and kind how many passed. */
export const eachRecording = (
  title: string,
  recordings: ReadonlyArray<Recording>,
  check: (recording: Recording) => Finding | Promise<Finding>
): void => {
  if (absent !== undefined) {
    test.skip(`${title} (${absent})`, () => {})
    return
  }
  const table = new Map<string, Counts>()
  const reasons = new Map<string, number>()

  const counts = ({ kind, provider }: Recording): Counts => {
    const row = `${provider.padEnd(18)} ${kind.padEnd(24)}`
    const found = table.get(row) ?? { passed: 0, failed: 0, skipped: 0 }
    table.set(row, found)
    return found
  }

  for (const recording of recordings) {
    test(
      `${recording.id} ${title}`,
      async () => {
        const row = counts(recording)
        // Counted as failed until it has passed, so that a throw is counted too.
        row.failed++
        const found = await check(recording)
        if ("skipped" in found) {
          row.failed--
          row.skipped++
          reasons.set(found.skipped, (reasons.get(found.skipped) ?? 0) + 1)
          return
        }
        expect(found).toEqual([])
        row.failed--
        row.passed++
      },
      patience
    )
  }

  afterAll(() => {
    const total: Counts = { passed: 0, failed: 0, skipped: 0 }
    const lines = [...table].sort().map(([row, { failed, passed, skipped }]) => {
      total.passed += passed
      total.failed += failed
      total.skipped += skipped
      return `${row}${column(passed, 8)}${column(failed, 8)}${column(skipped, 8)}`
    })
    const head = `${"provider".padEnd(18)} ${"kind".padEnd(24)}${column("passed", 8)}${column("failed", 8)}${column("skipped", 8)}`
    const foot = `${"all".padEnd(43)}${column(total.passed, 8)}${column(total.failed, 8)}${column(total.skipped, 8)}`
    const why = [...reasons].map(([reason, count]) => `skipped ${count}: ${reason}`)
    console.info(["", title, head, ...lines, foot, ...why].join("\n"))
  })
}
