import { describe, expect, test } from "bun:test"
import { withFixed } from "../../../src/cli/reloading/FixedSettings.ts"
import { settingsFrom } from "../../config/Loading.ts"

const start = `version: 1
host: 127.0.0.1
port: 8787
admin: { keys: [admin-key-one], port: 9000 }
data: /var/kept
metrics: { port: 9464 }
`

const limited = `${start}limits: { budgetWait: 1 second, depth: 7 }\n`

describe("a process that runs keeps", () => {
  for (const [name, text, ignored] of [
    ["nothing when nothing differs", start, []],
    ["its host", start.replace("127.0.0.1", "127.0.0.2"), ["host"]],
    ["its port", start.replace("8787", "8888"), ["port"]],
    ["the way it shares its port", `${start}reusePort: true\n`, ["reusePort"]],
    ["its simulator", `${start}simulator: false\n`, ["simulator"]],
    ["its data folder", start.replace("kept", "other"), ["data"]],
    ["its data folder, when there is none any more", start.replace(/data:.*\n/, ""), ["data"]],
    ["its metrics listener's port", start.replace("9464", "9465"), ["metrics.port"]],
    ["its metrics listener, when there is none any more", start.replace(/metrics:.*\n/, ""), ["metrics.port"]],
    ["its admin listener's port", start.replace("9000", "9001"), ["admin.port"]],
    ["its admin listener's address", start.replace("9000", "9000, host: 127.0.0.3"), ["admin.host"]],
    ["its admin listener, when there is none any more", start.replace(/admin:.*\n/, ""), ["admin.port"]],
    ["its lines of requests", `${start}log: off\n`, ["log"]],
    ["the time for which it keeps idempotency keys", `${start}idempotency: { keep: 1 hour }\n`, ["idempotency.keep"]],
    ["its patience with budgets, but no other limit", limited, ["limits.budgetWait"]]
  ] as const) {
    test(name, async () => {
      const running = await settingsFrom(start)
      const next = await settingsFrom(`${text}aliases: { quick: sim/echo }\n`)
      const { settings, ignored: told } = withFixed(running, next)
      expect(told).toEqual([...ignored])
      expect(settings).toEqual({
        ...next,
        host: running.host,
        port: running.port,
        reusePort: running.reusePort,
        simulator: running.simulator,
        log: running.log,
        idempotency: running.idempotency,
        limits: { ...next.limits, budgetWaitMs: running.limits.budgetWaitMs },
        data: "/var/kept",
        metrics: { port: 9464 }
      })
    })
  }
})
