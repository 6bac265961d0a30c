import { Result, Schema } from "effect"
import { asObject } from "../../domain/Fields.ts"
import { complaintsOf } from "../../domain/written/Complaints.ts"
import type { Path, Problem } from "../ConfigurationInvalid.ts"
import { GatewayFile } from "./GatewayFile.ts"

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
 * The values as a gateway file, and what is wrong with them. `known` are problems found before (a reference without a
 * value): nothing more is said about their places. The file that comes back lacks every part with a problem.
 */
export const decodeFile = (
  value: unknown,
  known: ReadonlyArray<Problem>
): { readonly file: GatewayFile; readonly problems: ReadonlyArray<Problem> } => {
  const empty: GatewayFile = { version: 1 }
  // An empty file is a mapping without entries.
  const decoded = decode(value ?? {}, { errors: "all", onExcessProperty: "error" })
  const found = Result.isFailure(decoded) ? complaintsOf(decoded.failure.issue, value) : []
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
