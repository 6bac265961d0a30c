import OpenAI from "openai"
import { callerRequests } from "./CallerRequest.ts"
import { call, type Received } from "./Caller.ts"
import { differences } from "../Differences.ts"
import type { Expectation, ExpectedUsage } from "../Expected.ts"
import { type GatewayProcess, startGateway } from "./GatewayProcess.ts"
import { at, numberAt, textAt } from "../Json.ts"
import type { Kind, Recording } from "../Recordings.ts"
import { startUpstream, type Upstream } from "./Upstream.ts"

/** How many replays are under way at once. */
const atOnce = 8

const noUsage: ExpectedUsage = { input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 }

/**
 * The status of each class before headers: OpenAI's own, but that trouble with the gateway's account at a provider is a
 * bad gateway.
 */
const statuses: Readonly<Record<string, number>> = {
  InvalidRequest: 400,
  ContextTooLong: 400,
  ContentRefused: 400,
  NoSuchModel: 404,
  RateLimited: 429,
  Unauthorized: 502,
  QuotaExhausted: 502,
  ServerFault: 502,
  Cut: 502,
  Overloaded: 503,
  TimedOut: 504
}

/** Rules of the catalog under which a recording's door is taken. */
const rules: Readonly<Record<Kind, string>> = {
  chat: "gpt-4",
  responses: "gpt-responses-only",
  messages: "claude-4-5",
  generate_content: "gemini-3",
  stream_generate_content: "gemini-3"
}

const known: Readonly<Record<Exclude<Kind, "chat">, string>> = {
  responses: "openai",
  messages: "anthropic",
  generate_content: "google",
  stream_generate_content: "google"
}

/** The name by which the gateway is asked for a recording. */
export const modelOf = (recording: Recording): string => `${providerOf(recording)}/${recording.id}`

/**
 * The gateway's provider for a recording: hosts that imitate OpenAI's chat are compatible servers, every other door is
 * its maker's.
 */
const providerOf = ({ kind, provider }: Recording): string => {
  if (kind !== "chat") return known[kind]
  return provider === "openai" || provider === "baseten" ? provider : `${provider}-chat`
}

const configurationOf = (recordings: ReadonlyArray<Recording>, port: number): object => {
  const address = `http://127.0.0.1:${port}`
  const compatible = new Set(recordings.map(providerOf).filter((name) => name.endsWith("-chat")))
  const listed = recordings.filter((recording) => !compatible.has(providerOf(recording)))
  return {
    version: 1,
    // A refusal is told as it is recorded; another try would only wait as long as its provider said then.
    defaults: { retries: { attempts: 0 } },
    providers: {
      openai: { key: "recorded", baseUrl: `${address}/v1` },
      anthropic: { key: "recorded", baseUrl: address },
      google: { key: "recorded", baseUrl: address },
      baseten: { key: "recorded", baseUrl: `${address}/v1` },
      ...Object.fromEntries(
        [...compatible].map((name) => [name, { key: "recorded", baseUrl: `${address}/v1`, models: "any" }])
      )
    },
    models: Object.fromEntries(
      listed.map((recording) => {
        const named = providerOf(recording) === "baseten" ? "baseten-effort" : rules[recording.kind]
        return [`${providerOf(recording)}/${recording.id}`, { rules: named }]
      })
    )
  }
}

/** What a refusal must say besides its class. */
const ofRefusal = (recording: Recording, expected: Expectation, received: Received): ReadonlyArray<string> => {
  if (expected.failure === undefined || received.failure === undefined) return []
  // A stream that had begun has its 200 already.
  const isLate = received.status === undefined && recording.status < 300 && recording.stream
  const status = statuses[expected.failure]
  const provider = numberAt(received.error, "provider", "status")
  return [
    ...(isLate || received.status === status ? [] : [`status: expected ${status}, got ${received.status}`]),
    ...(recording.status < 300 || provider === recording.status
      ? []
      : [`error.provider.status: expected ${recording.status}, got ${JSON.stringify(at(received.error, "provider"))}`])
  ]
}

/** One gateway and one upstream, through which recordings are replayed. */
export interface Replays {
  /** Everything in which what a caller gets differs from what `expected` says. */
  readonly differencesOf: (recording: Recording, expected: Expectation) => Promise<ReadonlyArray<string>>
  /** The gateway's address, for other callers; ends in `/v1`. */
  readonly baseUrl: string
  readonly stop: () => Promise<void>
}

const replay = async (
  recording: Recording,
  expected: Expectation,
  upstream: Upstream,
  client: OpenAI
): Promise<ReadonlyArray<string>> => {
  const model = modelOf(recording)
  const requests = callerRequests(recording, expected, model)
  const isAsked = (): boolean => (upstream.asked.get(recording.id) ?? 0) > 0
  let received = await call(client, requests.recorded ?? requests.plain)
  if (!isAsked() && requests.recorded !== undefined) {
    console.info(`${recording.id}: the gateway refused the recorded request: ${textAt(received.error, "message")}`)
    received = await call(client, requests.plain)
  }
  if (!isAsked()) return [`the gateway did not ask the provider: ${JSON.stringify(received.error)}`]
  // OpenAI's SDKs expect usage in every whole answer, so a provider's silence is told as zeros.
  const told = { ...received, usage: received.usage ?? noUsage }
  const isNamed = received.failure !== undefined || received.model === model
  return [
    ...differences({ ...expected, usage: expected.usage ?? noUsage }, told),
    ...ofRefusal(recording, expected, received),
    ...(isNamed ? [] : [`model: expected ${model}, got ${received.model}`])
  ]
}

/** Starts the gateway in front of an upstream that plays these recordings. */
export const startReplays = async (recordings: ReadonlyArray<Recording>): Promise<Replays> => {
  const upstream = startUpstream(new Map(recordings.map((recording) => [recording.id, recording])))
  const gateway: GatewayProcess = await startGateway(configurationOf(recordings, upstream.port))
  const client = new OpenAI({ apiKey: "caller", baseURL: gateway.baseUrl, maxRetries: 0 })
  const waiting: Array<() => void> = []
  let free = atOnce
  const turn = async (): Promise<void> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const next = (): void => {
    const first = waiting.shift()
    if (first === undefined) free++
    else first()
  }
  return {
    baseUrl: gateway.baseUrl,
    differencesOf: async (recording, expected) => {
      await turn()
      return replay(recording, expected, upstream, client).finally(next)
    },
    stop: async () => {
      await gateway.stop()
      await upstream.stop()
    }
  }
}
