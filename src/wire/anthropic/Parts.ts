import { Result } from "effect"
import { Unable, type Failure } from "../../domain/Failure.ts"
import type { Fields } from "../../domain/Fields.ts"
import type { CacheControl, Content, FilePart, Part } from "../../domain/Message.ts"

/** A content block of Anthropic's. */
export type Block = Fields

/** Anthropic's `cache_control`, or nothing to spread. */
export const marked = (cache: CacheControl | undefined): Fields =>
  cache === undefined
    ? {}
    : { cache_control: cache.ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl: cache.ttl } }

/**
 * A text block; nothing for blank text, which Anthropic answers with 400 ("text content blocks must contain
 * non-whitespace text").
 */
export const textBlocks = (text: string, cache?: CacheControl): ReadonlyArray<Block> =>
  text.trim() === "" ? [] : [{ type: "text", text, ...marked(cache) }]

const unable = (param: string, message: string): Result.Result<never, Failure> =>
  Result.fail(new Unable({ message, param }))

interface DataUrl {
  readonly mediaType: string
  /** Base64. */
  readonly data: string
}

/** The parts of a `data:` URL with base64 content; nothing for any other text. */
const readDataUrl = (url: string): DataUrl | undefined => {
  if (!/^data:/i.test(url)) return undefined
  const comma = url.indexOf(",")
  const [mediaType = "", ...parameters] = url.slice(5, Math.max(comma, 5)).split(";")
  if (comma < 0 || !parameters.some((parameter) => parameter.trim().toLowerCase() === "base64")) return undefined
  return { mediaType: mediaType.trim().toLowerCase(), data: url.slice(comma + 1).trim() }
}

const imageTypes = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"])

const isHttps = (url: string): boolean => /^https:\/\//i.test(url)

const imageSource = (url: string): Fields | undefined => {
  if (isHttps(url)) return { type: "url", url }
  const read = readDataUrl(url)
  if (read === undefined) return undefined
  const mediaType = read.mediaType === "image/jpg" ? "image/jpeg" : read.mediaType
  return imageTypes.has(mediaType) ? { type: "base64", media_type: mediaType, data: read.data } : undefined
}

const textTypes = /^text\/|^application\/(?:json|xml|yaml|x-yaml|javascript|toml|csv|sql|x-ndjson)$|\+(?:json|xml)$/
const textNames =
  /\.(?:txt|md|csv|tsv|json|jsonl|xml|html?|ya?ml|toml|log|sql|css|[jt]sx?|py|rb|go|rs|java|c|h|cpp|sh)$/i

/** The media type of a file that came as bare base64: PDF by its first bytes (`%PDF-`), text by its name. */
const guessType = (data: string, name: string): string => {
  if (data.startsWith("JVBERi0")) return "application/pdf"
  return textNames.test(name) ? "text/plain" : ""
}

const documentSource = (file: FilePart): Fields | undefined => {
  if (file.id !== undefined) return { type: "file", file_id: file.id }
  if (file.data === undefined) {
    return file.url !== undefined && isHttps(file.url) ? { type: "url", url: file.url } : undefined
  }
  const bare = { mediaType: guessType(file.data, file.name ?? ""), data: file.data }
  const { mediaType, data } = readDataUrl(file.data) ?? bare
  if (mediaType === "application/pdf") return { type: "base64", media_type: mediaType, data }
  if (!textTypes.test(mediaType)) return undefined
  return { type: "text", media_type: "text/plain", data: Buffer.from(data, "base64").toString("utf8") }
}

const fileBlock = (file: FilePart, param: string): Result.Result<ReadonlyArray<Block>, Failure> => {
  const image = file.data === undefined ? undefined : imageSource(file.data)
  if (image !== undefined) return Result.succeed([{ type: "image", source: image, ...marked(file.cache) }])
  const source = documentSource(file)
  if (source === undefined)
    return unable(param, "Claude takes files as PDF, plain text or an image, by content, https address or file id.")
  // A document without a single character is refused like an empty text block.
  if (source["type"] === "text" && source["data"] === "") return Result.succeed([])
  const title = file.name === undefined || file.name === "" ? {} : { title: file.name }
  return Result.succeed([{ type: "document", source, ...title, ...marked(file.cache) }])
}

const partBlocks = (part: Part, place: string, textOnly: boolean): Result.Result<ReadonlyArray<Block>, Failure> => {
  if (part.type === "text") return Result.succeed(textBlocks(part.text, part.cache))
  if (part.type === "refusal") return Result.succeed(textBlocks(part.refusal, part.cache))
  if (part.type === "audio") return unable(`${place}.type`, "Claude takes no audio.")
  if (textOnly) return unable(`${place}.type`, "Claude takes only text in a message of this role.")
  if (part.type === "file") return fileBlock(part, `${place}.file`)
  const source = imageSource(part.url)
  if (source !== undefined) return Result.succeed([{ type: "image", source, ...marked(part.cache) }])
  return unable(
    `${place}.image_url`,
    "Claude takes images as https addresses or as base64 data of type JPEG, PNG, GIF or WebP."
  )
}

/**
 * A message's content as blocks. `place` names it in failures (`messages[2].content`); `textOnly` for roles in which
 * Anthropic takes nothing else.
 */
export const contentBlocks = (
  content: Content,
  place: string,
  textOnly: boolean
): Result.Result<ReadonlyArray<Block>, Failure> => {
  if (typeof content === "string") return Result.succeed(textBlocks(content))
  const blocks: Array<Block> = []
  for (const [at, part] of content.entries()) {
    const made = partBlocks(part, `${place}[${at}]`, textOnly)
    if (Result.isFailure(made)) return made
    blocks.push(...made.success)
  }
  return Result.succeed(blocks)
}

/** The blocks with a cache mark on the last of them, where a message carries one. A part's own mark there is kept. */
export const withMark = (blocks: ReadonlyArray<Block>, cache: CacheControl | undefined): ReadonlyArray<Block> => {
  const last = blocks.at(-1)
  if (cache === undefined || last === undefined || last["cache_control"] !== undefined) return blocks
  return [...blocks.slice(0, -1), { ...last, ...marked(cache) }]
}
