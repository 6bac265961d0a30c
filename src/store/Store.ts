import { join } from "node:path"
import { Data, Layer } from "effect"
import type { SqlClient } from "effect/sql"
import * as Migrations from "./Migrations.ts"
import * as Sqlite from "./Sqlite.ts"

/** The database cannot be opened or brought to this version's form. */
export class StoreUnavailable extends Data.TaggedError("StoreUnavailable")<{
  readonly filename: string
  readonly cause: unknown
}> {
  override get message(): string {
    const why = this.cause instanceof Error ? `: ${this.cause.message}` : ""
    return `The database ${this.filename} cannot be used${why}`
  }
}

/** The database in a folder, which is made if it is not there; several processes may share it. */
export const layer = ({ folder }: { readonly folder: string }): Layer.Layer<SqlClient.SqlClient, StoreUnavailable> =>
  migrated(join(folder, "gateway.sqlite"))

const migrated = (filename: string): Layer.Layer<SqlClient.SqlClient, StoreUnavailable> =>
  Migrations.layer.pipe(
    Layer.provideMerge(Sqlite.layer({ filename })),
    Layer.catch((cause) => Layer.effectContext(new StoreUnavailable({ filename, cause })))
  )

/** A database of its own that ends with its layer; what is built together has the same one. */
export const layerMemory: Layer.Layer<SqlClient.SqlClient, StoreUnavailable> = migrated(":memory:")
