import { expect } from "bun:test"
import { hashOf } from "../../../src/access/keys/Secrets.ts"
import { post } from "../stage/Asking.ts"
import { eventually } from "../stage/Eventually.ts"
import { requestText, statusIn, wire } from "../stage/Wire.ts"
import { body, callerHeaders, configured, mistaken, sent, told } from "./Canaries.ts"
import type { Stage } from "./Stage.ts"

/** Everything that callers do right. */
export const goodTraffic = async ({ tell }: Stage): Promise<void> => {
  for (const model of [
    "openai/words:count=3",
    "anthropic/words:count=3",
    "google/words:count=3",
    "own/words:count=3"
  ]) {
    for (const stream of [false, true]) {
      const asked = body(model, { stream, usage: { include: true }, gateway: { trail: true } })
      const seen = await tell(asked, {
        ...callerHeaders,
        "idempotency-key": `${told.idempotencyKey}-${model}-${stream}`
      })
      expect(seen.status).toBe(200)
    }
  }
}

/**
 * Everything that can go wrong: providers that repeat what they were sent, one after another, before and after the
 * first word.
 */
export const badTraffic = async ({ tell }: Stage): Promise<void> => {
  const fallbacks = ["anthropic/echo-500", "google/echo-503", "own/echo-400"].map((model) => ({ model }))
  for (const stream of [false, true]) {
    for (const status of [400, 404, 408, 429, 500, 503]) {
      const asked = body(`openai/echo-${status}`, { stream, fallbacks, gateway: { trail: true } })
      expect((await tell(asked, callerHeaders)).status).toBeGreaterThanOrEqual(400)
    }
  }
  for (const name of ["openai", "anthropic", "google", "own"]) {
    const seen = await tell(body(`${name}/echo-stream`, { stream: true }), callerHeaders)
    expect(seen.error).toBeDefined()
  }
  // Last, for a key that is refused is left alone afterwards.
  for (const name of ["openai", "anthropic", "google", "own", "proxied"]) {
    const asked = body(`${name}/echo-401`, { gateway: { retries: { attempts: 0 } } })
    expect((await tell(asked, callerHeaders)).status).toBe(502)
  }
}

/** Requests that never come to a provider. */
export const refusedTraffic = async ({ tell }: Stage): Promise<void> => {
  for (const authorization of [sent.badKey, `Bearer ${configured.expiredKey}`, `Bearer ${configured.adminKey}`]) {
    expect((await tell(body("openai/words"), { ...callerHeaders, authorization })).status).toBe(401)
  }
  expect((await tell(`{"model": "openai/words", "messages": "${told.garbled}`, callerHeaders)).status).toBe(400)
  expect((await tell({ model: "openai/words", messages: [{ role: told.garbled }] }, callerHeaders)).status).toBe(400)
  expect((await tell(body("nowhere"), callerHeaders)).status).toBe(404)
  const dropped = body("anthropic/words", { [told.unknownField]: told.unknownField })
  expect((await tell(dropped, callerHeaders)).status).toBe(200)
  const headers = { ...callerHeaders, "idempotency-key": told.idempotencyKey }
  expect((await tell(body("openai/words"), headers)).status).toBe(200)
  expect((await tell(body("openai/words", { n: 2 }), headers)).status).toBe(409)
}

/** Addresses with a secret in their query, a caller who leaves in the middle, one that asks only to be told. */
export const oddTraffic = async ({ running, listening, places }: Stage): Promise<void> => {
  const lines = Object.entries(callerHeaders).map(([name, value]) => `${name}: ${value}`)
  for (const path of ["/v1/chat/completions", "/nothing", "/v1/usage", "/admin/usage", "/metrics", "/v1/models/x"]) {
    const text = requestText(body("openai/words"), lines).replace("/v1/chat/completions", `${path}?key=${sent.query}`)
    const { socket, got } = await wire(running.gateway, text)
    await eventually(() => statusIn(got()))
    places.answers.add(got())
    socket.destroy()
  }
  const leaving = new AbortController()
  const slow = post(running.gateway, body("own/words:first=5000", { stream: true }), callerHeaders, leaving.signal)
  const before = listening.own.count()
  await eventually(() => listening.own.count() > before || undefined)
  leaving.abort()
  await slow.catch(() => undefined)
  const half = await wire(running.gateway, requestText(body("openai/words"), lines).slice(0, -20))
  half.socket.destroy()
  const explained = await fetch(`${running.gateway.url}/v1/route/explain`, {
    method: "POST",
    headers: callerHeaders,
    body: JSON.stringify(body("openai/words", { fallbacks: [{ model: "own/words" }] }))
  })
  // It tells its caller what would be sent, with nothing that is the gateway's.
  places.answers.add(await explained.text())
}

/**
 * The life of a created key, which an admin once names by its secret. What is left of the secrets without their
 * beginnings, which are kept to recognise them by, and their hashes.
 */
export const keyLives = async ({ tell, manage }: Stage) => {
  const content = { name: "made", team: "red", tags: ["a"] }
  const first = await manage("", content)
  expect((await tell(body("openai/words"), { ...callerHeaders, authorization: `Bearer ${first}` })).status).toBe(200)
  const second = await manage("/made/rotate", { overlap: "1h" })
  expect((await tell(body("own/echo-500"), { ...callerHeaders, authorization: `Bearer ${second}` })).status).toBe(502)
  await manage("", content)
  expect(await manage(`/${first}/rotate`, {})).toBe("")
  await manage("/made/disable", {})
  expect((await tell(body("openai/words"), { ...callerHeaders, authorization: `Bearer ${second}` })).status).toBe(401)
  return {
    secrets: { first: first.slice("lgw_1234".length), second: second.slice("lgw_1234".length) },
    hashes: { first: hashOf(first), second: hashOf(second) }
  }
}

/** A `gateway.yaml` with mistakes that are secrets. */
export const refusedReload = async ({ running, places, get, configuration }: Stage): Promise<void> => {
  const baseUrl = `http://user:${mistaken.addressPassword}@127.0.0.1/v1?key=${mistaken.addressKey}`
  const line = await running.reload({ providers: { own: { baseUrl, kee: mistaken.unknownSetting } } })
  expect(line).toContain("was not taken")
  places.admin.add(await get("/admin/config", configured.adminKey))
  running.write(configuration())
}

/** All that the gateway tells of itself. */
export const lookEverywhere = async ({ places, get, command }: Stage): Promise<void> => {
  for (const path of ["config", "targets", "usage?by=key,team,tag,model,provider", "keys", "openapi.json"]) {
    places.admin.add(await get(`/admin/${path}`, configured.adminKey))
  }
  for (const by of ["model", "tag", "provider", "day"]) {
    places.usage.add(await get(`/v1/usage?by=${by}`, configured.callerKey))
  }
  places.metrics.add(await get("/metrics", configured.adminKey))
  await Promise.all([command("keys", "list", "--json"), command("usage", "--by", "key"), command("check")])
}
