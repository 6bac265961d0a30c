import { knownProviderNames } from "../config/Providers.ts"
import type { Settings } from "../config/Settings.ts"
import type { Model } from "../domain/Model.ts"

interface Addresses {
  readonly url: string
  readonly adminUrl: string | undefined
  readonly metricsUrl: string | undefined
}

/** What a person sees when the gateway has started: what it serves, where, how to try it, what to set next. */
export const banner = (
  settings: Settings,
  { url, adminUrl, metricsUrl }: Addresses,
  {
    catalog,
    keys
  }: { readonly catalog: { readonly all: ReadonlyArray<Model> }; readonly keys: { readonly required: boolean } }
): string => {
  const models = catalog.all
  const names = [...settings.providers.map(({ name }) => name), ...(settings.simulator ? ["sim (the simulator)"] : [])]
  const model =
    settings.providers.length === 0 ? "sim/echo" : (models.find(({ shutdown }) => shutdown === undefined)?.id ?? "")
  const lines = [
    `The gateway listens on ${url}/v1`,
    `  serves  ${models.length} models of ${names.join(", ")}: ${url}/v1/models`,
    `  keys    ${keys.required ? `asked for: ${settings.keys.length} of gateway.yaml${settings.data === undefined ? "" : `, and those in ${settings.data}`}` : "none asked for, so it answers this machine only"}`,
    `  ledger  ${settings.data === undefined ? "not kept; data: FOLDER in gateway.yaml says where to keep what is used and what it costs" : `in ${settings.data}`}`
  ]
  if (adminUrl !== undefined) lines.push(`  admin   ${adminUrl}/admin/targets, with one of admin.keys`)
  if (metricsUrl !== undefined) lines.push(`  metrics ${metricsUrl}/metrics`)
  if (model !== "") lines.push("  try     this line:", `  ${curl(url, model, keys.required)}`)
  const missing = knownProviderNames.filter((name) => !settings.providers.some((provider) => provider.name === name))
  if (settings.providers.length === 0) {
    lines.push(
      "  next    set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or BASETEN_API_KEY and start again for real models,",
      "          or name your own server in gateway.yaml and start with --config gateway.yaml"
    )
  } else if (missing.length > 0) lines.push(`  more    not configured: ${missing.join(", ")}`)
  return lines.join("\n")
}

const curl = (url: string, model: string, withKey: boolean): string => {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hello!" }] })
  const key = withKey ? ` -H "authorization: Bearer YOUR_KEY"` : ""
  return `curl -N ${url}/v1/chat/completions -H "content-type: application/json"${key} -d '${body}'`
}

/** What a person sees when the simulator runs by itself. */
export const simulatorBanner = (url: string): string =>
  [
    `The simulator listens on ${url}`,
    `  scripts and faults, by model name:  ${url}/_simulator/models`,
    `  what it received:                   ${url}/_simulator/log`,
    "  a gateway in front of it:",
    `  OPENAI_BASE_URL=${url}/v1 OPENAI_API_KEY=sim ANTHROPIC_BASE_URL=${url} ANTHROPIC_API_KEY=sim GEMINI_BASE_URL=${url} GEMINI_API_KEY=sim BASETEN_BASE_URL=${url}/v1 BASETEN_API_KEY=sim`
  ].join("\n")
