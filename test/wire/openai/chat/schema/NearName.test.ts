import { expect, test } from "bun:test"
import { nearName } from "../../../../../src/wire/openai/chat/schema/NearName.ts"

const names = ["latency_threshold_ms", "deadline_ms", "timeout_ms", "on", "race", "trail"]

const cases: ReadonlyArray<readonly [written: string, meant: string | undefined]> = [
  ["deadline_ms", "deadline_ms"],
  ["dealdine_ms", "deadline_ms"],
  ["deadlineMs", "deadline_ms"],
  ["deadline", "deadline_ms"],
  ["DEADLINE-MS", "deadline_ms"],
  ["timeouts", "timeout_ms"],
  ["trial", "trail"],
  ["races", "race"],
  ["no", "on"],
  ["not", undefined],
  ["first_content", undefined],
  ["", undefined],
  ["deadline_ms".repeat(10), undefined]
]

for (const [written, meant] of cases) {
  test(`${JSON.stringify(written.slice(0, 40))} is ${meant ?? "nothing"}`, () =>
    expect(nearName(written, names)).toBe(meant))
}
