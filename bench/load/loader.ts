import { type LoadOrder, runLoad } from "./Load.ts"

/**
 * The load as a process of its own, started by `Processes.ts`: takes orders one after another, so that it stays warm.
 */
process.on("message", (order: LoadOrder) => {
  void runLoad(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) })
  )
})
