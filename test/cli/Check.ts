import { configurationFile } from "../journey/stage/Configured.ts"
import { program } from "../Program.ts"

/** What `check` says of a configuration, and the status with which it ends. */
export const check = (text: string) => {
  const { file, remove } = configurationFile(text)
  const checked = Bun.spawnSync([program(), "check", "--config", file], {
    env: { PATH: process.env["PATH"] ?? "", OPENAI_API_KEY: "sk-none" }
  })
  remove()
  return {
    code: checked.exitCode,
    said: (checked.stdout.toString() + checked.stderr.toString()).replaceAll(file, "FILE")
  }
}
