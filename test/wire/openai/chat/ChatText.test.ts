import { describe, expect, test } from "bun:test"
import { textCountsOf } from "../../../../src/wire/openai/chat/ChatText.ts"

const message = (content: unknown) => ({ model: "m", messages: [{ role: "user", content }] })
const base64 = "QUJD".repeat(1_000)
const bytesOf = (body: object) => textCountsOf({ ...body }).bytes

describe("of a body is counted", () => {
  const alike: ReadonlyArray<readonly [what: string, body: object]> = [
    ["text", message("The sea ".repeat(100))],
    ["parts", message([{ type: "text", text: "The sea ".repeat(100) }])],
    [
      "tools",
      { ...message(""), tools: [{ type: "function", function: { name: "f", parameters: { a: [1, true, null] } } }] }
    ],
    [
      "calls",
      { messages: [{ role: "assistant", tool_calls: [{ id: "1", function: { name: "f", arguments: "{}" } }] }] }
    ],
    ["what is not known", { ...message("x"), own: { deep: [["x"], { y: -1.5 }] } }]
  ]
  test.each(alike)("%s, about as long as it is as JSON", (_what, body) => {
    expect(bytesOf(body)).toBeWithin(
      Buffer.byteLength(JSON.stringify(body)) * 0.6,
      Buffer.byteLength(JSON.stringify(body)) + 1
    )
  })

  test("what the text says, and not how JSON writes it", () => {
    expect(textCountsOf(message('\n語"'.repeat(50)))).toMatchObject({ wide: 50, blanks: 50 })
  })

  const media: ReadonlyArray<object> = [
    { type: "image_url", image_url: { url: `data:image/png;base64,${base64}`, detail: "low" } },
    { type: "input_audio", input_audio: { data: base64, format: "wav" } },
    { type: "file", file: { file_data: base64, filename: "a.pdf" } }
  ]
  test.each(media)("no base64 of media", (part) => {
    expect(bytesOf(message([part]))).toBeLessThan(150)
  })

  const others: ReadonlyArray<readonly [what: string, body: object]> = [
    ["another type", message([{ type: "text", text: base64, image_url: { url: "x" } }])],
    ["another field", message([{ type: "image_url", image_url: { url: "x", other: base64 } }])],
    ["beside it", message([{ type: "image_url", image_url: { url: "x" }, file: { file_data: base64 } }])],
    ["a bare address", message([{ type: "image_url", image_url: base64 }])],
    ["no list of parts", message({ type: "image_url", image_url: { url: base64 } })],
    ["no message", { other: [{ content: [{ type: "image_url", image_url: { url: base64 } }] }] }]
  ]
  test.each(others)("base64 in %s as the text that it may be", (_what, body) => {
    expect(bytesOf(body)).toBeGreaterThan(base64.length)
  })
})
