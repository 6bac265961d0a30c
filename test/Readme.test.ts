import { expect, test } from "bun:test"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Result } from "effect"
import { builtIn } from "../src/catalog/ModelFile.ts"
import { makeModels } from "../src/catalog/Models.ts"
import { chatAliases } from "../src/wire/openai/chat/routing/ChatAliases.ts"
import { startGateway } from "./journey/stage/Processes.ts"
import { root } from "./Program.ts"

const readme = readFileSync(join(root, "README.md"), "utf8")

const blocks = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block ?? "")

test.each(blocks)("each gateway.yaml of the README is in order", (block) => {
  const folder = mkdtempSync(join(tmpdir(), "llm-gateway-readme-"))
  writeFileSync(join(folder, "gateway.yaml"), block.replace("/run/secrets/team-a", "team-a"))
  writeFileSync(join(folder, "team-a"), "a-secret-of-team-a\n")
  const checked = Bun.spawnSync(["bun", join(root, "src/main.ts"), "check", "--config", join(folder, "gateway.yaml")], {
    env: {
      PATH: process.env["PATH"] ?? "",
      GATEWAY_KEY: "a-secret-of-ours",
      ADMIN_KEY: "a-secret-of-the-operator",
      ANTHROPIC_API_KEY: "sim-key",
      ANTHROPIC_API_KEY_2: "sim-key-2",
      OPENAI_API_KEY: "sim-key-3"
    }
  })
  rmSync(folder, { recursive: true })
  expect(checked.stderr.toString()).toBe("")
  expect(checked.stdout.toString()).toContain("is in order")
  expect(checked.exitCode).toBe(0)
})

test("every model that the README asks for is one of the catalog or the simulator", () => {
  const asked = [...readme.matchAll(/\b(?:openai|anthropic|google|baseten|sim)\/[a-z][\w.-]*\d[\w.-]*|sim\/\w+/g)].map(
    ([id]) => id
  )
  const { known } = Result.getOrThrow(
    makeModels(Result.getOrThrow(builtIn()), {
      providers: [
        ...(["openai", "anthropic"] as const).map((name) => ({ name, language: name, models: "catalog" as const })),
        { name: "google", language: "gemini", models: "catalog" },
        { name: "sim", language: "openai", models: "catalog" }
      ],
      unconfigured: [],
      aliases: [],
      overrides: new Map()
    })
  )
  expect(asked.length).toBeGreaterThan(5)
  expect(asked.filter((id) => !known.has(id))).toEqual([])
})

test("the README has every name of other products that is understood", () => {
  const lines = readme.split("\n")
  for (const { product, alias, field } of chatAliases) {
    const last = (path: string) => path.split(".").at(-1) ?? path
    const row = lines.find((line) => line.startsWith(`| ${product} |`) && line.includes(last(alias)))
    expect([alias, row?.includes(last(field)) === true]).toEqual([alias, true])
  }
})

test("the folder table of the README names every room, and nothing else", () => {
  const named = [...readme.matchAll(/^\| `([a-z]+\/|[A-Za-z]+\.ts)` \|/gm)].map(([, name]) => name ?? "")
  const there = readdirSync(join(root, "src"), { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? `${entry.name}/` : entry.name
  )
  expect(named.toSorted()).toEqual(there.toSorted())
})

test("the curl line that the gateway prints works when it is pasted", async () => {
  const gateway = await startGateway()
  const line =
    gateway
      .printed()
      .split("\n")
      .find((printed) => printed.trim().startsWith("curl")) ?? ""
  const pasted = Bun.spawnSync(["sh", "-c", line], { stderr: "ignore" })
  await gateway.stop()
  expect(pasted.stdout.toString()).toContain(`"content":"Hello`)
  expect(pasted.stdout.toString()).toEndWith("data: [DONE]\n\n")
})
