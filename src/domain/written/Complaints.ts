import type { Schema, SchemaAST, SchemaIssue } from "effect"
import { asObject } from "../Fields.ts"
import { suggestion } from "./NearMatch.ts"

/** What a schema has against something that a person wrote. */
export interface Complaint {
  /** Names of mappings, numbers of list items (from 0). */
  readonly path: ReadonlyArray<string | number>
  readonly message: string
  /** It is the name that is wrong, not its value. */
  readonly atName?: true
}

/**
 * A schema's complaints about a value in words that say what to write; they tell kinds of values, never values. `path`
 * leads to the value.
 */
export const complaintsOf = (
  issue: SchemaIssue.Issue,
  value: unknown,
  path: Complaint["path"] = []
): ReadonlyArray<Complaint> => explain(issue, path, value)

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object") return "a mapping"
  if (typeof value === "string") return "text"
  return typeof value === "number" ? "a number" : "true or false"
}

const expectedBy = (ast: SchemaAST.AST): string => {
  switch (ast._tag) {
    case "String":
      return "text"
    case "Number":
      return "a number"
    case "Boolean":
      return "true or false"
    case "Arrays":
      return "a list"
    case "Objects":
      return "a mapping"
    case "Literal":
      return JSON.stringify(String(ast.literal))
    case "Union":
      return ast.types.map(expectedBy).join(" or ")
    default:
      return "another value"
  }
}

const textIn = (annotations: Schema.Annotations.Annotations | undefined, name: string): string | undefined => {
  const value = annotations?.[name]
  return typeof value === "string" ? value : undefined
}

/** The words of which a setting takes one, if that is what it takes. */
const wordsOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Union" ? ast.types.flatMap((type) => (type._tag === "Literal" ? [String(type.literal)] : [])) : []

const wrongType = (ast: SchemaAST.AST, found: unknown): string => {
  const message = textIn(ast.annotations, "message")
  if (message !== undefined) return `${message}${typeof found === "string" ? suggestion(found, wordsOf(ast)) : ""}`
  const expected = expectedBy(ast)
  if (found === null) return `is empty; expected ${expected}`
  const quotes = expected === "text" && (typeof found === "number" || typeof found === "boolean")
  return `expected ${expected}, found ${kindOf(found)}${quotes ? "; put it in quotes" : ""}`
}

const namesOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []

/** `elsewhere` in a schema's annotations says where a setting is written that people look for here. */
const unknownSetting = (ast: SchemaAST.AST, name: string): string => {
  const elsewhere = asObject(ast.annotations?.["elsewhere"])
  const place = elsewhere !== undefined && Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined
  if (typeof place === "string") return `is not written here, but under ${place}`
  return `unknown setting${suggestion(name, namesOf(ast))}`
}

const inside = (value: unknown, segment: PropertyKey): unknown => {
  if (Array.isArray(value)) return value[Number(segment)]
  return asObject(value)?.[String(segment)]
}

const explain = (issue: SchemaIssue.Issue, path: Complaint["path"], value: unknown): ReadonlyArray<Complaint> => {
  switch (issue._tag) {
    case "Pointer": {
      const segments = issue.path.map((segment) => (typeof segment === "symbol" ? String(segment) : segment))
      return explain(issue.issue, [...path, ...segments], segments.reduce(inside, value))
    }
    case "Composite":
      return issue.issues.flatMap((inner) => explain(inner, path, value))
    case "Encoding":
      return explain(issue.issue, path, value)
    case "Filter": {
      const message = textIn(issue.filter.annotations, "message")
      return message === undefined ? explain(issue.issue, path, value) : [{ path, message }]
    }
    case "AnyOf": {
      // One issue: the value is of the kind of that branch, whose complaint about what is inside is the exact one.
      const [only, ...others] = issue.issues
      const isInside = only !== undefined && others.length === 0 && only._tag !== "InvalidType" && only._tag !== "AnyOf"
      return isInside ? explain(only, path, value) : [{ path, message: wrongType(issue.ast, value) }]
    }
    case "InvalidType":
      return [{ path, message: wrongType(issue.ast, value) }]
    case "UnexpectedKey":
      return [{ path, message: unknownSetting(issue.ast, String(path.at(-1))), atName: true }]
    case "MissingKey":
      return [{ path, message: textIn(issue.annotations, "messageMissingKey") ?? "is missing" }]
    case "InvalidValue":
      return [{ path, message: textIn(issue.annotations, "message") ?? "is not a value that can be used" }]
    default:
      return [{ path, message: "is not a value that can be used" }]
  }
}
