import { expect, describe, test } from "bun:test"
import { configurationFile } from "../stage/Configured.ts"
import { root } from "../../Program.ts"

interface Ended {
  readonly code: number
  readonly printed: string
}

/** Runs the program until it ends by itself; one that starts instead is stopped, and shows in the code. */
const run = async (environment: Readonly<Record<string, string>>, ...flags: ReadonlyArray<string>): Promise<Ended> => {
  const child = Bun.spawn(["bun", "src/main.ts", ...flags], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe"
  })
  const timer = setTimeout(() => child.kill("SIGKILL"), 4000)
  const [code, out, problems] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text()
  ])
  clearTimeout(timer)
  return { code, printed: out + problems }
}

const withFile = async (text: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> => {
  const { file, remove } = configurationFile(text)
  try {
    const { code, printed } = await run({ PORT: "0", ...environment }, "--config", file)
    return { code, printed: printed.replaceAll(file, "gateway.yaml") }
  } finally {
    remove()
  }
}

/** Lines that a person can act on: no stack, no object, no colour. */
const expectReadable = ({ code, printed }: Ended, lines: number): void => {
  expect(code).toBe(1)
  expect(printed.trimEnd().split("\n")).toHaveLength(lines)
  expect(printed).not.toMatch(/\n\s+at |node_modules|\[object|Error:/)
  expect(printed).not.toContain("\u001b")
}

describe("a gateway that cannot start says why, on a line, and ends with 1", () => {
  test("when its port is taken", async () => {
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("other") })
    try {
      const ended = await run({ PORT: String(other.port) })
      expectReadable(ended, 1)
      expect(ended.printed).toContain(`cannot listen on 127.0.0.1:${other.port}: another program listens there`)
    } finally {
      await other.stop(true)
    }
  })

  for (const host of ["0.0.0.0", "gateway.example.com"]) {
    test(`when it would listen on ${host} without keys`, async () => {
      const ended = await run({ HOST: host, PORT: "0" })
      expectReadable(ended, 1)
      expect(ended.printed).toContain(`does not listen on ${host} without keys of its own`)
      expect(ended.printed).toContain("HOST=127.0.0.1")
      expect(ended.printed).toContain("keys:")
    })
  }

  test("when its address is not this machine's", async () => {
    const ended = await withFile(`version: 1\nkeys: [gateway-key-one]\n`, { HOST: "203.0.113.7" })
    expectReadable(ended, 1)
    expect(ended.printed).toContain("cannot listen on 203.0.113.7:0: this machine has no such address")
  })

  test("when its file has mistakes, each with its place", async () => {
    const ended = await withFile(
      `version: 1\nprot: 3\ntimeouts:\n  drain: 3\nkeys: [short]\nproviders:\n  openai: { kye: x }\n`
    )
    expectReadable(ended, 4)
    const lines = ended.printed.trimEnd().split("\n")
    expect(lines[0]).toBe(`gateway.yaml:2:1 prot: unknown setting; did you mean "port"?`)
    expect(lines[1]).toStartWith(`gateway.yaml:4:10 timeouts.drain: must be a duration`)
    expect(lines[2]).toStartWith(`gateway.yaml:5:8 keys[0]: is shorter than 8 characters`)
    expect(lines[3]).toStartWith(`gateway.yaml:7:13 providers.openai.kye: unknown setting; did you mean "key"?`)
  })

  for (const [name, text, message] of [
    ["is no YAML", "version: 1\nkeys: [", /^gateway\.yaml:\d+:\d+: [^\n]+\n$/],
    [
      "names a variable that is not set",
      "version: 1\nkeys: ['${NO_SUCH_VARIABLE}']\n",
      /^gateway\.yaml:2:\d+ keys\[0\]: .*NO_SUCH_VARIABLE/
    ]
  ] as const) {
    test(`when its file ${name}`, async () => {
      const ended = await withFile(text)
      expect(ended.code).toBe(1)
      expect(ended.printed).toMatch(message)
      expect(ended.printed).not.toMatch(/\n\s+at |node_modules/)
    })
  }

  test("when there is no such file", async () => {
    const ended = await run({ PORT: "0" }, "--config", "no-such.yaml")
    expectReadable(ended, 1)
    expect(ended.printed).toContain("no-such.yaml: the file does not exist")
  })

  test("when PORT is no port", async () => {
    const ended = await run({ PORT: "http" })
    expectReadable(ended, 1)
    expect(ended.printed).toContain("PORT: must be a whole number from 0 to 65535")
  })
})
