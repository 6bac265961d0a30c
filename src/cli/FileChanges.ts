import { dirname } from "node:path"
import { Effect, FileSystem, Option, Stream } from "effect"

/** Editors and deployments write in several steps; so long after the last one the file is looked at. */
const settled = "200 millis"

/** Tells each change of a file. Its folder is watched, because editors and Kubernetes put another file in its place. */
export const changesOf = Effect.fnUntraced(function* (file: string) {
  const files = yield* FileSystem.FileSystem
  /** Follows links; a file that is away for a moment is one that changes. */
  const identity = files.stat(file).pipe(
    Effect.map(({ mtime, size, ino }) =>
      [Option.getOrUndefined(mtime)?.getTime(), size, Option.getOrUndefined(ino)].join(" ")
    ),
    Effect.orElseSucceed(() => "away")
  )
  const first = yield* identity
  const ready = Promise.withResolvers<void>()
  const events = files.watch(dirname(file), { onReady: ready.resolve })
  // Looked at once it is watched, for what was written just before.
  const looks = Stream.merge(Stream.fromEffect(Effect.promise(() => ready.promise)), events).pipe(
    Stream.debounce(settled),
    Stream.mapEffect(() => identity)
  )
  return Stream.make(first).pipe(Stream.concat(looks), Stream.changes, Stream.drop(1))
})
