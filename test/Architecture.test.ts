import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast"
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteral
} from "typescript/unstable/ast/is"
import { API } from "typescript/unstable/async"
import { createVirtualFileSystem } from "typescript/unstable/fs"

const source = join(import.meta.dir, "..", "src")

/**
 * What each room of `src` may import, besides itself, `domain`, `telemetry` and packages. A folder that is not named
 * here may not exist.
 */
const mayImport: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: [],
  telemetry: [],
  config: [],
  wire: [],
  net: [],
  server: ["Gateway.ts", "wire", "access", "catalog", "ledger", "routing", "net"],
  store: [],
  ledger: ["catalog", "store"],
  access: ["catalog", "ledger", "store"],
  catalog: [],
  routing: ["catalog", "providers"],
  providers: ["wire", "net"],
  simulator: ["wire", "net"],
  cli: ["config", "access", "catalog", "ledger", "store", "simulator", "Gateway.ts"]
}

/** Files beside the rooms: `main.ts` and `Parts.ts` may import everything, `Gateway.ts` every room but the doors. */
const topLevel: Readonly<Record<string, ReadonlyArray<string>>> = {
  "main.ts": [...Object.keys(mayImport), "Gateway.ts", "Parts.ts"],
  "Parts.ts": [...Object.keys(mayImport), "Gateway.ts"],
  "Gateway.ts": Object.keys(mayImport).filter((room) => !["server", "cli", "simulator", "config"].includes(room))
}

/**
 * Every module that a file names, by file: imports and exports, types as well as values, and `import()`. Parsed by
 * TypeScript itself.
 */
const importsOf = async (
  texts: Readonly<Record<string, string>>
): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const options = { noLib: true, noEmit: true, allowImportingTsExtensions: true, module: "preserve" }
  const project = JSON.stringify({ compilerOptions: options, files: Object.keys(texts) })
  const api = new API({ cwd: source, fs: createVirtualFileSystem({ "/tsconfig.json": project, ...texts }) })
  try {
    const snapshot = await api.updateSnapshot({ openProjects: ["/tsconfig.json"] })
    const [opened] = snapshot.getProjects()
    const found = new Map<string, ReadonlyArray<string>>()
    for (const file of Object.keys(texts)) {
      const parsed = await opened?.program.getSourceFile(file)
      if (parsed === undefined) throw new Error(`TypeScript did not read ${file}`)
      found.set(file, namesIn(parsed))
    }
    return found
  } finally {
    await api.close()
  }
}

const namesIn = (file: SourceFile): ReadonlyArray<string> => {
  const named: Array<string> = []
  const add = (node: Node | undefined): void => {
    if (node !== undefined && isStringLiteral(node)) named.push(node.text)
  }
  const visit = (node: Node): void => {
    if (isImportDeclaration(node) || isExportDeclaration(node)) add(node.moduleSpecifier)
    if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) add(node.argument.literal)
    if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) add(node.arguments[0])
    node.forEachChild(visit)
  }
  visit(file)
  return named
}

const roomOf = (file: string): string => relative(source, file).split("/")[0] ?? ""

/** Imports that files may not have, as `file -> room`. */
const trespasses = async (texts: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for (const [file, names] of await importsOf(texts)) {
    const from = roomOf(file)
    const allowed = mayImport[from] ?? topLevel[from]
    if (allowed === undefined) found.push(`${relative(source, file)}: the room ${from} is not in the table`)
    for (const name of names) {
      if (allowed === undefined || !name.startsWith(".")) continue
      const to = roomOf(resolve(dirname(file), name))
      const free = to === from || to === "domain" || to === "telemetry" || allowed.includes(to)
      if (!free) found.push(`${relative(source, file)} -> ${to}`)
    }
  }
  return found
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(source, name))

test("no room reaches where it may not", async () => {
  expect(files.length).toBeGreaterThan(50)
  expect(await trespasses(Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")])))).toEqual([])
})

test("a trespass is seen in every form of import", async () => {
  const forms = [
    `import { a } from "../providers/Send.ts"`,
    `import type { A } from "../providers/Send.ts"`,
    `export { a } from "../providers/Send.ts"`,
    `type A = import("../providers/Send.ts").A`,
    `const a = await import("../providers/Send.ts")`
  ]
  const texts = Object.fromEntries(forms.map((form, at) => [join(source, "wire", `Bad${at}.ts`), form]))
  expect(await trespasses(texts)).toEqual(forms.map((_, at) => `wire/Bad${at}.ts -> providers`))
  expect(await trespasses({ [join(source, "attic", "Old.ts")]: "" })).toEqual([
    "attic/Old.ts: the room attic is not in the table"
  ])
  expect(await trespasses({ [join(source, "wire", "Good.ts")]: `import { a } from "../domain/Fields.ts"` })).toEqual([])
})

test("every file is short enough to be read in one go, and no folder is a crowd", () => {
  const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 301)
  expect(long.map((file) => relative(source, file))).toEqual([])
  const perFolder = Map.groupBy(files, (file) => relative(source, dirname(file)))
  expect([...perFolder].filter(([, inside]) => inside.length > 12).map(([folder]) => folder)).toEqual([])
})
