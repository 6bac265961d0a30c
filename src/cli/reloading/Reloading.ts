import { Cause, Console, Effect, FiberHandle, type FileSystem, Queue, Result, Stream } from "effect"
import { type ConfigurationInvalid, mistakeText } from "../../config/ConfigurationInvalid.ts"
import type { Settings } from "../../config/Settings.ts"
import { changesOf } from "./FileChanges.ts"
import { withFixed } from "./FixedSettings.ts"
import { refusalToStart } from "../Loading.ts"
import type { Versions } from "./Versions.ts"

/** What a reload is made of. */
export interface ReloadingParts {
  readonly versions: Versions
  /** Reads the file and the environment again. */
  readonly read: Effect.Effect<Settings, ConfigurationInvalid, FileSystem.FileSystem>
  /** Whether there are keys besides those of the file. */
  readonly hasCreatedKeys: () => boolean
  /** Has the requests that come from now on answered with it, or fails and changes nothing. */
  readonly take: (settings: Settings) => Effect.Effect<void, ConfigurationInvalid>
}

type Occasion = "asked" | "changed"

/**
 * Reads the configuration again, whole or not at all, when it is asked to or (with `watch`) when the file changes.
 * Gives what asks for it.
 */
export const reloading = Effect.fnUntraced(function* (parts: ReloadingParts) {
  // One that is asked for while another is under way reads the file after it; more than one would read the same.
  const occasions = yield* Queue.sliding<Occasion>(1)
  const watching = yield* FiberHandle.make<void>()
  const watchAsConfigured = Effect.suspend(() => {
    const { watch, file } = parts.versions.running
    if (!watch || file === undefined) return FiberHandle.clear(watching)
    return Effect.asVoid(FiberHandle.run(watching, watchFile(file, occasions), { onlyIfMissing: true }))
  })
  yield* watchAsConfigured
  yield* Queue.take(occasions).pipe(
    Effect.flatMap((occasion) => reload(parts, occasion)),
    Effect.andThen(watchAsConfigured),
    Effect.forever,
    Effect.forkScoped
  )
  return (): void => {
    Queue.offerUnsafe(occasions, "asked")
  }
})

const watchFile = (file: string, occasions: Queue.Queue<Occasion>) =>
  Effect.flatMap(changesOf(file), (changes) =>
    Stream.runForEach(changes, () => Queue.offer(occasions, "changed"))
  ).pipe(
    Effect.catch(({ message }) => Console.error(`${file} is not watched any more (${message}); SIGHUP has it read.`))
  )

const reload = Effect.fn("reload")(function* (parts: ReloadingParts, occasion: Occasion) {
  const { versions, read } = parts
  const { running } = versions
  const { file, fingerprint } = running
  if (file === undefined) {
    return yield* Console.error("There is no file to read again: the gateway was started without --config.")
  }
  const outcome = yield* read.pipe(
    Effect.flatMap((next) => takeIfOther(parts, next)),
    // A fault of ours must not take down what runs.
    Effect.catchDefect((defect) => Effect.succeed(Result.fail([Cause.pretty(Cause.die(defect))]))),
    Effect.catch(({ mistakes }) => Effect.succeed(Result.fail(mistakes.map(mistakeText))))
  )
  if (Result.isFailure(outcome)) {
    versions.refuse(outcome.failure)
    return yield* Console.error(refusedLine(file, outcome.failure))
  }
  if (outcome.success === undefined) {
    versions.confirm()
    if (occasion === "changed") return
    return yield* Console.error(`${file} says what the gateway runs with already (${fingerprint}).`)
  }
  const { settings, ignored } = outcome.success
  versions.accept(settings)
  for (const warning of settings.warnings) yield* Console.error(`warning: ${mistakeText(warning)}`)
  if (ignored.length > 0) yield* Console.error(ignoredLine(ignored))
  yield* Console.error(`${file} was read again; new requests are answered with it (${settings.fingerprint}).`)
})

/** Nothing when the newer settings are the same; a list of reasons when no gateway can be made of them. */
const takeIfOther = Effect.fnUntraced(function* (
  { versions: { running }, take, hasCreatedKeys }: ReloadingParts,
  next: Settings
) {
  if (next.fingerprint === running.fingerprint) return Result.succeed(undefined)
  const newer = withFixed(running, next)
  const refusal = refusalToStart(newer.settings, hasCreatedKeys())
  if (refusal !== undefined) return Result.fail([refusal])
  yield* take(newer.settings)
  return Result.succeed(newer)
})

const refusedLine = (file: string, reasons: ReadonlyArray<string>): string => {
  const [first = "it cannot be read", ...others] = reasons
  const more = others.length === 0 ? "" : ` (and ${others.length} more, see GET /admin/config)`
  return `${file} was not taken, the gateway goes on with what it had: ${first}${more}`
}

const ignoredLine = (ignored: ReadonlyArray<string>): string =>
  `warning: ${ignored.join(", ")} cannot change while the gateway runs; start it again for that.`
