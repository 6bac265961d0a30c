import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The interpreter that has the official packages; `.ci/run` makes one and names it. */
export const python = process.env["PYTHON"] ?? "python3"

/** The packages of clients, and what loads all of each that a program uses at first. */
const packages = {
  openai: "from openai import OpenAI\nOpenAI(api_key='none').chat.completions",
  assemblyai: "import assemblyai"
} as const

export type Package = keyof typeof packages

const has = (name: Package): boolean => {
  // Without any Python, Bun throws instead of telling a status.
  if (Bun.which(python) === null) return false
  const program = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${name}") is None)`
  return Bun.spawnSync([python, "-c", program], { stdout: "ignore", stderr: "ignore" }).success
}

/**
 * Why a Python client cannot be tried here; nothing when it can. In CI nothing is skipped: a missing package is a
 * failure there.
 */
export const missingInPython = (name: Package): string | undefined => {
  if (has(name)) return undefined
  const why = `skipped: ${python} has no package ${name}`
  if (process.env["CI"] === "true") throw new Error(`${why}; CI must have it`)
  console.log(why)
  return why
}

/** What a process needs to run at all. */
const needed = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" }

/**
 * Has a package loaded and runs one program after another, each in a process of its own: to load it takes most of the
 * time of a short program.
 */
class Nursery {
  readonly #process
  readonly #answers
  #last: Promise<unknown> = Promise.resolve()

  constructor(name: Package) {
    this.#process = Bun.spawn([python, join(import.meta.dir, "nursery.py"), packages[name]], {
      env: needed,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit"
    })
    // It ends with its standard input, and so with this process.
    this.#process.unref()
    this.#answers = this.#process.stdout.getReader()
  }

  run(program: string, environment: Readonly<Record<string, string>>): Promise<string> {
    const done = this.#last.then(() => this.#run(program, environment))
    this.#last = done.catch(() => {})
    return done
  }

  async #run(program: string, environment: Readonly<Record<string, string>>): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "llm-gateway-python-program-"))
    try {
      const [output, errors] = [join(folder, "output"), join(folder, "errors")]
      const order = { program, environment: { ...needed, ...environment }, output, errors }
      this.#process.stdin.write(`${JSON.stringify(order)}\n`)
      await this.#process.stdin.flush()
      const { value } = await this.#answers.read()
      if (value === undefined) throw new Error("Python ended.")
      if (new TextDecoder().decode(value) !== "0\n") throw new Error(readFileSync(errors, "utf8"))
      return readFileSync(output, "utf8")
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

const nurseries = new Map<Package, Nursery>()

/** Runs a Python program that uses a client and gives what it printed; throws with its errors when it fails. */
export const runPython = (
  using: Package,
  program: string,
  environment: Readonly<Record<string, string>>
): Promise<string> => {
  const nursery = nurseries.get(using) ?? new Nursery(using)
  nurseries.set(using, nursery)
  return nursery.run(program, environment)
}
