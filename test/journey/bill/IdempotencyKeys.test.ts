import { afterAll, beforeAll, expect, test } from "bun:test"
import OpenAI, { ConflictError } from "openai"
import type { Fields } from "../../../src/domain/Fields.ts"
import { ask, messages, post, read, type Seen } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { type OwnProvider, startOwnProvider } from "../stage/OwnProvider.ts"
import type { Running } from "../stage/Processes.ts"
import { requestText, statusIn, wire } from "../stage/Wire.ts"
import { codeOf, type Kept, startKept, withKey } from "./Kept.ts"

const [alice, bob, carol] = ["alice-key-one", "bob-key-one", "carol-key-one"] as const

let provider: OwnProvider
let kept: Kept
/** A second process on the same folder. */
let second: Running

beforeAll(async () => {
  provider = startOwnProvider()
  const keys = [
    { name: "alice", key: alice },
    { name: "bob", key: bob },
    { name: "carol", key: carol, requestsAtOnce: 1 }
  ]
  kept = await startKept({ keys }, { url: new URL(provider.baseUrl).origin })
  second = await kept.another()
})

afterAll(async () => {
  await Promise.all([kept.stop(), second.stop()])
  await provider.stop()
})

const once = (idempotencyKey: string, key: string = alice) => ({
  ...withKey(key),
  "idempotency-key": idempotencyKey
})

const quick: Fields = { model: "openai/quick", messages }
const held: Fields = { model: "openai/held", messages, stream: true }

/** What a caller sees of a refusal. */
const refusal = (seen: Seen) => ({
  status: seen.status,
  code: codeOf(seen),
  class: seen.error?.["class"],
  retryAfter: seen.headers.get("retry-after"),
  shouldRetry: seen.headers.get("x-should-retry")
})
const inProgress = { status: 409, code: "in_progress", class: "Conflict", retryAfter: "1", shouldRetry: null }
const reused = {
  status: 409,
  code: "idempotency_key_reused",
  class: "Conflict",
  retryAfter: null,
  shouldRetry: "false"
}

test("a key stands for one body, for as long as it is kept, in every process; another caller's is another", async () => {
  const first = await ask(kept.gateway, quick, once("one"))
  expect(first.status).toBe(200)
  expect((await kept.booked(first))[0]).toMatchObject({ idempotency_key: "one", key_name: "alice" })
  const other = { ...quick, temperature: 1 }
  for (const gateway of [kept.gateway, second]) {
    expect(refusal(await ask(gateway, other, once("one")))).toEqual(reused)
    expect((await ask(gateway, quick, once("one"))).status).toBe(200)
    expect((await ask(gateway, other, once("one", bob))).status).toBe(200)
    expect((await ask(gateway, other, withKey(alice))).status).toBe(200)
  }
})

test("a caller who leaves frees the key", async () => {
  const asking = async () => {
    const leaving = new AbortController()
    const response = await post(kept.gateway, held, once("three"), leaving.signal)
    return { status: response.status, leave: () => leaving.abort() }
  }
  const first = await asking()
  expect(first.status).toBe(200)
  expect((await asking()).status).toBe(409)
  first.leave()
  const next = await eventually(async () => {
    const again = await asking()
    return again.status === 409 ? undefined : again
  })
  expect(next.status).toBe(200)
  next.leave()
})

test("a request that its limits do not let in takes no key, nor is it asked what key it has", async () => {
  const leaving = new AbortController()
  const running = await post(kept.gateway, held, once("four", carol), leaving.signal)
  expect(running.status).toBe(200)
  const statuses = async (body: Fields, key: string) => codeOf(await ask(kept.gateway, body, once(key, carol)))
  expect(await statuses(quick, "four")).toBe("rate_limit_exceeded")
  expect(await statuses(quick, "five")).toBe("rate_limit_exceeded")
  leaving.abort()
  const other = { ...quick, temperature: 1 }
  const next = await eventually(async () => {
    const seen = await ask(kept.gateway, other, once("five", carol))
    return seen.status === 429 ? undefined : seen
  })
  // The key that was refused stands for no body yet.
  expect(next.status).toBe(200)
  expect(await statuses(quick, "five")).toBe("idempotency_key_reused")
})

test("while a request runs its key is taken, in every process, and the official SDK waits until it is free", async () => {
  const running = await post(kept.gateway, held, once("two"))
  expect(running.status).toBe(200)
  for (const gateway of [kept.gateway, second]) {
    expect(refusal(await ask(gateway, held, once("two")))).toEqual(inProgress)
    expect(refusal(await ask(gateway, quick, once("two")))).toEqual(reused)
  }
  const statuses: Array<number> = []
  const client = new OpenAI({
    baseURL: `${second.url}/v1`,
    apiKey: alice,
    defaultHeaders: { "idempotency-key": "two" },
    fetch: async (address, options) => {
      const response = await fetch(address, options)
      statuses.push(response.status)
      return response
    }
  })
  const body = { model: "openai/held", messages: [{ role: "user" as const, content: "Hello" }], stream: true as const }
  const impatient = client.chat.completions.create(body, { maxRetries: 0 })
  expect(
    await impatient.then(
      () => undefined,
      (error: unknown) => error
    )
  ).toBeInstanceOf(ConflictError)
  const patient = client.chat.completions.create(body, { maxRetries: 2 })
  await eventually(() => (statuses.length === 2 ? true : undefined))
  provider.release()
  expect((await read(running)).content).toBe("Hello again")
  let text = ""
  for await (const chunk of await patient) text += chunk.choices[0]?.delta.content ?? ""
  expect(text).toBe("Hello again")
  expect(statuses).toEqual([409, 409, 200])
})

test("a header that is no key is refused, and nobody is asked", async () => {
  const before = provider.keys.length
  for (const bad of ["", "x".repeat(256)]) {
    const seen = await ask(kept.gateway, quick, once(bad))
    expect([seen.status, seen.error?.["param"]]).toEqual([400, "Idempotency-Key"])
  }
  const head = [`authorization: Bearer ${alice}`, "idempotency-key: caf\u00e9"]
  const { socket, got } = await wire(kept.gateway, requestText(quick, head))
  expect(await eventually(() => statusIn(got()))).toBe(400)
  socket.destroy()
  expect(provider.keys).toHaveLength(before)
  expect((await ask(kept.gateway, quick, once("x".repeat(255)))).status).toBe(200)
})

test("a gateway that starts anew still knows its keys", async () => {
  await second.stop()
  second = await kept.another()
  expect(refusal(await ask(second, { ...quick, temperature: 1 }, once("one")))).toEqual(reused)
  expect((await ask(second, quick, once("one"))).status).toBe(200)
})
