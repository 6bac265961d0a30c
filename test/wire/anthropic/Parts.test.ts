import { describe, expect, test } from "bun:test"
import type { Part } from "../../../src/domain/Message.ts"
import { at, bodyOf, failureOf } from "./Bodies.ts"

const pdf = Buffer.from("%PDF-1.7 …").toString("base64")
const words = Buffer.from("Grüße").toString("base64")

describe("parts", () => {
  const taken: ReadonlyArray<readonly [string, Part, unknown]> = [
    [
      "an image as data",
      { type: "image", url: "data:image/png;base64,AAAA" },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } }
    ],
    [
      "an image of the type that does not exist",
      { type: "image", url: "data:image/jpg;base64,AAAA" },
      { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "AAAA" } }
    ],
    [
      "an image by address",
      { type: "image", url: "https://a/b", cache: { type: "ephemeral" } },
      { type: "image", source: { type: "url", url: "https://a/b" }, cache_control: { type: "ephemeral" } }
    ],
    [
      "a PDF as data",
      { type: "file", data: `data:application/pdf;base64,${pdf}`, name: "a.pdf" },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf }, title: "a.pdf" }
    ],
    [
      "a PDF as bare base64",
      { type: "file", data: pdf },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf } }
    ],
    [
      "a document by address",
      { type: "file", url: "https://a/b.pdf" },
      { type: "document", source: { type: "url", url: "https://a/b.pdf" } }
    ],
    [
      "a document by file id",
      { type: "file", id: "file_1" },
      { type: "document", source: { type: "file", file_id: "file_1" } }
    ],
    [
      "a text file, decoded",
      { type: "file", data: `data:text/markdown;charset=utf-8;base64,${words}`, name: "a.md" },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "Grüße" }, title: "a.md" }
    ],
    [
      "an image that came as a file",
      { type: "file", data: "data:image/webp;base64,AAAA" },
      { type: "image", source: { type: "base64", media_type: "image/webp", data: "AAAA" } }
    ]
  ]
  test.each(taken)("%s", (_name, part, block) => {
    const { body } = bodyOf({ messages: [{ role: "user", content: [part] }] })
    expect(at(body, "messages", 0, "content", 0)).toEqual(block)
  })

  const place = "messages[1].content[1]"
  const refused: ReadonlyArray<readonly [string, Part, string]> = [
    ["audio", { type: "audio", data: "AAAA", format: "wav" }, `${place}.type`],
    ["a vector image", { type: "image", url: "data:image/svg+xml;base64,AAAA" }, `${place}.image_url`],
    ["an image by plain http", { type: "image", url: "http://a/b.png" }, `${place}.image_url`],
    ["an image in a bucket", { type: "image", url: "gs://a/b.png" }, `${place}.image_url`],
    ["a spreadsheet", { type: "file", data: "data:application/vnd.ms-excel;base64,AAAA" }, `${place}.file`]
  ]
  test.each(refused)("%s is refused before it is sent, and named", (_name, part, param) => {
    const failure = failureOf({
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: [{ type: "text", text: "a" }, part] }
      ]
    })
    expect(failure).toMatchObject({ _tag: "Unable", param })
  })

  test("images are refused where Claude takes only text", () => {
    const image: Part = { type: "image", url: "https://a/b" }
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: [image], toolCalls: [] },
      { role: "user", content: "b" }
    ] as const
    expect(failureOf({ messages })).toMatchObject({ _tag: "Unable", param: "messages[1].content[0].type" })
  })

  test("images in a tool's result are sent inside it", () => {
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "", toolCalls: [{ id: "x", name: "look", arguments: "{}", kind: "function" }] },
      { role: "tool", callId: "x", content: [{ type: "image", url: "https://a/b" }] }
    ] as const
    expect(at(bodyOf({ messages }).body, "messages", 2, "content", 0, "content")).toEqual([
      { type: "image", source: { type: "url", url: "https://a/b" } }
    ])
  })

  test("a resolution that Claude cannot be asked for is told", () => {
    const messages = [{ role: "user", content: [{ type: "image", url: "https://a/b", detail: "low" }] }] as const
    expect(bodyOf({ messages }).dropped).toEqual(["image_url.detail"])
  })
})
