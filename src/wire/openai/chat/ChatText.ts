import { asObject, type Fields } from "../../../domain/Fields.ts"
import { type TextCounts, TextTally } from "../../../domain/usage/TextTally.ts"

/** Fields of parts of a message that hold base64, which is no text, or an address. */
const mediaFields: ReadonlyMap<unknown, string> = new Map([
  ["image_url", "url"],
  ["input_audio", "data"],
  ["file", "file_data"]
])

/**
 * What the text of a body is made of, its names and its JSON included; pictures, sound and documents that are in its
 * messages left out. The body must not be nested too deeply.
 */
export const textCountsOf = (body: Fields): TextCounts => {
  const tally = new TextTally()
  for (const name in body) {
    addName(tally, name)
    const value = body[name]
    if (name === "messages" && Array.isArray(value)) for (const message of value) addMessage(tally, message)
    else addValue(tally, value)
  }
  return tally
}

/** Characters of JSON around a name and a value: `":"` and `","` are a token each. */
const aroundName = 2
/** Those around a value in a list, and around a list or an object. */
const aroundValue = 1

const addName = (tally: TextTally, name: string): void => {
  tally.add(name)
  tally.addSigns(aroundName)
}

const addMessage = (tally: TextTally, message: unknown): void => {
  tally.addSigns(aroundValue)
  const fields = asObject(message)
  if (fields === undefined) return addValue(tally, message)
  for (const name in fields) {
    addName(tally, name)
    const value = fields[name]
    if (name === "content" && Array.isArray(value)) for (const part of value) addPart(tally, part)
    else addValue(tally, value)
  }
}

const addPart = (tally: TextTally, part: unknown): void => {
  tally.addSigns(aroundValue)
  const fields = asObject(part)
  const type = fields?.["type"]
  const field = mediaFields.get(type)
  if (fields === undefined || field === undefined) return addValue(tally, part)
  for (const name in fields) {
    addName(tally, name)
    if (name === type) addMedia(tally, fields[name], field)
    else addValue(tally, fields[name])
  }
}

const addMedia = (tally: TextTally, media: unknown, field: string): void => {
  const fields = asObject(media)
  if (fields === undefined) return addValue(tally, media)
  for (const name in fields) {
    addName(tally, name)
    if (name !== field || typeof fields[name] !== "string") addValue(tally, fields[name])
  }
}

const addValue = (tally: TextTally, value: unknown): void => {
  if (typeof value === "string") return tally.add(value)
  if (typeof value !== "object" || value === null) return tally.add(String(value))
  tally.addSigns(aroundValue)
  if (Array.isArray(value)) {
    for (const item of value) {
      tally.addSigns(aroundValue)
      addValue(tally, item)
    }
    return
  }
  const fields = asObject(value) ?? {}
  for (const name in fields) {
    addName(tally, name)
    addValue(tally, fields[name])
  }
}
