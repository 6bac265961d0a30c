import type { Path, Report } from "../ConfigurationInvalid.ts"

/** A key of a list, with its name in the file or else its place there, and where it is written. */
export interface NamedKey {
  readonly name: string
  readonly text: string
  readonly path: Path
}

/** The keys of a list; no two may have the same name or be the same. `nameOf`: the name of a key without one. */
export const namedKeys = (
  entries: ReadonlyArray<string | { readonly name: string; readonly key: string }>,
  path: Path,
  report: Report,
  nameOf: (index: number) => string = (index) => `key-${index + 1}`
): ReadonlyArray<NamedKey> => {
  const keys = entries.map((entry, index): NamedKey => {
    if (typeof entry === "string") return { name: nameOf(index), text: entry, path: [...path, index] }
    return { name: entry.name, text: entry.key, path: [...path, index, "key"] }
  })
  for (const [index, key] of keys.entries()) {
    const before = keys.slice(0, index)
    const twin = before.find(({ text }) => text === key.text)
    if (twin !== undefined) report({ path: key.path, message: `is the same key as that of ${twin.name}` })
    if (before.some(({ name }) => name === key.name)) {
      const isNamed = typeof entries[index] !== "string"
      report({ path: [...path, index, ...(isNamed ? ["name"] : [])], message: `another key is named ${key.name}` })
    }
  }
  return keys
}
