import { describe, expect } from "bun:test"
import { Effect, Schema } from "effect"
import { listOf, objectOf } from "../../../src/domain/Fields.ts"
import { KeysView, KeyView, MadeKeyView } from "../../../src/server/admin/KeysApi.ts"
import { it } from "../../effect.ts"
import { openPlane } from "./Plane.ts"

const whole = {
  name: "research",
  team: "science",
  tags: ["x"],
  models: ["openai/*"],
  tools: [],
  expires_at: "2099-01-01",
  requests_per_minute: 60,
  tokens_per_minute: 1000,
  requests_at_once: 2,
  budget: { day: "0.1", month: 5, total: "100.000000001", zone: "Europe/Berlin", unknown_prices: "allow" }
}

describe("POST /admin/keys", () => {
  it.live("makes a key with all that was wished, tells its secret once, and has it taken at once", () =>
    Effect.gen(function* () {
      const { ask, isTaken, faults } = yield* openPlane()
      const made = yield* ask("POST", "/admin/keys", whole)
      expect(made.status).toBe(201)
      expect(made.headers.get("cache-control")).toBe("no-store")
      expect(made.headers.get("x-request-id")).toBeTruthy()
      expect(made.body).toMatchObject({
        ...whole,
        object: "gateway_key",
        state: "active",
        expires_at: "2099-01-01T00:00:00.000Z",
        budget: { day: "0.1", month: "5", total: "100.000000001", zone: "Europe/Berlin", unknown_prices: "allow" }
      })
      expect(Schema.is(MadeKeyView)(made.body)).toBe(true)
      expect(isTaken(made.body["secret"])).toBe(true)
      const listed = yield* ask("GET", "/admin/keys")
      const { secret, ...rest } = made.body
      expect(listed.body).toEqual({ object: "list", data: [rest] })
      expect(Schema.is(KeysView)(listed.body)).toBe(true)
      expect(JSON.stringify(listed.body)).not.toContain(String(secret).slice(0, 9))
      expect(faults).toEqual([])
    })
  )

  it.live("takes null for what is not limited", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      const { status, body } = yield* ask("POST", "/admin/keys", { name: "a", team: null, models: null, budget: null })
      expect(status).toBe(201)
      expect(body).toMatchObject({ team: null, models: null, budget: null, expires_at: null })
    })
  )

  const wrong: ReadonlyArray<readonly [what: string, body: unknown, param: string | null, message: RegExp]> = [
    ["nothing", "", "name", /^name is missing\.$/],
    ["no JSON", "{", null, /not valid JSON/],
    ["a list", [], null, /^The body /],
    ["no name", {}, "name", /^name is missing\.$/],
    ["a number as name", { name: 5 }, "name", /^name must be a text\.$/],
    ["a name that is none", { name: "a b" }, "name", /^name must be letters/],
    ["a misspelt limit", { name: "a", request_per_minute: 5 }, "request_per_minute", /is not a field/],
    ["a misspelt budget", { name: "a", budget: { daily: 5 } }, "budget.daily", /is not a field/],
    ["a rate as text", { name: "a", requests_per_minute: "5" }, "requests_per_minute", /must be a number/],
    ["a rate of nothing", { name: "a", requests_per_minute: 0 }, "requests_per_minute", /must be a whole number/],
    ["a budget below nothing", { name: "a", budget: { day: "-5" } }, "budget.day", /must be an amount/],
    ["a budget that is no amount", { name: "a", budget: { day: true } }, "budget.day", /must be an amount/],
    ["a zone that nobody knows", { name: "a", budget: { day: 1, zone: "Mars" } }, "budget.zone", /time zone/],
    ["a time in the past", { name: "a", expires_at: "2020-01-01" }, "expires_at", /in the future/],
    ["tags that are no list", { name: "a", tags: "x" }, "tags", /must be a list of texts/]
  ]
  it.live("refuses what cannot be, and names the field", () =>
    Effect.gen(function* () {
      const { ask, faults } = yield* openPlane()
      for (const [what, body, param, message] of wrong) {
        const answer = yield* ask("POST", "/admin/keys", body)
        const error = objectOf(answer.body["error"])
        expect([what, answer.status, error["param"]]).toEqual([what, 400, param])
        expect(String(error["message"])).toMatch(message)
        expect(error).toMatchObject({ type: "invalid_request_error", class: "InvalidRequest" })
        expect(error["request_id"]).toBe(answer.headers.get("x-request-id"))
      }
      expect(listOf((yield* ask("GET", "/admin/keys")).body["data"])).toEqual([])
      expect(faults).toEqual([])
    })
  )

  it.live("refuses a name that a living key has, here or in gateway.yaml", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      yield* ask("POST", "/admin/keys", { name: "a" })
      for (const name of ["a", "in-file"]) {
        const { status, body } = yield* ask("POST", "/admin/keys", { name })
        expect(status).toBe(409)
        expect(body["error"]).toMatchObject({ param: "name", code: "name_taken" })
      }
    })
  )

  it.live("reads no more than a key can need", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      const { status, body } = yield* ask("POST", "/admin/keys", { name: "x".repeat(70_000) })
      expect(status).toBe(413)
      expect(objectOf(body["error"])["message"]).toBe("The body is larger than 65536 bytes.")
    })
  )
})

