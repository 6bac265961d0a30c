import { afterAll, beforeAll, expect, test } from "bun:test"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { certificate, privateKey } from "../../net/http/Certificates.ts"
import { running } from "../../simulator/Running.ts"
import { ask, messages } from "../stage/Asking.ts"
import { root } from "../../Program.ts"
import { type Reconfigured, startReconfigured } from "../stage/Reconfigured.ts"

let simulator: Awaited<ReturnType<typeof running>>
/** A provider whose certificate nobody vouches for. */
let impostor: Bun.Server<undefined>
let asked = 0
let started: Reconfigured

beforeAll(async () => {
  simulator = await running()
  impostor = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: certificate, key: privateKey },
    fetch: () => {
      asked += 1
      return new Response()
    }
  })
  started = await startReconfigured({
    data: "data",
    keys: ["caller-key-one"],
    providers: {
      sure: { baseUrl: `${simulator.simulator.url}/v1` },
      impostor: { baseUrl: `https://127.0.0.1:${impostor.port}/v1`, key: "provider-key-one" },
      plain: { baseUrl: `https://127.0.0.1:${simulator.simulator.port}/v1`, key: "provider-key-two" }
    }
  })
})

afterAll(async () => {
  await started.stop()
  await impostor.stop(true)
  await simulator.stop()
})

const headers = { authorization: "Bearer caller-key-one" }
const once = { gateway: { retries: { attempts: 0 } }, messages }

test("a provider that cannot show who it is is not sent anything", async () => {
  for (const name of ["impostor", "plain"]) {
    const before = simulator.simulator.log.entries.length
    const { status, error, text } = await ask(started.gateway, { ...once, model: `${name}/words` }, headers)
    expect([status, error?.["code"]]).toEqual([502, "provider_unreachable"])
    // Where it is, is nobody's business but the operator's.
    for (const port of [impostor.port, simulator.simulator.port]) expect(text).not.toContain(String(port))
    expect([asked, simulator.simulator.log.entries.length]).toEqual([0, before])
  }
  expect((await ask(started.gateway, { ...once, model: "sure/words:count=1" }, headers)).status).toBe(200)
})

test("what is kept is readable by its owner alone", async () => {
  const folder = join(dirname(started.file), "data")
  const kept = [folder, ...readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name))]
  expect(kept.some((path) => path.endsWith("gateway.sqlite"))).toBe(true)
  expect(kept.some((path) => path.includes("journal"))).toBe(true)
  for (const path of kept) expect([path, statSync(path).mode & 0o077]).toEqual([path, 0])
})

test("no process is started", async () => {
  const { pid } = started.gateway.process
  const children = `/proc/${pid}/task/${pid}/children`
  // Where the system tells.
  if (process.platform === "linux") expect(readFileSync(children, "utf8").trim()).toBe("")
})

test("nothing in the program starts one, or makes code of a text", () => {
  const source = join(root, "src")
  const forbidden =
    /child_process|node:vm|worker_threads|Bun\.(?:spawn|\$|openInEditor)|\beval\(|new Function\b|import\([^")]|require\(/
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))
  expect(files.length).toBeGreaterThan(100)
  expect(forbidden.test("await import(name)")).toBe(true)
  expect(files.filter((name) => forbidden.test(readFileSync(join(source, name), "utf8")))).toEqual([])
})
