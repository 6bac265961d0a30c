import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { ask, messages } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type InProcess, startInProcess } from "../stage/InProcess.ts"

let gateway: InProcess

/** Answers by the script that a test gives it, in the order of asking. */
let script: Array<() => Response | Promise<Response>> = []
const scripted = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: async () => (await script.shift()?.()) ?? new Response("", { status: 500 })
})

beforeAll(async () => {
  const url = `http://127.0.0.1:${scripted.port}`
  gateway = await startInProcess([{ name: "scripted", manner: "baseten", url, key: "any-key" }])
})

afterAll(async () => {
  await gateway.stop()
  await scripted.stop(true)
})

/** Ends when it is said, with a rate limit. */
const limited =
  (ms: number, after: Promise<void> = Promise.resolve()) =>
  async () => {
    await after
    const error = { message: "Slow down.", type: "requests", code: "rate_limit_exceeded" }
    return Response.json({ error }, { status: 429, headers: { "retry-after-ms": String(ms) } })
  }

const healthy = (): Response =>
  Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Here." }, finish_reason: "stop" }]
  })

/** No retries, so that only breakers make anybody wait. */
const atOnce = { retries: { attempts: 0 } }
const classOf = ({ error }: { readonly error: Fields | undefined }) => error?.["class"]

describe("13: while all targets cool down a request fails, though one will be back in time", () => {
  for (const stream of [true, false]) {
    test(stream ? "streamed" : "whole", async () => {
      const [model, other] = [`scripted/thirteen-${stream}`, `scripted/other-${stream}`]
      script = [limited(20_000), limited(1500), healthy]
      const body = { stream, messages, gateway: atOnce }
      const startedAt = performance.now()
      expect(classOf(await ask(gateway, { ...body, model, fallbacks: [other] }))).toBe("RateLimited")
      // Not long enough: told at once, with the time of the first that will be back.
      const hurried = await ask(gateway, {
        ...body,
        model,
        fallbacks: [other],
        gateway: { ...atOnce, deadline_ms: 200 }
      })
      expect([hurried.status, script.length]).toEqual([429, 1])
      expect(hurried.headers.get("retry-after")).toMatch(/^[12]$/)
      const patient = await ask(gateway, { ...body, model, fallbacks: [other] })
      expect([patient.content, patient.headers.get("x-gateway-attempts")]).toEqual(["Here.", "1"])
      expect(performance.now() - startedAt).toBeGreaterThan(1490)
      expect(patient.milliseconds).toBeLessThan(10_000)
    })
  }
})

describe("14: a shorter cooldown replaces a longer one", () => {
  for (const stream of [true, false]) {
    test(stream ? "streamed" : "whole", async () => {
      const body = { model: `scripted/fourteen-${stream}`, stream, messages, gateway: atOnce }
      const second = Promise.withResolvers<void>()
      script = [limited(50, second.promise), limited(800), healthy]
      const slow = ask(gateway, body)
      // The order of asking is the order of the script.
      await eventually(() => script.length === 2 || undefined)
      const shutAt = performance.now()
      expect(classOf(await ask(gateway, body))).toBe("RateLimited")
      second.resolve()
      expect(classOf(await slow)).toBe("RateLimited")
      expect((await ask(gateway, body)).content).toBe("Here.")
      expect(performance.now() - shutAt).toBeGreaterThan(750)
    })
  }
})
