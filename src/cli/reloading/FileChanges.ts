import { dirname } from "node:path"
import { Effect, FileSystem, Option, Stream } from "effect"

/** Editors and deployments write in several steps; so long after the last one the file is looked at. */
const settled = "200 millis"

/**
 * Tells each change of a file, and once that it is watched now: it may have been written between its being read and
 * that. Its folder is watched, because editors and Kubernetes put another file in its place.
 */
export const changesOf = Effect.fnUntraced(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  /** Follows links; a file that is away for a moment is one that changes. */
  const identity = files.stat(file).pipe(
    Effect.map(({ mtime, size, ino }) =>
      [Option.getOrUndefined(mtime)?.getTime(), size, Option.getOrUndefined(ino)].join(" ")
    ),
    Effect.orElseSucceed(() => "away")
  )
  const ready = Promise.withResolvers<void>()
  const events = files.watch(dirname(file), { onReady: ready.resolve })
  return Stream.merge(Stream.fromEffect(Effect.promise(() => ready.promise)), events).pipe(
    Stream.debounce(settled),
    Stream.mapEffect(() => identity),
    Stream.changes
  )
})
