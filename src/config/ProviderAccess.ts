import { Result } from "effect"
import type { Fields } from "../domain/Fields.ts"
import { type Ending, readBaseUrl } from "./Addresses.ts"
import type { Path, Problem, Report } from "./ConfigurationInvalid.ts"
import type { ProviderEntry } from "./file/ProviderEntry.ts"
import { namedKeys } from "./access/NamedKeys.ts"
import { secretProblem } from "./Secrets.ts"
import type { ProviderAddress } from "./Settings.ts"

/** The process's environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A value and where it is written. */
export interface Given {
  readonly text: string
  readonly at: Omit<Problem, "message">
}

/** The variable's value, unless it is unset. */
export const inEnvironment = (environment: Environment, name: string): Given | undefined => {
  const text = environment[name]
  // A variable that is set to nothing is how many tools say "not set".
  return text === undefined || text === "" ? undefined : { text, at: { path: [name], inEnvironment: true } }
}

/** Reports what cannot be sent in a header as one word. */
export const checkText = (given: Given | undefined, report: Report): void => {
  const message = given === undefined ? undefined : secretProblem(given.text)
  if (given !== undefined && message !== undefined) report({ ...given.at, message })
}

/** The address without a trailing slash, or nothing and a report. */
export const checkBaseUrl = (given: Given | undefined, ending: Ending, report: Report): string | undefined => {
  if (given === undefined) return undefined
  const read = readBaseUrl(given.text, ending)
  if (Result.isSuccess(read)) return read.success
  report({ ...given.at, message: read.failure })
  return undefined
}

/** A key of the file; the alias is absent where it is the only one and has no name. */
export interface WrittenKey {
  readonly alias?: string
  readonly text: string
}

/** An address of the file, checked, and where it is written. */
export interface WrittenAddress extends ProviderAddress {
  readonly path: Path
}

/** How the file says that a provider is reached. */
export interface Access {
  readonly keys: ReadonlyArray<WrittenKey>
  /** `key: none`. */
  readonly isKeyless: boolean
  /** There is a list of keys, which one key of the environment must not replace. */
  readonly listsKeys: boolean
  readonly addresses: ReadonlyArray<WrittenAddress>
  /** Some address is written, be it wrong. */
  readonly hasAddress: boolean
  /** There is a list of addresses, which one address of the environment must not replace. */
  readonly listsAddresses: boolean
}

const readKeys = (entry: ProviderEntry, path: Path, report: Report): ReadonlyArray<WrittenKey> => {
  if (entry.keys === undefined) {
    if (entry.key === undefined || entry.key === "none") return []
    checkText({ text: entry.key, at: { path: [...path, "key"] } }, report)
    return [{ text: entry.key }]
  }
  const listPath = [...path, "keys"]
  if (entry.keys.length === 0) report({ path: listPath, message: "is an empty list; name a key, or leave it out" })
  const keys = namedKeys(entry.keys, listPath, report)
  for (const { text, path } of keys) {
    if (text === "none") report({ path, message: 'cannot be none in a list; a server without a key has "key: none"' })
    else checkText({ text, at: { path } }, report)
  }
  const [only, ...others] = keys
  const isUnnamed = only !== undefined && others.length === 0 && typeof entry.keys[0] === "string"
  return isUnnamed ? [{ text: only.text }] : keys.map(({ name, text }) => ({ alias: name, text }))
}

const readAddress = (
  { url, region }: { readonly url: string; readonly region?: string },
  path: Path,
  ending: Ending,
  report: Report
): WrittenAddress | undefined => {
  const read = checkBaseUrl({ text: url, at: { path } }, ending, report)
  return read === undefined ? undefined : { url: read, path, ...(region === undefined ? {} : { region }) }
}

const readAddresses = (
  entry: ProviderEntry,
  ending: Ending,
  path: Path,
  report: Report
): ReadonlyArray<WrittenAddress> => {
  if (entry.baseUrls === undefined) {
    if (entry.baseUrl === undefined) return []
    const only = readAddress({ url: entry.baseUrl }, [...path, "baseUrl"], ending, report)
    return only === undefined ? [] : [only]
  }
  const listPath = [...path, "baseUrls"]
  if (entry.baseUrls.length === 0) {
    report({ path: listPath, message: "is an empty list; name an address, or leave it out" })
  }
  const read = entry.baseUrls.map((address, index) =>
    typeof address === "string"
      ? readAddress({ url: address }, [...listPath, index], ending, report)
      : readAddress(address, [...listPath, index, "url"], ending, report)
  )
  const addresses = read.filter((address) => address !== undefined)
  for (const [index, { url, path }] of addresses.entries()) {
    const isAgain = addresses.slice(0, index).some((before) => before.url === url)
    if (isAgain) report({ path, message: "is there twice" })
  }
  return addresses
}

/**
 * What the file says of a provider's keys and addresses. `written` is the entry as it stands, parts that cannot be read
 * included.
 */
export const readAccess = (
  entry: ProviderEntry,
  written: Fields,
  ending: Ending,
  path: Path,
  report: Report
): Access => {
  for (const [one, several] of [["key", "keys"] as const, ["baseUrl", "baseUrls"] as const]) {
    if (entry[one] === undefined || entry[several] === undefined) continue
    report({ path: [...path, one], message: `stands beside ${several}; put it into that list`, atName: true })
  }
  return {
    keys: readKeys(entry, path, report),
    isKeyless: entry.keys === undefined && entry.key === "none",
    listsKeys: entry.keys !== undefined,
    addresses: readAddresses(entry, ending, path, report),
    hasAddress: Object.hasOwn(written, "baseUrl") || Object.hasOwn(written, "baseUrls"),
    listsAddresses: entry.baseUrls !== undefined
  }
}
