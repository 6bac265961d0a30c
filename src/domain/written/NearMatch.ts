import { editDistance } from "./EditDistance.ts"

/** Names that people write for another reason than a slip of the finger. */
const synonyms: Readonly<Record<string, string>> = {
  address: "host",
  apibase: "baseUrl",
  apikey: "key",
  endpoint: "baseUrl",
  gemini: "google",
  secret: "key",
  token: "key",
  uri: "baseUrl",
  url: "baseUrl"
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, "")

/** The one of `names` that was probably meant, if any is near enough. */
export const nearest = (name: string, names: ReadonlyArray<string>): string | undefined => {
  const written = plain(name)
  const meant = Object.hasOwn(synonyms, written) ? synonyms[written] : undefined
  if (meant !== undefined && names.includes(meant)) return meant
  // A third of the letters may be wrong, two at most: more would suggest at random. No name is that long.
  const tolerance = written.length > 64 ? 0 : Math.min(2, Math.max(1, Math.floor(written.length / 3)))
  const ranked = names
    .map((candidate) => ({ candidate, edits: editDistance(written.slice(0, 64), plain(candidate)) }))
    .filter(({ edits }) => edits <= tolerance)
    .sort((left, right) => left.edits - right.edits)
  return ranked[0]?.candidate
}

/** `; did you mean "…"?`, or nothing. */
export const suggestion = (name: string, names: ReadonlyArray<string>): string => {
  const meant = nearest(name, names)
  return meant === undefined ? "" : `; did you mean "${meant}"?`
}
