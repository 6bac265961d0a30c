import { expect, test } from "bun:test"
import type { FinishReason } from "../../../src/domain/Delta.ts"
import { finishReason, isFault } from "../../../src/wire/gemini/FinishReasons.ts"

const reasons: ReadonlyArray<readonly [native: string, calls: number, wanted: FinishReason]> = [
  ["STOP", 0, "stop"],
  ["STOP", 2, "tool_calls"],
  ["OTHER", 0, "stop"],
  ["SOMETHING_NEW", 0, "stop"],
  ["constructor", 0, "stop"],
  ["MAX_TOKENS", 0, "length"],
  ["MAX_TOKENS", 1, "length"],
  ["CONTINUATION", 0, "length"],
  ["SAFETY", 0, "content_filter"],
  ["SAFETY", 1, "content_filter"],
  ["RECITATION", 0, "content_filter"],
  ["BLOCKLIST", 0, "content_filter"],
  ["PROHIBITED_CONTENT", 0, "content_filter"],
  ["SPII", 0, "content_filter"],
  ["LANGUAGE", 0, "content_filter"],
  ["MODEL_ARMOR", 0, "content_filter"],
  ["IMAGE_SAFETY", 0, "content_filter"],
  ["MALFORMED_FUNCTION_CALL", 0, "stop"],
  ["UNEXPECTED_TOOL_CALL", 1, "tool_calls"]
]

for (const [native, calls, wanted] of reasons) {
  test(`${native} with ${calls} calls is ${wanted}`, () => expect(finishReason(native, calls)).toBe(wanted))
}

test("only what the model failed to write is a fault", () => {
  expect(reasons.map(([native]) => native).filter(isFault)).toEqual(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"])
})
