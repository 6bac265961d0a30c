import { afterAll, beforeAll, expect, test } from "bun:test"
import OpenAI, { AuthenticationError } from "openai"
import { listOf, objectOf, textOf } from "../../../src/domain/Fields.ts"
import { eventually } from "../stage/Eventually.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"
import { type Kept, startKept, withKey } from "./Kept.ts"

const adminKey = "admin-key-one"
/** What is promised to whoever makes, changes or ends a key. */
const withinMs = 1_000

let simulator: Running
let kept: Kept
/** A second process on the same folder. */
let second: Running

beforeAll(async () => {
  simulator = await startSimulator()
  kept = await startKept({ admin: { keys: [adminKey] } }, simulator)
  second = await kept.another()
})

afterAll(async () => {
  await Promise.all([kept.stop(), second.stop()])
  await simulator.stop()
})

/** Whether the official SDK gets an answer with a key. */
const isTaken = async ({ url }: Pick<Running, "url">, apiKey: string): Promise<boolean> => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  try {
    const answer = await client.chat.completions.create({
      model: "openai/gpt-5-nano",
      messages: [{ role: "user", content: "Hello" }]
    })
    return textOf(answer.choices[0]?.message.content) !== ""
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error
    expect(error).toMatchObject({ status: 401, code: "invalid_api_key", type: "invalid_request_error" })
    return false
  }
}

const both = () => [kept.gateway, second]

/** Waits until both processes take the key, or both refuse it. */
const becomes = async (taken: boolean, key: string, ms = withinMs): Promise<void> => {
  await Promise.all(
    both().map((gateway) => eventually(async () => ((await isTaken(gateway, key)) === taken ? true : undefined), ms))
  )
}

/** The secret of the key that the tests follow, as it is at the time. */
let secret = ""

test("the first key that is made closes running gateways to everybody else within a second, and opens them to its secret", async () => {
  expect(await Promise.all(both().map((gateway) => isTaken(gateway, "none-needed")))).toEqual([true, true])
  const terms = ["--name", "first", "--team", "red", "--model", "openai/*", "--requests-per-minute", "1000"]
  const { output, errors, code } = await kept.command("keys", "create", ...terms)
  expect([code, errors]).toEqual([0, expect.stringContaining("The key first (key_")])
  // A script takes it from there.
  expect(output).toMatch(/^lgw_\S{20,}\n$/)
  secret = output.trim()
  await becomes(true, secret)
  await becomes(false, "none-needed")
  await becomes(false, `${secret}x`)
})

test("the list tells everything of a key but its secret", async () => {
  const { output } = await kept.command("keys", "list")
  const [heads = "", row = "", ...others] = output.trimEnd().split("\n")
  expect(others).toEqual([])
  expect(heads.split(/ {2,}/)).toEqual(["name", "id", "state", "team", "secret", "expires", "allowed", "limits"])
  const start = row.split(/ {2,}/)[4] ?? ""
  expect(row.split(/ {2,}/)).toEqual([
    "first",
    expect.stringMatching(/^key_/),
    "active",
    "red",
    start,
    "-",
    "openai/*",
    "1000 requests/min"
  ])
  expect(start.endsWith("…") && secret.startsWith(start.slice(0, -1)) && start.length < 16).toBe(true)
  expect(output).not.toContain(secret)
})

test("a rotated key has two secrets while they overlap", async () => {
  const { output, errors } = await kept.command("keys", "rotate", "first", "--overlap", "1h")
  expect(errors).toMatch(/the one before is taken until 20\d\d-/)
  await becomes(true, output.trim())
  await becomes(true, secret)
  secret = output.trim()
})

test("a disabled key is refused within a second in every process, and others are not", async () => {
  const other = textOf((await admin("POST", "", { name: "other" })).body["secret"])
  await becomes(true, other)
  const { output, code } = await kept.command("keys", "disable", "first")
  expect([code, output]).toEqual([0, expect.stringContaining("is disabled")])
  await becomes(false, secret)
  await becomes(true, other)
})

test("a mistake on the command line makes no key, and says which word is wrong", async () => {
  const wrong = await kept.command("keys", "create", "--name", "wrong", "--budget-day", "1,5")
  expect([wrong.code, wrong.output]).toEqual([1, ""])
  expect(wrong.errors).toContain("--budget-day must be an amount")
  expect(wrong.errors).not.toContain("    at ")
  expect((await listed()).map(({ name }) => name)).toEqual(["other", "first"])
})

/** Asks the admin plane of the first process. */
const admin = async (method: "GET" | "POST", path: string, body?: object, key = adminKey) => {
  const response = await fetch(`${kept.gateway.url}/admin/keys${path}`, {
    method,
    headers: withKey(key),
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const json = objectOf(await response.json())
  return { status: response.status, body: json, error: objectOf(json["error"]) }
}

/** All keys, as the admin plane lists them. */
const listed = async () => listOf((await admin("GET", "")).body["data"]).map(objectOf)

test("the admin plane makes, lists, rotates and ends keys, at once where it is asked and within a second elsewhere", async () => {
  const { status, body } = await admin("POST", "", { name: "made", team: "blue", tags: ["a"], tools: ["get_*"] })
  expect(status).toBe(201)
  expect(body).toMatchObject({ name: "made", team: "blue", tags: ["a"], models: null, tools: ["get_*"] })
  const made = textOf(body["secret"])
  expect(await isTaken(kept.gateway, made)).toBe(true)
  await becomes(true, made)
  const keys = await listed()
  expect(keys.map(({ name, state }) => [name, state])).toEqual([
    ["made", "active"],
    ["other", "active"],
    ["first", "disabled"]
  ])
  expect(JSON.stringify(keys)).not.toContain(made)

  const rotated = await admin("POST", `/${String(body["id"])}/rotate`, { overlap: "0s" })
  const newest = textOf(rotated.body["secret"])
  expect([await isTaken(kept.gateway, made), await isTaken(kept.gateway, newest)]).toEqual([false, true])
  await Promise.all([becomes(false, made), becomes(true, newest)])

  expect((await admin("POST", "/made/disable")).body).toMatchObject({ state: "disabled" })
  expect(await isTaken(kept.gateway, newest)).toBe(false)
  await becomes(false, newest)
})

test("the admin plane takes no key of callers, no name twice, no field that it does not know", async () => {
  const caller = textOf((await admin("POST", "", { name: "caller" })).body["secret"])
  expect(await isTaken(kept.gateway, caller)).toBe(true)
  expect(await admin("GET", "", undefined, caller)).toMatchObject({ status: 401, error: { code: "invalid_api_key" } })
  expect(await admin("POST", "", { name: "caller" })).toMatchObject({ status: 409, error: { code: "name_taken" } })
  const misspelt = await admin("POST", "", { name: "misspelt", request_per_minute: 5 })
  expect(misspelt).toMatchObject({ status: 400, error: { param: "request_per_minute" } })
  expect(await admin("POST", "/nobody/disable")).toMatchObject({ status: 404 })
  expect(await isTaken(kept.gateway, adminKey)).toBe(false)
})

test("the figures ask for an admin key too, where they have no listener of their own", async () => {
  const get = async (headers = {}) => (await fetch(`${second.url}/metrics`, { headers })).status
  const caller = textOf((await admin("POST", "", { name: "looks" })).body["secret"])
  await becomes(true, caller)
  expect([await get(), await get(withKey(caller)), await get(withKey(adminKey))]).toEqual([401, 401, 200])
  expect(await get({ ...withKey(adminKey), origin: "https://evil.example" })).toBe(403)
})
