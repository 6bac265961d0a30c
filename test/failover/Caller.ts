import OpenAI, { APIError } from "openai"
import { asNumber, asText, type Fields, listOf, objectOf, textOf } from "../../src/domain/Fields.ts"
import { read } from "../journey/stage/Asking.ts"
import type { Told, ToldAttempt, ToldError } from "./Scoring.ts"

/** Everything that came over the wire, and when. */
interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly firstContentMs: number | undefined
  readonly endedMs: number
  readonly trouble: string | undefined
}

const hasContent = /"content":\s*"[^"]/

/** Reads an answer as it comes; what is not here `mostMs` after the question will not come. */
const receive = async (url: string, body: Fields, mostMs: number): Promise<Received> => {
  const startedAt = performance.now()
  const passed = (): number => performance.now() - startedAt
  const giveUp = AbortSignal.timeout(mostMs)
  let status = 0
  let headers = new Headers()
  let text = ""
  let firstContentMs: number | undefined
  let trouble: string | undefined
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: giveUp
    })
    status = response.status
    headers = response.headers
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      if (firstContentMs === undefined && hasContent.test(text)) firstContentMs = passed()
    }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    trouble = giveUp.aborted ? `no end within ${Math.round(mostMs / 1000)} s` : `the connection broke: ${words}`
  }
  return { status, headers, text, firstContentMs, endedMs: passed(), trouble }
}

/** The bytes once more, as the official SDK reads them. */
const readBySdk = async ({ status, headers, text }: Received, stream: boolean): Promise<Told["sdk"]> => {
  const client = new OpenAI({
    apiKey: "none-needed",
    baseURL: "http://127.0.0.1/v1",
    maxRetries: 0,
    fetch: async () => {
      const type = headers.get("content-type") ?? ""
      return new Response(text, { status, headers: { "content-type": type } })
    }
  })
  const ask = { model: "any", messages: [{ role: "user" as const, content: "" }] }
  let said = ""
  let finish: string | undefined
  try {
    if (stream) {
      for await (const { choices } of await client.chat.completions.create({ ...ask, stream })) {
        said += choices[0]?.delta.content ?? ""
        finish = choices[0]?.finish_reason ?? finish
      }
    } else {
      const { choices } = await client.chat.completions.create(ask)
      said = choices[0]?.message.content ?? ""
      finish = choices[0]?.finish_reason
    }
    return { text: said, finish, raised: false }
  } catch (error) {
    return { text: said, finish, raised: error instanceof APIError }
  }
}

const attemptOf = (attempt: unknown): ToldAttempt => {
  const fields = objectOf(attempt)
  return { target: textOf(fields["target"]), sentMs: asNumber(fields["sent_ms"]) }
}

const attemptsIn = (told: Fields | undefined): ReadonlyArray<ToldAttempt> | undefined => {
  const attempts = told?.["attempts"]
  return Array.isArray(attempts) ? attempts.map(attemptOf) : undefined
}

/** `param` and `code` may be null, and must be there for the SDKs. */
const errorFields = ["message", "type", "param", "code", "class", "request_id"]

const errorOf = (error: Fields): ToldError => ({
  class: textOf(error["class"]),
  message: textOf(error["message"]),
  missing: errorFields.filter((name) => error[name] === undefined)
})

const tokensOf = (usage: Fields): Told["tokens"] => {
  const input = asNumber(usage["prompt_tokens"])
  const output = asNumber(usage["completion_tokens"])
  return input === undefined || output === undefined ? undefined : { input, output }
}

const toldIn = async (received: Received, stream: boolean): Promise<Told> => {
  const { headers, firstContentMs, endedMs } = received
  // There is none where no headers came.
  const status = received.status === 0 ? 599 : received.status
  // A header that names a length or an encoding is not true of text.
  const bare = { status, headers: { "content-type": headers.get("content-type") ?? "" } }
  const seen = await read(new Response(received.text, bare))
  const counted = headers.get("x-gateway-attempts")
  const last = seen.chunks.findLast((chunk) => chunk["gateway"] !== undefined)
  const usage = seen.chunks.map((chunk) => objectOf(chunk["usage"])).findLast((one) => Object.keys(one).length > 0)
  return {
    trouble: received.trouble,
    status,
    streamed: status === 200 && stream,
    text: seen.content,
    model: asText(seen.chunks.find((chunk) => asText(chunk["model"]) !== undefined)?.["model"]),
    finish: seen.finish,
    tokens: tokensOf(objectOf(usage)),
    done: seen.done,
    error: seen.error === undefined ? undefined : errorOf(seen.error),
    attempts: attemptsIn(seen.error) ?? attemptsIn(objectOf(last?.["gateway"])),
    counted: counted === null ? undefined : Number(counted),
    firstContentMs,
    endedMs,
    sdk: await readBySdk({ ...received, status }, stream)
  }
}

/** Longest that anything is waited for beyond the time in which it should end, in milliseconds. */
const patienceMs = 10_000

/** Asks, reads to the end, and tells what a caller sees. */
export const ask = async (url: string, body: Fields, endsWithinMs: number): Promise<Told> => {
  const stream = body["stream"] === true
  const received = await receive(url, body, endsWithinMs + patienceMs)
  try {
    return await toldIn(received, stream)
  } catch {
    // Only JSON can be read any further.
    const trouble = received.trouble ?? "an event that is not JSON"
    return { ...(await toldIn({ ...received, text: "{}", trouble }, false)), trouble }
  }
}

/** The models' names of the requests that the simulator received, with what its log tells of each. */
export const logOf = async (simulator: string): Promise<ReadonlyArray<Fields>> => {
  const answer = await fetch(`${simulator}/_simulator/log`)
  return listOf(await answer.json()).map(objectOf)
}
