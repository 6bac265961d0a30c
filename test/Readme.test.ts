import { expect, test } from "bun:test"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root, startGateway } from "./journey/Processes.ts"

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
