import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

/** The project's folder, wherever the tests are started. */
export const root = join(import.meta.dir, "..")

const readPackage = (): { readonly scripts: { readonly build: string } } =>
  JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

/**
 * Builds the single binary as `bun run build` does but for its source maps, to a file of its own. Throws what the
 * builder says when it fails.
 */
export const buildTo = (file: string): void => {
  const { build } = readPackage().scripts
  const command = build.replace(" --sourcemap ", " ").replace(" src/", ` ${root}/src/`).split(" ").slice(0, -1)
  // What the builder leaves when it is killed lies beside the file, not in the project.
  const built = Bun.spawnSync([...command, file], { cwd: dirname(file), stdout: "ignore", stderr: "pipe" })
  if (!built.success) throw new Error(built.stderr.toString())
}

/** What the binary is made of, as it is now. */
const sourceHash = (): string => {
  const files = [...new Bun.Glob("src/**/*").scanSync({ cwd: root }), "package.json", "bun.lock"].sort()
  const states = files.map((file) => {
    const { mtimeMs, size } = statSync(join(root, file))
    return `${file} ${mtimeMs} ${size}`
  })
  return Bun.hash(states.join("\n")).toString(16)
}

/** Milliseconds after which whoever was to build it is taken for dead. */
const patienceMs = 30_000

/** Whether this process is the one that makes the folder. */
const isFirstIn = (folder: string): boolean => {
  try {
    mkdirSync(folder)
    return true
  } catch {
    return false
  }
}

/**
 * The command of the gateway as it is deployed, built from the source as it is now: it starts in a third of the
 * processor time that the source takes, and the tests start it some two hundred times. Built once for all processes
 * that run tests.
 */
export const program = (): string => {
  const folder = join(root, "node_modules", ".cache", "llm-gateway")
  const hash = sourceHash()
  const file = join(folder, hash)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  let making = `${file}-making`
  if (!isFirstIn(making)) {
    const until = performance.now() + patienceMs
    while (existsSync(making) && performance.now() < until) Bun.sleepSync(20)
    if (existsSync(file)) return file
    making = mkdtempSync(`${file}-`)
  }
  // Programs of other sources, and what was left of their making.
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(hash)) rmSync(join(folder, name), { recursive: true, force: true })
  }
  try {
    // Only whole ones take the name.
    const made = join(making, "program")
    buildTo(made)
    renameSync(made, file)
    return file
  } finally {
    rmSync(making, { recursive: true })
  }
}
