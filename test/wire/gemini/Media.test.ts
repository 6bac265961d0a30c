import { expect, test } from "bun:test"
import { Result } from "effect"
import type { Fields } from "../../../src/domain/Fields.ts"
import type { AudioPart, FilePart, ImagePart } from "../../../src/domain/Message.ts"
import { media } from "../../../src/wire/gemini/Media.ts"

type Part = ImagePart | AudioPart | FilePart

const image = (url: string): Part => ({ type: "image", url })
const file = (part: Omit<FilePart, "type">): Part => ({ type: "file", ...part })
const base64 = (bytes: string): string => btoa(bytes)
const inline = (mimeType: string, data: string): Fields => ({ inlineData: { mimeType, data } })

const pdf = base64("%PDF-1.7 and so on")
const png = base64("\x89PNG\r\n\x1a\n....")
const upload = "https://generativelanguage.googleapis.com/v1beta/files/abc"

const cases: ReadonlyArray<readonly [name: string, part: Part, wanted: Fields]> = [
  ["an image's type comes from its data URL", image(`data:image/webp;base64,${png}`), inline("image/webp", png)],
  ["image/jpg is written image/jpeg", image("data:image/jpg;base64,AAAA"), inline("image/jpeg", "AAAA")],
  [
    "parameters of a data URL are passed over",
    image("data:image/png;charset=x;base64,AAAA"),
    inline("image/png", "AAAA")
  ],
  ["a data URL without a type is known by its bytes", image(`data:;base64,${png}`), inline("image/png", png)],
  ["octet-stream is no type", image(`data:application/octet-stream;base64,${png}`), inline("image/png", png)],
  ["escaped base64 is read", image("data:image/png;base64,AA%2BA"), inline("image/png", "AA+A")],
  ["line breaks in base64 are removed", image("data:image/png;base64,AA\r\nAA"), inline("image/png", "AAAA")],
  [
    "a data URL of plain text is turned into base64",
    file({ data: "data:text/plain,hello%20é" }),
    inline("text/plain", Buffer.from("hello é").toString("base64"))
  ],
  [
    "bare base64 is known by the file's name",
    file({ data: "AAAA", name: "report.v2.PDF" }),
    inline("application/pdf", "AAAA")
  ],
  ["bare base64 is known by its bytes", file({ data: pdf, name: "report" }), inline("application/pdf", pdf)],
  ["sound has its format's type", { type: "audio", data: "AAAA", format: "mp3" }, inline("audio/mp3", "AAAA")],
  [
    "sound may be a data URL",
    { type: "audio", data: "data:audio/wav;base64,BBBB", format: "wav" },
    inline("audio/wav", "BBBB")
  ],
  [
    "an unknown sound format is named as it is",
    { type: "audio", data: "AA", format: "amr" },
    inline("audio/amr", "AA")
  ],
  [
    "Cloud Storage is read by address",
    file({ url: "gs://bucket/a.pdf" }),
    { fileData: { fileUri: "gs://bucket/a.pdf", mimeType: "application/pdf" } }
  ],
  ["Gemini's own files need no type", file({ url: upload }), { fileData: { fileUri: upload } }],
  ["the id of an uploaded file becomes its address", file({ id: "files/abc" }), { fileData: { fileUri: upload } }],
  [
    "YouTube is a film",
    image("https://www.youtube.com/watch?v=1"),
    { fileData: { fileUri: "https://www.youtube.com/watch?v=1", mimeType: "video/mp4" } }
  ]
]

for (const [name, part, wanted] of cases) {
  test(name, () => expect(Result.getOrThrow(media(part, "messages[0].content[1]"))).toEqual(wanted))
}

const refused: ReadonlyArray<readonly [name: string, part: Part, param: string]> = [
  ["a remote image is refused, because Gemini does not fetch it", image("https://example.com/a.png"), "image_url"],
  [
    "an image on a look-alike of Google's host is refused",
    image("https://generativelanguage.googleapis.com.evil/a"),
    "image_url"
  ],
  ["a data URL that cannot be read is refused", image("data:image/png;base64"), "image_url"],
  ["bytes of no known type are refused", file({ data: base64("what is this?") }), "file"],
  ["another provider's file id is refused", file({ id: "file-123" }), "file.file_id"],
  ["a file in Cloud Storage without an ending is refused", file({ url: "gs://bucket/a" }), "file"]
]

for (const [name, part, param] of refused) {
  test(name, () => {
    const failure = Result.getOrThrow(Result.flip(media(part, "messages[0].content[1]")))
    expect(failure).toMatchObject({ _tag: "Unable", param: `messages[0].content[1].${param}` })
  })
}
