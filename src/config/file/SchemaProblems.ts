import { Result, Schema, type SchemaAST, SchemaIssue } from "effect"
import { asObject } from "../../domain/Fields.ts"
import type { Path, Problem } from "../ConfigurationInvalid.ts"
import { GatewayFile } from "./GatewayFile.ts"
import { suggestion } from "./NearMatch.ts"

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

/** The schema's complaints in words that say what to write; they tell kinds of values, never values. */
const explain = (issue: SchemaIssue.Issue, path: Path, value: unknown): ReadonlyArray<Problem> => {
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

const decode = Schema.decodeUnknownResult(GatewayFile)

/** Whether a setting is `around` or inside it. */
export const within = (path: Path, around: Path): boolean => around.every((segment, index) => path[index] === segment)

/** How deep the parts are that stand each for itself; none of them is required. */
const partDepth: Readonly<Record<string, number>> = { providers: 3, models: 2, aliases: 2, routes: 2, teams: 2 }

const partOf = (path: Path): Path => path.slice(0, partDepth[String(path[0])] ?? 1)

/** The file without the parts that hold a mistake, so that the rest can be looked at too. */
const withoutParts = (value: unknown, problems: ReadonlyArray<Problem>): unknown => {
  const parts = problems.map(({ path }) => partOf(path))
  const keep = (object: unknown, path: Path): unknown => {
    const fields = asObject(object)
    if (fields === undefined || (path.length > 0 && partOf(path).length < path.length)) return object
    const entries = Object.entries(fields).map(([name, inner]) => [name, inner, [...path, name]] as const)
    const whole = entries.filter(([, , innerPath]) => !parts.some((part) => within(innerPath, part)))
    return Object.fromEntries(whole.map(([name, inner, innerPath]) => [name, keep(inner, innerPath)]))
  }
  return { ...asObject(keep(value, [])), version: 1 }
}

/**
 * The values as a gateway file, and what is wrong with them. `known` are problems found before (a reference without a value):
 * nothing more is said about their places. The file that comes back lacks every part with a problem.
 */
export const decodeFile = (
  value: unknown,
  known: ReadonlyArray<Problem>
): { readonly file: GatewayFile; readonly problems: ReadonlyArray<Problem> } => {
  const empty: GatewayFile = { version: 1 }
  // An empty file is a mapping without entries.
  const decoded = decode(value ?? {}, { errors: "all", onExcessProperty: "error" })
  const found = Result.isFailure(decoded) ? explain(decoded.failure.issue, [], value) : []
  const texts = new Set<string>()
  const problems = found.filter(({ path, message }) => {
    const text = JSON.stringify([path, message])
    if (texts.has(text) || known.some((before) => before.path.length > 0 && within(path, before.path))) return false
    texts.add(text)
    return true
  })
  const all = [...known, ...found]
  if (all.length === 0 && Result.isSuccess(decoded)) return { file: decoded.success, problems }
  if (asObject(value) === undefined) return { file: empty, problems }
  return { file: Result.getOrElse(decode(withoutParts(value, all)), () => empty), problems }
}
