import { Result } from "effect"
import { Unable } from "../../domain/Failure.ts"
import type { Fields } from "../../domain/Fields.ts"
import type { AudioPart, FilePart, ImagePart } from "../../domain/Message.ts"

/** Media types by the file endings that Gemini reads. */
const endings: ReadonlyMap<string, string> = new Map([
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["webp", "image/webp"],
  ["gif", "image/gif"],
  ["heic", "image/heic"],
  ["heif", "image/heif"],
  ["pdf", "application/pdf"],
  ["txt", "text/plain"],
  ["md", "text/markdown"],
  ["csv", "text/csv"],
  ["html", "text/html"],
  ["xml", "text/xml"],
  ["json", "application/json"],
  ["wav", "audio/wav"],
  ["mp3", "audio/mp3"],
  ["m4a", "audio/m4a"],
  ["aac", "audio/aac"],
  ["flac", "audio/flac"],
  ["ogg", "audio/ogg"],
  ["opus", "audio/opus"],
  ["aiff", "audio/aiff"],
  ["pcm16", "audio/pcm"],
  ["mp4", "video/mp4"],
  ["mov", "video/quicktime"],
  ["webm", "video/webm"],
  ["mpeg", "video/mpeg"]
])

/** First bytes, as Latin-1 text, of formats that have a mark of their own. */
const marks: ReadonlyArray<readonly [RegExp, string]> = [
  [/^\x89PNG/, "image/png"],
  [/^\xff\xd8\xff/, "image/jpeg"],
  [/^GIF8/, "image/gif"],
  [/^RIFF[^]{4}WEBP/, "image/webp"],
  [/^RIFF[^]{4}WAVE/, "audio/wav"],
  [/^[^]{4}ftyp(?:heic|heix|mif1)/, "image/heic"],
  [/^[^]{4}ftypM4A/, "audio/m4a"],
  [/^[^]{4}ftyp/, "video/mp4"],
  [/^%PDF/, "application/pdf"],
  [/^(?:ID3|\xff[\xfb\xf3\xf2])/, "audio/mp3"],
  [/^OggS/, "audio/ogg"],
  [/^fLaC/, "audio/flac"]
]

/**
 * Addresses that Gemini reads by itself: its own Files API, Cloud Storage (Vertex) and YouTube. Any other https
 * address it does not fetch.
 */
const readable =
  /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.)?youtube\.com\/|https:\/\/youtu\.be\/)/

/**
 * An image, sound or document as a part of Gemini's. Fails with `Unable` where only a download could help. `where`
 * names the caller's field.
 */
export const media = (part: ImagePart | AudioPart | FilePart, where: string): Result.Result<Fields, Unable> => {
  if (part.type === "audio") {
    const sound = part.data.startsWith("data:") ? dataUrl(part.data)?.data : part.data
    const format = part.format.toLowerCase()
    return Result.succeed(inline(endings.get(format) ?? `audio/${format}`, sound ?? ""))
  }
  if (part.type === "image") return address(part.url, undefined, `${where}.image_url`)
  if (part.data !== undefined) {
    if (part.data.startsWith("data:")) return address(part.data, part.name, `${where}.file`)
    return typed(part.data, undefined, part.name, `${where}.file`)
  }
  if (part.url !== undefined) return address(part.url, part.name, `${where}.file`)
  if (part.id === undefined) return refuse(`${where}.file`, "The file has neither data nor an address.")
  if (readable.test(part.id)) return address(part.id, part.name, `${where}.file`)
  if (!part.id.startsWith("files/")) {
    return refuse(`${where}.file.file_id`, "Gemini does not know this file id; send the file as a data: URL.")
  }
  return address(`https://generativelanguage.googleapis.com/v1beta/${part.id}`, part.name, `${where}.file`)
}

const address = (url: string, name: string | undefined, where: string): Result.Result<Fields, Unable> => {
  if (url.startsWith("data:")) {
    const parsed = dataUrl(url)
    if (parsed === undefined) return refuse(where, "This data: URL cannot be read.")
    return typed(parsed.data, parsed.mimeType, name, where)
  }
  if (!readable.test(url)) {
    return refuse(where, "Gemini does not fetch this address; send the content as a data: URL.")
  }
  const mimeType = typeByName(name) ?? typeByName(url.split(/[?#]/, 1)[0])
  if (mimeType !== undefined) return Result.succeed({ fileData: { fileUri: url, mimeType } })
  if (/youtu\.?be/.test(url)) return Result.succeed({ fileData: { fileUri: url, mimeType: "video/mp4" } })
  // Gemini knows the type of what its Files API keeps; Cloud Storage needs it said.
  if (url.startsWith("https:")) return Result.succeed({ fileData: { fileUri: url } })
  return refuse(where, "The type of this file is not known; give it a filename with its ending.")
}

const typed = (
  data: string,
  said: string | undefined,
  name: string | undefined,
  where: string
): Result.Result<Fields, Unable> => {
  const mimeType = said ?? typeByName(name) ?? typeByBytes(data)
  if (mimeType === undefined) {
    return refuse(where, "The type of this file is not known; send it as a data: URL with its media type.")
  }
  return Result.succeed(inline(mimeType, data))
}

const inline = (mimeType: string, data: string): Fields => ({
  // Line breaks, as `base64` writes them, are refused.
  inlineData: { mimeType, data: /\s/.test(data) ? data.replace(/\s+/g, "") : data }
})

const refuse = (param: string, message: string): Result.Result<never, Unable> =>
  Result.fail(new Unable({ message, param }))

const dataUrl = (url: string): { readonly mimeType?: string; readonly data: string } | undefined => {
  const comma = url.indexOf(",")
  if (comma < 0) return undefined
  const [said = "", ...parameters] = url.slice("data:".length, comma).toLowerCase().split(";")
  const type = said.trim() === "image/jpg" ? "image/jpeg" : said.trim()
  const mimeType = type === "" || type === "application/octet-stream" ? {} : { mimeType: type }
  const body = decoded(url.slice(comma + 1))
  if (body === undefined) return undefined
  if (parameters.some((parameter) => parameter.trim() === "base64")) return { ...mimeType, data: body }
  return { mimeType: type === "" ? "text/plain" : type, data: Buffer.from(body).toString("base64") }
}

const decoded = (text: string): string | undefined => {
  if (!text.includes("%")) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const typeByName = (name: string | undefined): string | undefined => {
  const ending = name === undefined ? undefined : /\.([A-Za-z0-9]+)$/.exec(name)?.[1]
  return ending === undefined ? undefined : endings.get(ending.toLowerCase())
}

const typeByBytes = (data: string): string | undefined => {
  let first: string
  try {
    // 24 characters of base64 are the 18 bytes that every mark lies in.
    first = atob(data.slice(0, 64).replace(/\s+/g, "").slice(0, 24))
  } catch {
    return undefined
  }
  return marks.find(([mark]) => mark.test(first))?.[1]
}
