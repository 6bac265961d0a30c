import { Redacted } from "effect"
import type { Allowance } from "../../domain/keys/Caller.ts"
import { allowanceOf, nanosOfUsd, timeOf, wordProblem } from "../../domain/keys/KeyRules.ts"
import { listOf } from "../../domain/Fields.ts"
import { suggestion } from "../../domain/written/NearMatch.ts"
import type { Path, Report } from "../ConfigurationInvalid.ts"
import type { GatewayFile } from "../file/GatewayFile.ts"
import type { CallerKeys, TeamEntry } from "../file/KeyEntry.ts"
import type { GatewayKey } from "./AccessSettings.ts"
import { namedKeys, type NamedKey } from "./NamedKeys.ts"

/**
 * The variable in which AssemblyAI's clients have their key: whoever lets that key in sees it by this name in the
 * ledger.
 */
const assemblyAi = { written: "${ASSEMBLYAI_API_KEY}", name: "assemblyai" }

const nanos = (usd: number | string | undefined): number | undefined =>
  usd === undefined ? undefined : nanosOfUsd(typeof usd === "number" ? decimals(usd) : usd)

/** JavaScript writes amounts below a millionth with an exponent. */
const decimals = (amount: number): string => (amount < 1e-6 ? amount.toFixed(9) : String(amount))

const count = (written: number | string | undefined): number | undefined =>
  written === undefined ? undefined : Number(written)

/**
 * What a key or a team may use, if the file limits it. Money is counted over restarts, so it needs a place to be kept.
 */
const readAllowance = (entry: TeamEntry, path: Path, hasData: boolean, report: Report): Allowance | undefined => {
  const { requestsPerMinute, tokensPerMinute, requestsAtOnce, budget = {} } = entry
  const [perDay, perMonth, inTotal] = [nanos(budget.day), nanos(budget.month), nanos(budget.total)]
  const hasMoney = perDay !== undefined || perMonth !== undefined || inTotal !== undefined
  if (entry.budget !== undefined && !hasMoney) {
    report({ path: [...path, "budget"], message: "says no amount; write day, month or total", atName: true })
  }
  if (hasMoney && !hasData) {
    const message = 'needs "data: FOLDER" at the top of the file, where what was spent is kept'
    report({ path: [...path, "budget"], message, atName: true })
  }
  const limits = {
    requestsPerMinute: count(requestsPerMinute),
    tokensPerMinute: count(tokensPerMinute),
    requestsAtOnce: count(requestsAtOnce),
    perDay,
    perMonth,
    inTotal
  }
  return allowanceOf(limits, { zone: budget.zone ?? "UTC", unknownPrices: budget.unknownPrices ?? "refuse" })
}

/** Hexadecimal digits of a hash, too many for two keys of a file to share them by chance. */
const idDigits = 12

/**
 * The name of a key without one, by which limits and bills are kept. Its place would be another key's when one before
 * it goes, and that one would have its rows and budgets.
 */
const ownName = (text: string): string => `key-${Bun.SHA256.hash(text, "hex").slice(0, idDigits)}`

const readKey = (
  { name, text }: NamedKey,
  entry: CallerKeys[number] | undefined,
  path: Path,
  hasData: boolean,
  report: Report
): GatewayKey => {
  const key = Redacted.make(text)
  if (entry === undefined || typeof entry === "string") {
    return { name: name === assemblyAi.name ? name : ownName(text), key }
  }
  const { team, tags, models, tools } = entry
  if (models?.length === 0) {
    report({ path: [...path, "models"], message: "is an empty list; name a model, or leave models out to allow all" })
  }
  const expiresAt = entry.expires === undefined ? undefined : timeOf(entry.expires)
  const allowance = readAllowance(entry, path, hasData, report)
  return {
    name,
    key,
    ...(team === undefined ? {} : { team }),
    ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
    ...(models === undefined ? {} : { models }),
    ...(tools === undefined ? {} : { tools }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(allowance === undefined ? {} : { allowance })
  }
}

/**
 * The keys of callers, as settings and as texts with their places. `written`: the list with its references as they
 * stand in the file.
 */
export const readCallers = (
  { keys = [] }: GatewayFile,
  written: unknown,
  hasData: boolean,
  report: Report
): { readonly keys: ReadonlyArray<GatewayKey>; readonly named: ReadonlyArray<NamedKey> } => {
  const references = listOf(written)
  const named = namedKeys(keys, ["keys"], report, (index) =>
    references[index] === assemblyAi.written ? assemblyAi.name : `key-${index + 1}`
  )
  return { named, keys: named.map((key, index) => readKey(key, keys[index], ["keys", index], hasData, report)) }
}

/** The limits of teams, by their names. */
export const readTeams = (
  { teams = {}, keys = [] }: GatewayFile,
  hasData: boolean,
  report: Report,
  warn: Report
): ReadonlyMap<string, Allowance> => {
  const allowances = new Map<string, Allowance>()
  for (const [name, entry] of Object.entries(teams)) {
    const path = ["teams", name]
    const message = wordProblem(name)
    if (message !== undefined) report({ path, message, atName: true })
    const allowance = readAllowance(entry, path, hasData, report)
    if (allowance !== undefined) allowances.set(name, allowance)
  }
  const names = Object.keys(teams)
  for (const [index, entry] of keys.entries()) {
    const team = typeof entry === "string" ? undefined : entry.team
    // Where no team has limits, teams are names on the bill.
    if (team === undefined || names.length === 0 || names.includes(team)) continue
    warn({ path: ["keys", index, "team"], message: `has no entry in teams${suggestion(team, names)}` })
  }
  return allowances
}
