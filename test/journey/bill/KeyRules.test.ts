import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import OpenAI, { PermissionDeniedError } from "openai"
import { type Fields, listOf, objectOf, textOf } from "../../../src/domain/Fields.ts"
import { ask, messages } from "../stage/Asking.ts"
import { startConfigured } from "../stage/Configured.ts"
import { askToExplain, explain } from "../explain/Explaining.ts"
import { providersAt, type Running, startSimulator } from "../stage/Processes.ts"
import { askTelling, codeOf, trailOf, withKey } from "./Kept.ts"

const narrow = withKey("narrow-key-one")
const toolKey = withKey("tool-key-one")
const toolless = withKey("toolless-key-one")

let simulator: Running
let gateway: Running

beforeAll(async () => {
  simulator = await startSimulator()
  const configuration = {
    keys: [
      { name: "narrow", key: "narrow-key-one", models: ["openai/*", "baseten/glm-5.3"] },
      { name: "tools", key: "tool-key-one", tools: ["get_*", "search"] },
      { name: "toolless", key: "toolless-key-one", tools: [] }
    ],
    aliases: { fast: "google/gemini-2.5-flash", cheap: "openai/gpt-5-nano" },
    routes: {
      support: { targets: ["google/gemini-2.5-flash", "baseten/glm-5.3"] },
      closed: { targets: ["google/gemini-2.5-flash", "anthropic/claude-haiku-4-5"] }
    }
  }
  gateway = await startConfigured(configuration, providersAt(simulator.url))
})

afterAll(async () => {
  await gateway.stop()
  await simulator.stop()
})

/** How many requests for a model the simulator has had. */
const asked = async (model: string): Promise<number> => {
  const answer = await fetch(`${simulator.url}/_simulator/log?model=${encodeURIComponent(model)}`)
  return listOf(await answer.json()).length
}

const listed = async (key: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
  const answer = await fetch(`${gateway.url}/v1/models`, { headers: key })
  return listOf(objectOf(await answer.json())["data"]).map((model) => textOf(objectOf(model)["id"]))
}

describe("a key that may ask some models", () => {
  test("is refused the others in whatever words, and nobody is asked", async () => {
    for (const model of [
      "google/gemini-2.5-flash",
      "gemini-2.5-flash",
      "fast",
      "GOOGLE/Gemini-2.5-Flash",
      "route/closed"
    ]) {
      for (const stream of [false, true]) {
        const seen = await ask(gateway, { model, stream, messages }, narrow)
        expect([seen.status, codeOf(seen), seen.error?.["param"]]).toEqual([403, "model_not_allowed", "model"])
        expect(seen.error?.["class"]).toBe("Forbidden")
      }
    }
    expect(await asked("gemini-2.5-flash")).toBe(0)
    expect((await ask(gateway, { model: "cheap", messages }, narrow)).status).toBe(200)
    expect((await ask(gateway, { model: "fast", messages }, toolKey)).status).toBe(200)
  })

  test("has an error in the official SDK that says so", async () => {
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "narrow-key-one" })
    const body = { model: "google/gemini-2.5-flash", messages: [{ role: "user" as const, content: "Hello" }] }
    const failure = await client.chat.completions.create(body).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PermissionDeniedError)
    expect(failure).toMatchObject({ status: 403, code: "model_not_allowed" })
  })

  test("sees them alone in the list, and no others by name", async () => {
    const own = await listed(narrow)
    const all = await listed(toolKey)
    expect(own.length).toBeGreaterThan(5)
    expect(own).toEqual(all.filter((id) => id.startsWith("openai/") || id === "baseten/glm-5.3"))
    expect(own.length).toBeLessThan(all.length)
    const one = async (id: string) => (await fetch(`${gateway.url}/v1/models/${id}`, { headers: narrow })).status
    expect(await Promise.all(["openai/gpt-5-nano", "google/gemini-2.5-flash", "nothing"].map(one))).toEqual([
      200, 403, 404
    ])
  })

  test("does not fall back to the others, which is explained", async () => {
    const before = await asked("claude-haiku-4-5")
    const body = {
      model: "openai/words:status=503",
      models: ["openai/words:status=503", "anthropic/claude-haiku-4-5"],
      fallbacks: [{ model: "google/gemini-2.5-flash" }],
      gateway: { retries: { attempts: 0 } },
      messages
    }
    const seen = await ask(gateway, body, narrow)
    expect([seen.status, codeOf(seen)]).toEqual([503, "provider_overloaded"])
    expect(listOf(seen.error?.["attempts"]).map((attempt) => objectOf(attempt)["target"])).toEqual([
      "openai/words:status=503"
    ])
    expect(await asked("claude-haiku-4-5")).toBe(before)
    const { targets, left_out } = await explain(gateway, body, narrow)
    expect(targets.map(({ target }) => target)).toEqual(["openai/words:status=503"])
    expect(left_out).toEqual([
      { model: "anthropic/claude-haiku-4-5", reason: "this key may not ask it" },
      { model: "google/gemini-2.5-flash", reason: "this key may not ask it" }
    ])
    expect((await ask(gateway, body, toolKey)).status).toBe(200)
  })

  test("gets of a route what it may ask", async () => {
    const seen = await askTelling(gateway, { model: "route/support", messages }, narrow)
    expect(seen.status).toBe(200)
    expect(trailOf(seen).map(({ target }) => target)).toEqual(["baseten/glm-5.3"])
  })

  test("is not told by an explanation what would become of the others", async () => {
    const answer = await askToExplain(gateway, { model: "google/gemini-2.5-flash", messages }, narrow)
    expect(answer.status).toBe(403)
    expect(objectOf(objectOf(await answer.json())["error"])["code"]).toBe("model_not_allowed")
  })
})

const tool = (name: string): Fields => ({ type: "function", function: { name, parameters: { type: "object" } } })
const custom = (name: string): Fields => ({ type: "custom", custom: { name } })
const model = "openai/gpt-5-nano"

describe("a key that may give a model some tools", () => {
  const refused: ReadonlyArray<readonly [string, Fields]> = [
    ["another one", { tools: [tool("delete_all")] }],
    ["another one beside its own", { tools: [tool("get_order"), tool("delete_all")] }],
    ["another custom one", { tools: [custom("shell")] }],
    ["another one in the old form", { functions: [{ name: "delete_all", parameters: { type: "object" } }] }],
    ["another one in a fallback", { fallbacks: [{ model: "openai/gpt-5-mini", tools: [tool("delete_all")] }] }],
    [
      "another one in a fallback's old form",
      { fallbacks: [{ model: "openai/gpt-5-mini", functions: [{ name: "rm" }] }] }
    ]
  ]
  for (const [what, fields] of refused) {
    test(`is refused ${what}`, async () => {
      const seen = await ask(gateway, { model, messages, ...fields }, toolKey)
      expect([seen.status, codeOf(seen), seen.error?.["param"]]).toEqual([403, "tool_not_allowed", "tools"])
    })
  }

  test("may give those, and none", async () => {
    for (const fields of [{}, { tools: [tool("get_order"), tool("search")] }, { tools: [] }]) {
      expect((await ask(gateway, { model, messages, ...fields }, toolKey)).status).toBe(200)
    }
    expect((await ask(gateway, { model, messages }, toolless)).status).toBe(200)
    expect(codeOf(await ask(gateway, { model, messages, tools: [tool("get_order")] }, toolless))).toBe(
      "tool_not_allowed"
    )
  })
})
