import { editDistance } from "../domain/written/EditDistance.ts"

/** Longest name that is compared; a longer one is no slip of the finger, and comparing costs length × length. */
const maxLength = 64

const sharedPrefix = (left: string, right: string): number => {
  let length = 0
  while (length < left.length && left[length] === right[length]) length++
  return length
}

/**
 * The model ids that were probably meant, nearest first, three at most: few edits away from the id or its bare name, or
 * beginning alike.
 */
export const nearMatches = (asked: string, ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const written = asked.toLowerCase()
  if (written === "" || written.length > maxLength) return []
  const tolerance = Math.max(1, Math.floor(written.length / 5))
  const shared = Math.max(4, Math.ceil(written.length / 2))
  const tooMany = tolerance + 1
  // Texts whose lengths differ by more need that many edits at least, so most pairs cost nothing.
  const edits = (form: string): number =>
    Math.abs(form.length - written.length) > tolerance ? tooMany : Math.min(tooMany, editDistance(written, form))
  return ids
    .map((id) => {
      const whole = id.toLowerCase()
      const forms = [whole, whole.slice(whole.indexOf("/") + 1)]
      return {
        id,
        edits: Math.min(...forms.map(edits)),
        prefix: Math.max(...forms.map((form) => sharedPrefix(written, form)))
      }
    })
    .filter(({ edits, prefix }) => edits <= tolerance || prefix >= shared)
    .sort((left, right) => left.edits - right.edits || right.prefix - left.prefix)
    .slice(0, 3)
    .map(({ id }) => id)
}
