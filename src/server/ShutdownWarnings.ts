import { shutdownWarning } from "../catalog/Shutdown.ts"
import type { Model } from "../domain/Model.ts"

const dayMs = 24 * 60 * 60 * 1000

/** The `warning` header of each model, worked out once a day: dates are dear on the way of every request. */
export const shutdownWarnings = (): ((model: Model) => string | undefined) => {
  const known = new Map<Model, string | undefined>()
  let day = 0
  return (model) => {
    if (model.shutdown === undefined) return undefined
    const today = Math.floor(Date.now() / dayMs)
    if (today !== day) known.clear()
    day = today
    if (!known.has(model)) {
      known.set(model, shutdownWarning(model, new Date(today * dayMs).toISOString().slice(0, 10)))
    }
    return known.get(model)
  }
}
