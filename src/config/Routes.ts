import { wordProblem } from "../domain/keys/KeyRules.ts"
import type { Route, RouteTarget } from "../domain/routing/Steering.ts"
import type { Path, Report } from "./ConfigurationInvalid.ts"
import type { GatewayFile } from "./file/GatewayFile.ts"
import type { RouteEntry, RouteTargetEntry } from "./file/RouteEntry.ts"
import { asksForRoute } from "./Settings.ts"
import { readSteering } from "./Steerings.ts"

/** Fields that cannot be another's for one target, each with what to do instead. */
const fixedFields: Readonly<Record<string, string>> = {
  fallback_config: "the route's targets are its fallbacks",
  fallbacks: "the route's targets are its fallbacks",
  gateway: "settings of the gateway are written beside model",
  model: "it is written beside overrides",
  models: "the route's targets are its fallbacks",
  stream: "the caller says whether the answer is streamed",
  stream_options: "the caller says whether the answer is streamed"
}

const modelProblem = (model: string): string | undefined => {
  if (!/^\S+$/.test(model)) return "must be the name of a model"
  return asksForRoute(model) ? "is a route; a route's targets are models" : undefined
}

const checkOverrides = ({ overrides = {} }: RouteTargetEntry, path: Path, report: Report, warn: Report): void => {
  for (const name of Object.keys(overrides)) {
    const at = { path: [...path, "overrides", name], atName: true } as const
    if (Object.hasOwn(fixedFields, name)) report({ ...at, message: `cannot be overridden: ${fixedFields[name]}` })
    // OpenAI's fields have small letters throughout; another server's may not.
    const meant = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    if (meant !== name) warn({ ...at, message: `is not one of OpenAI's fields; did you mean "${meant}"?` })
  }
}

const readTarget = (written: string | RouteTargetEntry, path: Path, report: Report, warn: Report): RouteTarget => {
  const entry = typeof written === "string" ? { model: written } : written
  const message = modelProblem(entry.model)
  if (message !== undefined) report({ path: typeof written === "string" ? path : [...path, "model"], message })
  checkOverrides(entry, path, report, warn)
  return {
    model: entry.model,
    ...(entry.weight === undefined ? {} : { weight: Number(entry.weight) }),
    ...(entry.overrides === undefined ? {} : { overrides: entry.overrides }),
    steering: readSteering(entry, path, report)
  }
}

const readRoute = (entry: RouteEntry, path: Path, report: Report, warn: Report): Route => {
  const targetsPath = [...path, "targets"]
  const targets = entry.targets.map((target, index) => readTarget(target, [...targetsPath, index], report, warn))
  if (targets.length === 0) report({ path: targetsPath, message: "is an empty list; name a model" })
  const isWeighted = targets.some(({ weight }) => weight !== undefined)
  for (const [index, { weight }] of targets.entries()) {
    if (isWeighted && weight === undefined) {
      report({ path: [...targetsPath, index], message: "has no weight, and another target of the route has one" })
    }
  }
  return { targets, steering: readSteering(entry, path, report) }
}

/** The named routes. Whether their models exist is the catalog's to say. */
export const readRoutes = ({ routes = {} }: GatewayFile, report: Report, warn: Report): ReadonlyMap<string, Route> => {
  const names = Object.keys(routes)
  const read = Object.entries(routes).map(([name, entry], index) => {
    const path = ["routes", name]
    const message = wordProblem(name)
    if (message !== undefined) report({ path, message, atName: true })
    const twin = names.slice(0, index).find((before) => before.toLowerCase() === name.toLowerCase())
    if (twin !== undefined) {
      report({ path, message: `is the same name as ${twin}: routes are found in either case`, atName: true })
    }
    return [name, readRoute(entry, path, report, warn)] as const
  })
  return new Map(read)
}
