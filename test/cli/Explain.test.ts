import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startGateway } from "../journey/stage/Processes.ts"
import { program } from "../Program.ts"

const environment = {
  OPENAI_API_KEY: "secret-of-openai",
  ANTHROPIC_API_KEY: "secret-of-anthropic",
  // Nothing listens there, and nothing may be sent.
  OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
  ANTHROPIC_BASE_URL: "http://127.0.0.1:9"
}

const request = {
  model: "openai/gpt-4o-mini",
  messages: [{ role: "user", content: "Hello" }],
  max_tokens: 100,
  top_k: 3,
  transforms: ["middle-out"],
  gateway: { retries: { attempts: 2, backoff_ms: 250 }, latency_threshold_ms: 1500, deadline_ms: 20_000 },
  fallbacks: ["route/spare", "openai/gpt-4.1"],
  provider: { require_parameters: false },
  fallback_config: { depth: 1 }
}

const configuration = { version: 1, routes: { spare: { targets: ["anthropic/claude-haiku-4-5"] } } }

let folder = ""

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gateway-explain-"))
  writeFileSync(join(folder, "request.json"), JSON.stringify(request))
  writeFileSync(join(folder, "gateway.yaml"), JSON.stringify(configuration))
})

afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number
  readonly out: string
  readonly problems: string
}

/** Runs the command to its end, in a folder that holds a request and a configuration. */
const explain = async (
  flags: ReadonlyArray<string>,
  { input = "", environment: more = environment }: { input?: string; environment?: Record<string, string> } = {}
): Promise<Ended> => {
  const child = Bun.spawn([program(), "explain", ...flags], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", ...more },
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe"
  })
  const [code, out, problems] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text()
  ])
  return { code, out, problems }
}

const configured = ["--config", "gateway.yaml"]

test("prints the targets in order with their timers, retries and costs, and what is left out or not read", async () => {
  const { code, out, problems } = await explain([...configured, "request.json"])
  expect([code, problems]).toEqual([0, ""])
  const lines = out.split("\n")
  expect(lines[0]).toMatch(/^ {3}target +connect +headers +content +silence +idle +total +deadline +retries +cost$/)
  expect(lines[1]).toMatch(
    /^1 {2}openai\/gpt-4o-mini +3 s +20 s +1\.5 s +20 s +30 s +- +20 s +2 after 250 ms +\$0\.0\d+$/
  )
  expect(lines[2]).toMatch(/^2 {2}anthropic\/claude-haiku-4-5 +3 s .* 2 after 250 ms +\$0\.0\d+$/)
  expect(out).toContain("1 openai/gpt-4o-mini (first)\n  asked    in OpenAiChat at /chat/completions, as a stream\n")
  expect(out).toContain("2 anthropic/claude-haiku-4-5 (fallback)\n  asked    in AnthropicMessages at /v1/messages")
  expect(out).toContain("\n  dropped  top_k\n")
  expect(out).toMatch(/\nLeft out\n +openai\/gpt-4\.1 +fallback_config\.depth is 1\n/)
  expect(out).toEndWith("\nNothing reads transforms.\n")
  expect(out).not.toContain("secret")
})

test("prints with --json what the endpoint answers, and takes the request from standard input", async () => {
  const gateway = await startGateway(environment, "--config", join(folder, "gateway.yaml"))
  const [fromFile, fromInput, answer] = await Promise.all([
    explain([...configured, "--json", "request.json"]),
    explain([...configured, "--json", "-"], { input: JSON.stringify(request) }),
    fetch(`${gateway.url}/v1/route/explain`, { method: "POST", body: JSON.stringify(request) })
  ])
  const told: unknown = await answer.json()
  await gateway.stop()
  expect(answer.status).toBe(200)
  expect<unknown>(JSON.parse(fromFile.out)).toEqual(told)
  expect<unknown>(JSON.parse(fromInput.out)).toEqual(told)
})

test("takes a model and a prompt for a quick look, without any configuration", async () => {
  const { code, out } = await explain(["--model", "sim/echo", "--prompt", "x".repeat(100_000), "--json"], {
    environment: {}
  })
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    model: "sim/echo",
    targets: [
      {
        target: "sim/echo",
        provider_request: { body: { model: "echo", messages: [{ role: "user", content: "x".repeat(100_000) }] } }
      }
    ]
  })
})

test("says of a wrong request what the endpoint would say, and ends with 1", async () => {
  const wrong = [
    [JSON.stringify({ ...request, messages: 5 }), "`messages` must be an array or null, not 5."],
    ["{", "The body is not valid JSON."],
    [
      JSON.stringify({ ...request, model: "route/none" }),
      'There is no route "route/none"; the routes are route/spare.'
    ],
    [" ".repeat(3000), "The body is larger than 2000 bytes (limits.bodyBytes in gateway.yaml)."]
  ] as const
  writeFileSync(join(folder, "small.yaml"), JSON.stringify({ ...configuration, limits: { bodyBytes: 2000 } }))
  const ended = await Promise.all(wrong.map(([input]) => explain(["--config", "small.yaml", "-"], { input })))
  expect(ended).toEqual(wrong.map(([, message]) => ({ code: 1, out: "", problems: `${message}\n` })))
})

test("says what is wrong with the command or the configuration, on a line, and ends with 1", async () => {
  writeFileSync(join(folder, "bad.yaml"), "version: 1\nprot: 3\n")
  const help = "Name a file with the request (- for standard input), or give --model and --prompt."
  const [nothing, half, both, missing, bad] = await Promise.all([
    explain(configured),
    explain([...configured, "--model", "sim/echo"]),
    explain([...configured, "--model", "sim/echo", "--prompt", "Hi", "request.json"]),
    explain([...configured, "no-such.json"]),
    explain(["--config", "bad.yaml", "request.json"])
  ])
  expect(nothing).toEqual({ code: 1, out: "", problems: `${help}\n` })
  expect(half).toEqual({ code: 1, out: "", problems: `${help}\n` })
  expect(both).toEqual({
    code: 1,
    out: "",
    problems: `There is a file and --model or --prompt beside it. ${help}\n`
  })
  expect(missing).toEqual({ code: 1, out: "", problems: "no-such.json cannot be read.\n" })
  expect([bad.code, bad.problems]).toEqual([1, `bad.yaml:2:1 prot: unknown setting; did you mean "port"?\n`])
})
