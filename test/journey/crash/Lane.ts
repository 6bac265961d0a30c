import { type Running, startProcess } from "../stage/Processes.ts"

/** A place where one gateway after another is started and killed. */
export class Lane {
  readonly #command: ReadonlyArray<string>
  #here = Promise.withResolvers<Running | undefined>()
  #running: Running | undefined

  constructor(command: ReadonlyArray<string>) {
    this.#command = command
  }

  /** The gateway that is here, or the next one; nothing when there will be none. */
  readonly gateway = (): Promise<Running | undefined> => this.#here.promise

  async start(): Promise<Running> {
    const running = await startProcess(this.#command, { PORT: "0" })
    this.#running = running
    this.#here.resolve(running)
    return running
  }

  /** Kills it, with all that is under way. */
  async kill(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    this.#here = Promise.withResolvers()
    running.process.kill("SIGKILL")
    await running.process.exited
  }

  /** Kills it for good. */
  async close(): Promise<void> {
    await this.kill()
    this.#here.resolve(undefined)
  }

  /** Starts one and kills it so many milliseconds later, when it may be reading what the last one left. */
  async killStarting(ms: number): Promise<void> {
    const child = Bun.spawn([...this.#command], {
      env: { PATH: process.env["PATH"], PORT: "0" },
      stdio: ["ignore", "ignore", "ignore"]
    })
    await Bun.sleep(ms)
    child.kill("SIGKILL")
    await child.exited
  }
}
