import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { CreatedKeys } from "../../../src/access/keys/CreatedKeys.ts"
import { KeyStore } from "../../../src/access/keys/KeyStore.ts"
import type { AcceptedKey, Teams } from "../../../src/access/Keys.ts"
import { Keys } from "../../../src/access/Keys.ts"
import * as Store from "../../../src/store/Store.ts"

/** A gateway's keys as one process has them, over a folder that others may have too; ends with the scope. */
export const openKeys = (folder: string, accepted: ReadonlyArray<AcceptedKey> = [], teams?: Teams) =>
  Effect.gen(function* () {
    const layer = Keys.layerWithCreated(accepted, teams).pipe(
      Layer.provideMerge(CreatedKeys.layer),
      Layer.provideMerge(KeyStore.layer),
      Layer.provideMerge(Store.layer({ folder }))
    )
    const context = yield* Layer.build(Layer.fresh(layer))
    return {
      keys: Context.get(context, Keys),
      store: Context.get(context, KeyStore),
      created: Context.get(context, CreatedKeys),
      sql: Context.get(context, SqlClient.SqlClient)
    }
  })
