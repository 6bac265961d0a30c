import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from "yaml"
import type { Path, Place, Problem } from "../ConfigurationInvalid.ts"

/**
 * Values in a file, aliases written out; a few dozen providers and models need some thousands, an alias bomb millions.
 */
const maxValues = 20_000
/**
 * The settings themselves are nine levels deep; below that are model facts, and a route's tools, whose schemas have
 * twenty or so.
 */
const maxDepth = 64

/** A mistake of the YAML itself, which has a place but no setting. */
export interface SyntaxMistake extends Place {
  readonly message: string
}

/** What a YAML file says, and where it says it. */
export interface SourceTree {
  /** Mappings, lists, text, numbers, booleans and null. */
  readonly value: unknown
  readonly syntax: ReadonlyArray<SyntaxMistake>
  readonly problems: ReadonlyArray<Problem>
  /** Where the setting, or the nearest one around it, is written: its name, or its value. */
  readonly placeOf: (path: Path, what?: "name" | "value") => Place | undefined
}

interface Written {
  readonly name: number
  readonly value: number
}

/** Messages of our own where the parser's would quote the file, which may hold a key, or would not help. */
const syntaxWords: Partial<Record<YAMLError["code"], string>> = {
  BAD_ALIAS: "*name refers to an anchor (&name) that is not defined above it",
  BAD_DQ_ESCAPE: "unknown escape after \\ in double quotes; use single quotes, or write \\\\",
  BAD_INDENT: "the indentation does not fit the lines around it",
  BAD_SCALAR_START: "a value cannot start with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "two settings on one line, or a value that needs quotes",
  DUPLICATE_KEY: "this name is written twice in the same mapping",
  IMPOSSIBLE: "this is not YAML",
  MULTILINE_IMPLICIT_KEY: "a setting needs a colon and a space after its name",
  MULTIPLE_DOCS: "the file holds more than one document (---)",
  NON_STRING_KEY: "the name of a setting must be text",
  RESOURCE_EXHAUSTION: "nested too deeply",
  TAB_AS_INDENT: "tabs cannot indent; use spaces",
  TAG_RESOLVE_FAILED: "tags (!name) are not supported",
  UNEXPECTED_TOKEN: "unexpected text here; a value with special characters needs quotes"
}

/** One broken line makes the rest of the file look broken; the first mistakes are the ones to mend. */
const maxSyntaxLines = 5

// In the flow style `{` and `}` are YAML's own, so that an unquoted reference falls apart with an error that names
// neither.
const hasUnquotedReference = (line: string): boolean => {
  const start = line.search(/[{[]/)
  return start >= 0 && /[^"']\$\{/.test(line.slice(start))
}

const syntaxMessage = (error: YAMLError, line: string): string => {
  const message = syntaxWords[error.code] ?? error.message
  return hasUnquotedReference(line) ? `${message}; inside { } and [ ], "\${NAME}" needs quotes` : message
}

/** Reads YAML into values and places. Nothing but the 1.2 core types: no tags, no merge keys, names are text. */
export const readTree = (text: string): SourceTree => {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    schema: "core",
    resolveKnownTags: false
  })
  const places = new Map<string, Written>()
  const problems: Array<Problem> = []
  const open = new Set<unknown>()
  let values = 0

  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }

  const refuse = (path: Path, message: string): null => {
    problems.push({ path, message })
    return null
  }

  const target = (alias: Alias, path: Path): unknown => {
    const node = alias.resolve(document)
    if (node === undefined) return refuse(path, "the anchor is not defined")
    if (open.has(node)) return refuse(path, "the anchor contains itself")
    return node
  }

  const read = (node: unknown, path: Path): unknown => {
    values += 1
    if (values === maxValues)
      refuse([], `the file holds more than ${maxValues} values once its aliases are written out`)
    if (values >= maxValues) return null
    if (path.length > maxDepth) return refuse(path, `nested deeper than ${maxDepth} levels`)
    if (isAlias(node)) return read(target(node, path), path)
    if (isScalar(node)) return node.value
    open.add(node)
    const value = children(node, path)
    open.delete(node)
    return value
  }

  const children = (node: unknown, path: Path): unknown => {
    if (isSeq(node)) return node.items.map((item, index) => child(item, item, [...path, index]))
    if (!isMap(node)) return null
    // An object made from entries keeps `__proto__` as data, where an assignment would set the prototype.
    return Object.fromEntries(
      node.items.map(({ key, value }) => {
        const name = String(isScalar(key) ? key.value : key)
        return [name, child(key, value, [...path, name])]
      })
    )
  }

  const child = (name: unknown, value: unknown, path: Path): unknown => {
    const nameAt = offsetOf(name) ?? 0
    places.set(JSON.stringify(path), { name: nameAt, value: offsetOf(value) ?? nameAt })
    return read(value, path)
  }

  const syntax = new Map<number, SyntaxMistake>()
  for (const error of [...document.errors, ...document.warnings]) {
    const place = placeAt(error.pos[0])
    if (syntax.size === maxSyntaxLines || syntax.has(place.line)) continue
    const line = text.split("\n", place.line)[place.line - 1] ?? ""
    syntax.set(place.line, { ...place, message: syntaxMessage(error, line) })
  }
  const value = syntax.size > 0 ? null : read(document.contents, [])
  const placeOf = (path: Path, what: "name" | "value" = "name"): Place | undefined => {
    const exact = places.get(JSON.stringify(path))
    if (exact !== undefined) return placeAt(exact[what])
    for (let length = path.length - 1; length > 0; length--) {
      const around = places.get(JSON.stringify(path.slice(0, length)))
      if (around !== undefined) return placeAt(around.name)
    }
    return undefined
  }
  return { value, syntax: [...syntax.values()], problems, placeOf }
}

const offsetOf = (node: unknown): number | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined
