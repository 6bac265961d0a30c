import type { Annotation } from "../../domain/Delta.ts"
import { asNumber, asObject, asText, countOf, type Fields, listOf, objectOf, textOf } from "../../domain/Fields.ts"

/**
 * The sources that `groundingMetadata` gives for an answer's text. Gemini's segments count UTF-8 bytes from the start
 * of their part;
 * annotations count characters of the whole text. `partStart` is where a part's text begins, in characters.
 */
export const citations = (
  metadata: Fields,
  text: string,
  partStart: (part: number) => number
): ReadonlyArray<Annotation> => {
  const supports = listOf(metadata["groundingSupports"])
  if (supports.length === 0) return []
  const sources = listOf(metadata["groundingChunks"]).map(sourceOf)
  const starts = new Map<number, { readonly start: number; readonly offsets: Uint32Array }>()
  const found: Array<Annotation> = []
  for (const support of supports) {
    const fields = objectOf(support)
    const segment = objectOf(fields["segment"])
    const part = countOf(segment["partIndex"])
    let place = starts.get(part)
    if (place === undefined) {
      const start = partStart(part)
      place = { start, offsets: characterOffsets(text.slice(start)) }
      starts.set(part, place)
    }
    const { start, offsets } = place
    const at = (bytes: unknown): number => start + (offsets[Math.min(countOf(bytes), offsets.length - 1)] ?? 0)
    for (const index of listOf(fields["groundingChunkIndices"])) {
      const source = sources[asNumber(index) ?? -1]
      if (source === undefined) continue
      found.push({ ...source, start: at(segment["startIndex"]), end: at(segment["endIndex"]) })
    }
  }
  return found
}

const sourceOf = (chunk: unknown): { readonly url: string; readonly title: string } | undefined => {
  const fields = objectOf(chunk)
  const source = asObject(fields["web"]) ?? asObject(fields["retrievedContext"]) ?? asObject(fields["maps"])
  const url = asText(source?.["uri"])
  if (source === undefined || url === undefined) return undefined
  return { url, title: asText(source["title"]) ?? url }
}

/** For each byte of the text's UTF-8 form, and its end, the character (UTF-16 unit) that it belongs to. */
const characterOffsets = (text: string): Uint32Array => {
  const offsets = new Uint32Array(Buffer.byteLength(text) + 1)
  let byte = 0
  let unit = 0
  for (const character of text) {
    const length = Buffer.byteLength(character)
    offsets.fill(unit, byte, byte + length)
    byte += length
    unit += character.length
  }
  offsets[byte] = unit
  return offsets
}

/** Gemini's `logprobsResult` in OpenAI's form. */
export const logprobs = (result: Fields): Fields => {
  const top = listOf(result["topCandidates"])
  return {
    content: listOf(result["chosenCandidates"]).map((chosen, index) => ({
      ...logprob(chosen),
      top_logprobs: listOf(objectOf(top[index])["candidates"]).map(logprob)
    })),
    refusal: null
  }
}

const logprob = (candidate: unknown): Fields => {
  const fields = objectOf(candidate)
  const token = textOf(fields["token"])
  return { token, logprob: asNumber(fields["logProbability"]) ?? 0, bytes: [...Buffer.from(token)] }
}
