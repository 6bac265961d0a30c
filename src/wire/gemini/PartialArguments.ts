import { asText, type Fields } from "../../domain/Fields.ts"

/** A JSON value while it is put together; lists may be filled out of order. */
type Node =
  | { readonly kind: "object"; readonly entries: Map<string, Node> }
  | { readonly kind: "list"; readonly entries: Map<number, Node> }
  | { readonly kind: "value"; readonly value: string | number | boolean | null }

/**
 * A call's arguments from the pieces in which Vertex streams them (`functionCall.partialArgs`): each has a JSON path
 * and a scalar,
 * and pieces of text for one path are joined.
 */
export const partialArguments = (pieces: ReadonlyArray<Fields>): Fields => {
  const root = new Map<string, Node>()
  for (const piece of pieces) {
    const path = steps(asText(piece["jsonPath"]) ?? "")
    const value = scalar(piece)
    if (path.length > 0 && value !== undefined) put({ kind: "object", entries: root }, path, value)
  }
  return Object.fromEntries([...root].map(([name, node]) => [name, plain(node)]))
}

const scalar = (piece: Fields): string | number | boolean | null | undefined => {
  for (const value of [piece["stringValue"], piece["numberValue"], piece["boolValue"]]) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value
  }
  return Object.hasOwn(piece, "nullValue") ? null : undefined
}

/** The steps of a path such as `$.foo['a b'][0].data`: names as text, places in lists as numbers. */
const steps = (path: string): ReadonlyArray<string | number> => {
  const found: Array<string | number> = []
  for (const match of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/g)) {
    const [, name, place, single, double] = match
    if (place !== undefined) found.push(Number(place))
    else found.push(name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1"))
  }
  return found
}

const put = (into: Node, path: ReadonlyArray<string | number>, value: string | number | boolean | null): void => {
  const [step, ...rest] = path
  if (step === undefined || into.kind === "value") return
  const old = into.kind === "list" ? into.entries.get(Number(step)) : into.entries.get(String(step))
  const node = next(old, rest[0], value)
  if (into.kind === "list") into.entries.set(Number(step), node)
  else into.entries.set(String(step), node)
  put(node, rest, value)
}

const next = (
  old: Node | undefined,
  step: string | number | undefined,
  value: string | number | boolean | null
): Node => {
  if (step === undefined) {
    const before = old?.kind === "value" && typeof old.value === "string" ? old.value : ""
    return { kind: "value", value: typeof value === "string" ? before + value : value }
  }
  if (old !== undefined && old.kind !== "value") return old
  return typeof step === "number" ? { kind: "list", entries: new Map() } : { kind: "object", entries: new Map() }
}

const plain = (node: Node): unknown => {
  if (node.kind === "value") return node.value
  if (node.kind === "object") return Object.fromEntries([...node.entries].map(([name, inner]) => [name, plain(inner)]))
  return [...node.entries].toSorted(([left], [right]) => left - right).map(([, inner]) => plain(inner))
}
