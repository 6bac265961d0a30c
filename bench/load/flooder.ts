import { flood, type FloodOrder } from "./Flood.ts"

/** The flood as a process of its own, started by `badKeys.ts`. */
process.on("message", (order: FloodOrder) => {
  void flood(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) })
  )
})
