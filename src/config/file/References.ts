import { Result } from "effect"
import { asObject } from "../../domain/Fields.ts"
import type { Path, Problem } from "../ConfigurationInvalid.ts"

/** A part of a text: as it is, or something to be looked up. */
type Piece =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Variable"; readonly name: string }
  | { readonly _tag: "File"; readonly path: string }
  | { readonly _tag: "Wrong"; readonly message: string }

/** Where `${NAME}` and `${file:PATH}` are looked up; a failure is the reason why there is nothing. */
export interface Lookup {
  readonly variable: (name: string) => string | undefined
  readonly file: (path: string) => Result.Result<string, string>
}

// `$${` is a literal `${`; a reference ends at the first `}`, or never.
const reference = /\$\$\{|\$\{([^}]*)(\}?)/g

const pieceOf = (inside: string, closed: boolean): Piece => {
  if (!closed) return { _tag: "Wrong", message: '"${" has no "}"; write "$${" for the characters themselves' }
  if (inside.startsWith("file:") && inside.length > 5) return { _tag: "File", path: inside.slice(5) }
  if (/^[A-Za-z_]\w*$/.test(inside)) return { _tag: "Variable", name: inside }
  return {
    _tag: "Wrong",
    message: "${…} takes the name of an environment variable or file:PATH, and nothing else; a literal ${ is $${"
  }
}

const piecesOf = (text: string): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  let end = 0
  for (const match of text.matchAll(reference)) {
    pieces.push({ _tag: "Text", text: text.slice(end, match.index) })
    end = match.index + match[0].length
    pieces.push(match[0] === "$${" ? { _tag: "Text", text: "${" } : pieceOf(match[1] ?? "", match[2] === "}"))
  }
  return [...pieces, { _tag: "Text", text: text.slice(end) }]
}

const mapTexts = (value: unknown, path: Path, map: (text: string, path: Path) => string): unknown => {
  if (typeof value === "string") return map(value, path)
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, [...path, index], map))
  const object = asObject(value)
  if (object === undefined) return value
  return Object.fromEntries(Object.entries(object).map(([name, item]) => [name, mapTexts(item, [...path, name], map)]))
}

/** The files that the values name, each once. */
export const filesIn = (value: unknown): ReadonlyArray<string> => {
  const files = new Set<string>()
  mapTexts(value, [], (text) => {
    for (const piece of piecesOf(text)) if (piece._tag === "File") files.add(piece.path)
    return text
  })
  return [...files]
}

const lookUp = (piece: Piece, lookup: Lookup): Result.Result<string, string> => {
  switch (piece._tag) {
    case "Text":
      return Result.succeed(piece.text)
    case "Variable": {
      const value = lookup.variable(piece.name)
      if (value !== undefined && value !== "") return Result.succeed(value)
      return Result.fail(`the environment variable ${piece.name} is not set${value === "" ? " (it is empty)" : ""}`)
    }
    case "File":
      return Result.mapError(lookup.file(piece.path), (reason) => `the file ${piece.path} ${reason}`)
    case "Wrong":
      return Result.fail(piece.message)
  }
}

/**
 * The values with every reference replaced. What a reference stands for is text and stays text: it is put into values
 * that are already parsed, so it cannot add settings. A text with a reference that fails is left as it is, and told.
 */
export const replaceReferences = (
  value: unknown,
  lookup: Lookup
): { readonly value: unknown; readonly problems: ReadonlyArray<Problem> } => {
  const problems: Array<Problem> = []
  const replaced = mapTexts(value, [], (text, path) => {
    const pieces = piecesOf(text).map((piece) => lookUp(piece, lookup))
    const failures = pieces.filter(Result.isFailure)
    for (const { failure } of failures) problems.push({ path, message: failure })
    if (failures.length > 0) return text
    return pieces.map((piece) => Result.getOrElse(piece, () => "")).join("")
  })
  return { value: replaced, problems }
}
