import { Clock, Context, Effect, Layer, Redacted, Result } from "effect"
import { CreatedKeys } from "../../../src/access/keys/CreatedKeys.ts"
import { KeyStore } from "../../../src/access/keys/KeyStore.ts"
import { Keys } from "../../../src/access/Keys.ts"
import { asObject, type Fields, objectOf } from "../../../src/domain/Fields.ts"
import { Reports } from "../../../src/ledger/reports/Reports.ts"
import { Timers } from "../../../src/net/Timers.ts"
import { health } from "../../../src/routing/health/Health.ts"
import { Admin } from "../../../src/server/admin/Admin.ts"
import { Exchange } from "../../../src/server/Exchange.ts"
import * as Store from "../../../src/store/Store.ts"

/** The only key that opens the plane. */
export const adminKey = "the-admin-key"

/** What the plane answered. */
export interface Told {
  readonly status: number
  readonly body: Fields
  readonly headers: Headers
}

/** The admin plane over a database of its own, or over none. */
export const openPlane = Effect.fnUntraced(function* ({ keeps = true }: { readonly keeps?: boolean } = {}) {
  const kept = Layer.mergeAll(Keys.layerWithCreated([]), Reports.layer).pipe(
    Layer.provideMerge(CreatedKeys.layer),
    Layer.provideMerge(KeyStore.layer),
    Layer.provideMerge(Store.layerMemory)
  )
  const context = yield* Layer.build(Layer.fresh(kept))
  const adminKeys = Context.get(yield* Layer.build(Keys.layer([{ name: "admin", key: Redacted.make(adminKey) }])), Keys)
  const clock = yield* Clock.Clock
  const faults: Array<unknown> = []
  const admin = new Admin(
    {
      health: health(() => 0),
      now: () => 0,
      wallNow: () => clock.currentTimeMillisUnsafe(),
      since: 0,
      configuration: () => ({
        object: "configuration",
        running: { fingerprint: "0123456789ab", file: null, loaded_at: "2026-11-22T12:00:00.000Z" },
        refused: null
      }),
      reports: keeps ? Context.get(context, Reports) : undefined,
      keys: keeps
        ? {
            store: Context.get(context, KeyStore),
            created: Context.get(context, CreatedKeys),
            namesInFile: () => ["in-file"]
          }
        : undefined
    },
    (_requestId, cause) => void faults.push(cause),
    yield* Timers
  )
  const ask = (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = { authorization: `Bearer ${adminKey}` }
  ): Effect.Effect<Told> =>
    Effect.promise(async () => {
      const text = typeof body === "string" ? body : JSON.stringify(body)
      const init = { method, headers, ...(body === undefined ? {} : { body: text }) }
      const http = new Request(`http://gateway.test${path}`, init)
      const exchange = new Exchange(http, new URL(http.url).pathname, { localOnly: false }, "openai")
      const response = await admin.answer(exchange, { keys: adminKeys, callersNeedKeys: true })
      return { status: response.status, headers: response.headers, body: objectOf(asObject(await response.json())) }
    })
  const keys = Context.get(context, Keys)
  return {
    ask,
    /** Whether the gateway takes a secret now. */
    isTaken: (secret: unknown): boolean => Result.isSuccess(keys.find(`Bearer ${String(secret)}`)),
    faults
  }
})
