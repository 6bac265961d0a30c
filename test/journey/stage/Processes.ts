import { program, root } from "../../Program.ts"

/** A program of ours that runs as a process of its own. */
export interface Running {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">
  /** What it has printed so far. */
  readonly printed: () => string
  readonly stop: () => Promise<number>
}

/** No key of the machine that runs the tests may reach a test. */
const cleanEnvironment = (): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const name of ["PATH", "HOME", "TMPDIR", "LANG"]) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

/** Starts a command and waits until it prints the address that it listens on. */
export const startProcess = async (
  command: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {},
  folder: string = root
): Promise<Running> => {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: { ...cleanEnvironment(), ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe"
  })
  let text = ""
  const listening = Promise.withResolvers<string>()
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true })
      const url = /listens on (http:\/\/\S+?)(?:\/v1)?\s/.exec(text)?.[1]
      if (url !== undefined) listening.resolve(url)
    }
  }
  void read(child.stdout)
  void read(child.stderr)
  void child.exited.then((code) => listening.reject(new Error(`ended with ${code} before it listened:\n${text}`)))
  const url = await listening.promise
  return {
    url,
    process: child,
    printed: () => text,
    stop: async () => {
      // As a person stops it: a supervisor's SIGTERM waits for load balancers.
      child.kill("SIGINT")
      return child.exited
    }
  }
}

/** The gateway, on a free port. */
export const startGateway = (environment: Readonly<Record<string, string>> = {}, ...flags: ReadonlyArray<string>) =>
  startProcess([program(), ...flags], { PORT: "0", ...environment })

/** The simulator, on a free port. */
export const startSimulator = () => startProcess([program(), "simulate", "--port", "0"])

/** The environment of a gateway whose four providers are all the simulator. */
export const providersAt = (simulator: string): Readonly<Record<string, string>> => ({
  OPENAI_API_KEY: "sim-openai-key",
  OPENAI_BASE_URL: `${simulator}/v1`,
  ANTHROPIC_API_KEY: "sim-anthropic-key",
  ANTHROPIC_BASE_URL: simulator,
  GEMINI_API_KEY: "sim-gemini-key",
  GEMINI_BASE_URL: simulator,
  BASETEN_API_KEY: "sim-baseten-key",
  BASETEN_BASE_URL: `${simulator}/v1`
})
