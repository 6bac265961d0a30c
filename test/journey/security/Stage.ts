import { dirname, join } from "node:path"
import { objectOf, textOf } from "../../../src/domain/Fields.ts"
import { running } from "../../simulator/Running.ts"
import { ask, type Seen } from "../stage/Asking.ts"
import { configurationFile } from "../stage/Configured.ts"
import { eventually } from "../stage/Eventually.ts"
import { program, root } from "../../Program.ts"
import { type Reconfigured, startReconfigured } from "../stage/Reconfigured.ts"
import { configured } from "./Canaries.ts"
import { collector, type Listening, provider, proxy } from "./Listening.ts"
import { bytesIn, isIn, place, type Place } from "./Places.ts"

/** Where it is looked for secrets besides the servers that the gateway asks. */
const newPlaces = () => ({
  log: place(),
  metrics: place(),
  otlp: place(),
  answers: place(),
  admin: place(),
  usage: place(),
  commands: place(),
  disk: place()
})

/** A gateway with a secret wherever one can stand, in front of servers that write down all that they are sent. */
export interface Stage {
  readonly running: Reconfigured
  readonly places: ReturnType<typeof newPlaces>
  readonly listening: Readonly<Record<"openai" | "anthropic" | "gemini" | "own" | "proxy", Listening>>
  /** All that was seen, by where it was seen. */
  readonly everywhere: () => Readonly<Record<string, Place>>
  /** Asks, and keeps what is answered. */
  readonly tell: (body: unknown, headers: Readonly<Record<string, string>>) => Promise<Seen>
  /** Makes or changes a key; gives its secret, and keeps all else that is answered. */
  readonly manage: (path: string, content: object) => Promise<string>
  /** Reads a path with a key, head and body. */
  readonly get: (path: string, key: string) => Promise<string>
  /** Runs a command of the program with the same file, and keeps what it prints. */
  readonly command: (...words: ReadonlyArray<string>) => Promise<void>
  /** Keeps what is on the disk now. */
  readonly lookAtDisk: () => void
  readonly configuration: () => object
  /** Stops the gateway, and keeps what it has printed and sent. */
  readonly end: () => Promise<void>
  /** Stops the servers. */
  readonly close: () => Promise<void>
}

type Servers = Stage["listening"] & { readonly otlp: Listening }

const environmentOf = ({ openai, proxy, otlp }: Servers) => ({
  OPENAI_API_KEY: configured.openaiKey,
  OPENAI_BASE_URL: `${openai.url}/v1`,
  SECOND_KEY: configured.secondKey,
  AWS_SECRET_ACCESS_KEY: configured.unused,
  HTTPS_PROXY: `http://us:${configured.proxyPassword}@127.0.0.1:${proxy.port}`,
  OTEL_EXPORTER_OTLP_ENDPOINT: `${otlp.url}/?key=${configured.collectorQuery}`,
  OTEL_EXPORTER_OTLP_HEADERS: `api-key=${configured.collectorHeader}`,
  OTEL_BSP_SCHEDULE_DELAY: "50",
  OTEL_METRIC_EXPORT_INTERVAL: "100"
})

/** `file`: holds the key of a provider. */
const configurationOf = ({ anthropic, gemini, own }: Servers, file: string) => ({
  data: "data",
  admin: { keys: [{ name: "operator", key: configured.adminKey }] },
  keys: [
    { name: "caller", key: configured.callerKey, team: "red" },
    { name: "other", key: configured.otherKey },
    { name: "expired", key: configured.expiredKey, expires: "2024-01-01" }
  ],
  providers: {
    openai: { organization: configured.organization },
    anthropic: { baseUrl: anthropic.url, keys: [configured.anthropicKey, { name: "second", key: "${SECOND_KEY}" }] },
    google: { baseUrl: gemini.url, key: configured.geminiKey },
    own: { baseUrl: `${own.url}/v1`, key: `\${file:${file}}`, headers: { "X-Tenant": configured.header } },
    proxied: { baseUrl: "https://models.example.com/v1", key: configured.proxiedKey }
  }
})

/** Starts it. */
export const startStage = async (): Promise<Stage> => {
  const simulator = await running()
  const one = () => provider(simulator.simulator)
  const listening = { openai: one(), anthropic: one(), gemini: one(), own: one(), proxy: proxy() }
  const otlp = collector()
  const servers = { ...listening, otlp }
  const secretFile = configurationFile(configured.fromFile)
  const environment = environmentOf(servers)
  const configuration = () => configurationOf(servers, secretFile.file)
  const started = await startReconfigured(configuration(), environment)
  const { gateway, file } = started
  const places = newPlaces()

  const lookAtDisk = () => places.disk.add(bytesIn(join(dirname(file), "data")))
  return {
    running: started,
    places,
    listening,
    configuration,
    lookAtDisk,
    everywhere: () => ({
      ...places,
      ...Object.fromEntries(Object.entries(listening).map(([name, { heard }]) => [`at ${name}`, heard])),
      "at the collector": otlp.heard
    }),
    tell: async (body, headers) => {
      const seen = await ask(gateway, body, headers)
      places.answers.add(seen.text, JSON.stringify([...seen.headers]))
      return seen
    },
    manage: async (path, content) => {
      const answer = await fetch(`${gateway.url}/admin/keys${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${configured.adminKey}` },
        body: JSON.stringify(content)
      })
      const { secret, ...rest } = objectOf(await answer.json())
      places.admin.add(JSON.stringify(rest))
      return textOf(secret)
    },
    get: async (path, key) => {
      const answer = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${key}` } })
      return `${JSON.stringify([...answer.headers])}\n${await answer.text()}`
    },
    command: async (...words) => {
      const { PATH = "", HOME = "" } = process.env
      const child = Bun.spawn([program(), ...words, "--config", file], {
        cwd: root,
        env: { PATH, HOME, ...environment },
        stdout: "pipe",
        stderr: "pipe"
      })
      places.commands.add(...(await Promise.all([child.stdout.text(), child.stderr.text()])))
      if ((await child.exited) !== 0) throw new Error(places.commands.text())
    },
    end: async () => {
      await eventually(() => isIn(otlp.told.text(), "gateway.request.id") || undefined)
      await gateway.stop()
      lookAtDisk()
      places.log.add(gateway.printed())
      places.otlp.add(otlp.told.text())
    },
    close: async () => {
      started.remove()
      secretFile.remove()
      for (const server of Object.values(servers)) await server.stop()
      await simulator.stop()
    }
  }
}
