import { describe, expect } from "bun:test"
import { Effect } from "effect"
import { listOf, objectOf } from "../../../src/domain/Fields.ts"
import { it } from "../../effect.ts"
import { openPlane } from "./Plane.ts"

describe("the admin plane", () => {
  it.live("takes each path's own methods and names them", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      for (const [method, path, status, allow] of [
        ["POST", "/admin/config", 405, "GET"],
        ["PUT", "/admin/keys", 405, "GET, POST"],
        ["DELETE", "/admin/keys", 405, "GET, POST"],
        ["GET", "/admin/keys/a/rotate", 405, "POST"],
        ["GET", "/admin/keys/a/disable", 405, "POST"],
        ["GET", "/admin/keys/a", 404, null],
        ["GET", "/admin/nothing", 404, null],
        ["GET", "/admin/config", 200, null],
        ["GET", "/admin/targets", 200, null]
      ] as const) {
        const answer = yield* ask(method, path)
        expect([method, path, answer.status, answer.headers.get("allow")]).toEqual([method, path, status, allow])
        if (status > 400) expect(objectOf(answer.body["error"])["class"]).toBeTruthy()
      }
    })
  )

  it.live("changes nothing for whoever has no admin key, nor for a web page that has one", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      const authorization = "Bearer the-admin-key"
      for (const [headers, status] of [
        [{}, 401],
        [{ authorization: "Bearer wrong" }, 401],
        [{ authorization, origin: "https://evil.example" }, 403],
        [{ authorization, origin: "null" }, 403]
      ] as const) {
        expect((yield* ask("POST", "/admin/keys", { name: "a" }, headers)).status).toBe(status)
      }
      expect((yield* ask("GET", "/admin/keys")).body["data"]).toEqual([])
    })
  )

  it.live("takes no key that was created for callers", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      const { body } = yield* ask("POST", "/admin/keys", { name: "a" })
      const headers = { authorization: `Bearer ${String(body["secret"])}` }
      expect((yield* ask("GET", "/admin/keys", undefined, headers)).status).toBe(401)
    })
  )

  it.live("says what to set where nothing is kept", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane({ keeps: false })
      for (const [method, path] of [
        ["GET", "/admin/keys"],
        ["POST", "/admin/keys"],
        ["POST", "/admin/keys/a/rotate"],
        ["POST", "/admin/keys/a/disable"],
        ["GET", "/admin/usage"]
      ] as const) {
        const { status, body } = yield* ask(method, path)
        expect(status).toBe(404)
        expect(objectOf(body["error"])["message"]).toContain("data: FOLDER")
      }
    })
  )

  it.live("describes all of it", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      const { body } = yield* ask("GET", "/admin/openapi.json")
      const paths = objectOf(body["paths"])
      const operations = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(objectOf(methods)).map((method) => `${method.toUpperCase()} ${path}`)
      )
      expect(operations.toSorted()).toEqual([
        "GET /admin/config",
        "GET /admin/keys",
        "GET /admin/targets",
        "GET /admin/usage",
        "POST /admin/keys",
        "POST /admin/keys/{id}/disable",
        "POST /admin/keys/{id}/rotate"
      ])
      const created = objectOf(objectOf(objectOf(paths["/admin/keys"])["post"])["responses"])
      expect(Object.keys(created)).toEqual(["201", "400", "404", "409", "503"])
    })
  )
})

describe("GET /admin/usage", () => {
  it.live("tells what the ledger has, by what is asked for", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      const { status, body, headers } = yield* ask("GET", "/admin/usage?by=key&by=model,team&zone=Europe/Berlin")
      expect(status).toBe(200)
      expect(body).toMatchObject({ object: "usage", zone: "Europe/Berlin", by: ["key", "team", "model"] })
      expect(listOf(body["data"])).toEqual([])
      expect(headers.get("cache-control")).toBe("no-store")
    })
  )

  it.live("refuses what it does not know, and names it", () =>
    Effect.gen(function* () {
      const { ask } = yield* openPlane()
      for (const [query, param] of [
        ["by=colour", "by"],
        ["group=key", "group"],
        ["from=yesterday", "from"]
      ] as const) {
        const { status, body } = yield* ask("GET", `/admin/usage?${query}`)
        expect([status, objectOf(body["error"])["param"]]).toEqual([400, param])
      }
    })
  )
})
