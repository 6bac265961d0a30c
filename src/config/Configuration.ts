import { Effect, FileSystem, Redacted, Result } from "effect"
import { scrypt } from "node:crypto"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { asObject, type Fields, objectOf } from "../domain/Fields.ts"
import { ConfigurationInvalid, type Mistake, pathText, type Problem } from "./ConfigurationInvalid.ts"
import { convert, type Converted } from "./Conversion.ts"
import { filesIn, type Lookup, replaceReferences } from "./file/References.ts"
import { decodeFile, within } from "./file/SchemaProblems.ts"
import { readTree, type SourceTree } from "./file/SourceTree.ts"
import type { Environment } from "./ProviderAccess.ts"
import type { Settings } from "./Settings.ts"

/** Where the configuration comes from. */
export interface Sources {
  /** `gateway.yaml`; without one the environment is all there is. */
  readonly configFile?: string
  readonly environment: Environment
}

/** A configuration is a few kilobytes; this keeps a wrong path (a database, a disk) out of memory. */
const maxFileBytes = 4 * 1024 * 1024

const readText = Effect.fnUntraced(
  function* (path: string) {
    const files = yield* FileSystem.FileSystem
    const information = yield* files.stat(path)
    // Secrets are also handed over as pipes and devices, whose size is 0; a directory fails below with its own reason.
    if (information.size > maxFileBytes) return Result.fail(`is larger than ${maxFileBytes} bytes`)
    return Result.succeed(yield* files.readFileString(path))
  },
  Effect.catchTag("PlatformError", ({ reason }) => {
    if (reason._tag === "NotFound") return Effect.succeed(Result.fail("does not exist"))
    if (reason._tag === "PermissionDenied") return Effect.succeed(Result.fail("must not be read by this user"))
    return Effect.succeed(Result.fail("cannot be read"))
  })
)

/** A secret's file as editors and `echo` write it: with one line break at its end. */
const readSecret = Effect.fnUntraced(function* (path: string) {
  const text = yield* readText(path)
  const trimmed = Result.map(text, (content) => content.replace(/\r?\n$/, ""))
  return Result.isSuccess(trimmed) && trimmed.success === "" ? Result.fail("is empty") : trimmed
})

/** Files beside the configuration are named as it sees them. */
const besideFile = (file: string, path: string): string => (isAbsolute(path) ? path : join(dirname(file), path))

const lookupOf = Effect.fnUntraced(function* (value: unknown, file: string, environment: Environment) {
  const names = filesIn(value)
  const contents = yield* Effect.forEach(names, (name) => readSecret(besideFile(file, name)))
  const found = new Map(names.map((name, index) => [name, contents[index] ?? Result.fail("cannot be read")]))
  const lookup: Lookup = {
    variable: (name) => environment[name],
    file: (path) => found.get(path) ?? Result.fail("cannot be read")
  }
  return lookup
})

const mistakeOf =
  (file: string | undefined, tree: SourceTree | undefined) =>
  ({ path, message, inEnvironment, atName }: Problem): Mistake => {
    if (file === undefined || tree === undefined || inEnvironment === true) return { path: pathText(path), message }
    return { file, ...tree.placeOf(path, atName === true ? "name" : "value"), path: pathText(path), message }
  }

const byPlace = (left: Mistake, right: Mistake): number =>
  (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0)

const invalid = (mistakes: ReadonlyArray<Mistake>) =>
  new ConfigurationInvalid({ mistakes: [...mistakes].sort(byPlace) })

/** The value with its secrets in plain and its mappings by name, so that the same settings are the same text. */
const canonical = (value: unknown): unknown => {
  if (Redacted.isRedacted(value)) return canonical(Redacted.value(value))
  if (Array.isArray(value)) return value.map(canonical)
  const fields: Fields | undefined = value instanceof Map ? Object.fromEntries(value) : asObject(value)
  if (fields === undefined) return value
  // Beside lists, a mapping must not look like a list of lists.
  const names = Object.keys(fields).toSorted()
  return { mapping: names.map((name) => [name, canonical(fields[name])]) }
}

/**
 * Tells versions of the configuration apart, the same in every process that has the same one. Secrets are in it:
 * whoever knew all the rest could try guesses at one, so each try is made to cost 16 MiB and some 25 ms. That keeps
 * keys that are made by chance safe, and is little for one start.
 */
const fingerprintOf = (settings: Converted["settings"]) =>
  Effect.callback<string>((resume) => {
    // What is not configured follows from what is, but for its hints, which tell of variables that are not read.
    const text = JSON.stringify(canonical({ ...settings, unconfigured: [] }))
    // Off the main thread, because answers are under way while a changed file is read.
    scrypt(text, "gateway.yaml", 6, { N: 2 ** 14, r: 8, p: 1 }, (error, hash) =>
      resume(error instanceof Error ? Effect.die(error) : Effect.succeed(hash.toString("hex")))
    )
  })

/**
 * The file names a folder as it sees it, the environment as the shell does. Processes that have the same file have the
 * same fingerprint wherever that is.
 */
const absoluteData = (
  { data }: Converted["settings"],
  environment: Environment,
  file?: string
): Pick<Settings, "data"> => {
  if (data === undefined) return {}
  const isFromFile = file !== undefined && (environment["DATA"] ?? "") === ""
  return { data: resolve(isFromFile ? besideFile(file, data) : data) }
}

const withoutFile = Effect.fnUntraced(function* (environment: Environment) {
  const { settings, problems, warnings } = convert({ version: 1 }, environment)
  const toMistake = mistakeOf(undefined, undefined)
  if (problems.length > 0) return yield* invalid(problems.map(toMistake))
  const loaded: Settings = {
    ...settings,
    ...absoluteData(settings, environment),
    fingerprint: yield* fingerprintOf(settings),
    warnings: warnings.map(toMistake),
    placeOf: () => undefined
  }
  return loaded
})

const withFile = Effect.fnUntraced(function* (file: string, environment: Environment) {
  const text = yield* readText(file)
  if (Result.isFailure(text)) return yield* invalid([{ file, path: "", message: `the file ${text.failure}` }])
  const tree = readTree(text.success)
  const toMistake = mistakeOf(file, tree)
  if (tree.syntax.length > 0) {
    const syntax = tree.syntax.map((mistake): Mistake => ({ file, path: "", ...mistake }))
    return yield* invalid([...syntax, ...convert({ version: 1 }, environment).problems.map(toMistake)])
  }
  const lookup = yield* lookupOf(tree.value, file, environment)
  const replaced = replaceReferences(tree.value, lookup)
  const before = [...tree.problems, ...replaced.problems]
  const decoded = decodeFile(replaced.value, before)
  const { settings, problems, warnings } = convert(decoded.file, environment, objectOf(tree.value))
  const told = [...before, ...decoded.problems]
  // A part with a mistake is left out before the rest is looked at, and must not be missed there.
  const all = [...told, ...problems.filter((problem) => !told.some(({ path }) => within(problem.path, path)))]
  if (all.length > 0) return yield* invalid(all.map(toMistake))
  const loaded: Settings = {
    ...settings,
    ...absoluteData(settings, environment, file),
    fingerprint: yield* fingerprintOf(settings),
    warnings: warnings.map(toMistake),
    file,
    placeOf: (path) => tree.placeOf(path)
  }
  return loaded
})

/** Reads the configuration once, or says everything that is wrong with it. */
export const load = ({
  configFile,
  environment
}: Sources): Effect.Effect<Settings, ConfigurationInvalid, FileSystem.FileSystem> =>
  configFile === undefined ? withoutFile(environment) : withFile(configFile, environment)
