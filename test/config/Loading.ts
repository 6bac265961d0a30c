import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import { Effect, FileSystem } from "effect"
import { join } from "node:path"
import { load } from "../../src/config/Configuration.ts"
import { mistakeText } from "../../src/config/ConfigurationInvalid.ts"
import type { Environment } from "../../src/config/ProviderAccess.ts"
import type { Settings } from "../../src/config/Settings.ts"

/** What a configuration came to. */
export interface Loaded {
  readonly settings: Settings | undefined
  /** The mistakes as they are printed; the file is called `gateway.yaml`. */
  readonly mistakes: ReadonlyArray<string>
}

/** Loads a configuration from real files in a folder of their own; without `text` there is no file. */
export const loadFrom = (
  text: string | undefined,
  environment: Environment = {},
  beside: Readonly<Record<string, string>> = {}
): Promise<Loaded> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped({ prefix: "gateway-config-" })
    const configFile = join(folder, "gateway.yaml")
    yield* Effect.forEach(Object.entries(beside), ([name, content]) =>
      files.writeFileString(join(folder, name), content)
    )
    if (text !== undefined) yield* files.writeFileString(configFile, text)
    const loading = load(text === undefined ? { environment } : { configFile, environment })
    return yield* loading.pipe(
      Effect.map((settings): Loaded => ({ settings, mistakes: [] })),
      Effect.catchTag("ConfigurationInvalid", ({ mistakes }) =>
        Effect.succeed<Loaded>({
          settings: undefined,
          mistakes: mistakes.map((mistake) => mistakeText(mistake).replaceAll(`${folder}/`, ""))
        })
      )
    )
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), Effect.runPromise)

/** The settings of a configuration that must be accepted. */
export const settingsFrom = async (...parameters: Parameters<typeof loadFrom>): Promise<Settings> => {
  const { settings, mistakes } = await loadFrom(...parameters)
  if (settings === undefined) throw new Error(`refused:\n${mistakes.join("\n")}`)
  return settings
}