describe("a key that is there", () => {
  it.live("gets another secret, by id or by name, and the one before is taken as long as is said", () =>
    Effect.gen(function* () {
      const { ask, isTaken } = yield* openPlane()
      const { body: made } = yield* ask("POST", "/admin/keys", { name: "a" })
      const usual = yield* ask("POST", `/admin/keys/${String(made["id"])}/rotate`)
      expect(usual.status).toBe(200)
      expect(Schema.is(MadeKeyView)(usual.body)).toBe(true)
      expect(usual.body["id"]).toBe(made["id"])
      expect([made, usual.body].map(({ secret }) => isTaken(secret))).toEqual([true, true])
      const [, before] = listOf(usual.body["secrets"])
      const lasts = Date.parse(String(objectOf(before)["expires_at"])) - Date.now()
      expect(lasts).toBeGreaterThan(24 * 3_600_000 - 5_000)
      expect(lasts).toBeLessThanOrEqual(24 * 3_600_000)
      const sharp = yield* ask("POST", "/admin/keys/a/rotate", { overlap: "0s" })
      expect([made, usual.body, sharp.body].map(({ secret }) => isTaken(secret))).toEqual([false, false, true])
    })
  )

  it.live("is disabled at once and for good", () =>
    Effect.gen(function* () {
      const { ask, isTaken } = yield* openPlane()
      const { body: made } = yield* ask("POST", "/admin/keys", { name: "a" })
      const disabled = yield* ask("POST", `/admin/keys/${String(made["id"])}/disable`)
      expect(disabled.status).toBe(200)
      expect(disabled.body).toMatchObject({ id: made["id"], state: "disabled" })
      expect(Schema.is(KeyView)(disabled.body)).toBe(true)
      expect(isTaken(made["secret"])).toBe(false)
      const rotated = yield* ask("POST", `/admin/keys/${String(made["id"])}/rotate`)
      expect([rotated.status, objectOf(rotated.body["error"])["code"]]).toEqual([409, "key_disabled"])
    })
  )

  it.live("is told when it is not there, with its id; and an overlap that cannot be read", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      for (const action of ["rotate", "disable"]) {
        const { status, body } = yield* ask("POST", `/admin/keys/key_missing/${action}`)
        expect(status).toBe(404)
        expect(body["error"]).toMatchObject({ class: "NotFound", param: "id" })
        expect(objectOf(body["error"])["message"]).toContain('"key_missing"')
      }
      const { status, body } = yield* ask("POST", "/admin/keys/a/rotate", { overlap: "soon" })
      expect([status, objectOf(body["error"])["param"]]).toEqual([400, "overlap"])
    })
  )
})
