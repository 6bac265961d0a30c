import { editDistance } from "../../../../domain/written/EditDistance.ts"

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, "")

/** Longest name that is compared: no field or class is that long, and comparing costs length × length. */
const maxLength = 64

/**
 * The one of `names` that was probably meant; nothing when none is near. Case and separators do not count:
 * `latencyThresholdMs` is near.
 */
export const nearName = (name: string, names: ReadonlyArray<string>): string | undefined => {
  if (name.length > maxLength) return undefined
  const written = plain(name)
  // A third of the letters may be wrong, three at most: more would suggest at random.
  const tolerance = Math.min(3, Math.max(1, Math.floor(written.length / 3)))
  const ranked = names
    .map((candidate) => {
      const meant = plain(candidate)
      // A field without its unit, or with one too many (`deadline`, `connect_ms`).
      const isPart =
        Math.min(written.length, meant.length) >= 4 && (meant.startsWith(written) || written.startsWith(meant))
      return { candidate, edits: isPart ? 1 : editDistance(written, meant) }
    })
    .filter(({ edits }) => edits <= tolerance)
    .sort((left, right) => left.edits - right.edits)
  return ranked[0]?.candidate
}
