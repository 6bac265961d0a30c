import { asObject, type Fields, listOf, objectOf, textOf } from "../../../src/domain/Fields.ts"
import type { Running } from "./Processes.ts"

/** What a caller sees of an answer. */
export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The `data` of the stream's events, `[DONE]` left out; for an answer in one piece that one piece. */
  readonly chunks: ReadonlyArray<Fields>
  readonly done: boolean
  /** The error object, before or after the headers. */
  readonly error: Fields | undefined
  /** All the text of the answer's first choice. */
  readonly content: string
  readonly finish: string | undefined
  readonly comments: number
  readonly milliseconds: number
}

/** One user message, the least that a request needs. */
export const messages = [{ role: "user", content: "Hello" }]

/** Sends a body to the chat door. */
export const post = (
  gateway: Pick<Running, "url">,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal
): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal })
  })

const finishOf = (chunk: Fields): string => textOf(objectOf(listOf(chunk["choices"])[0])["finish_reason"])

const contentOf = (chunk: Fields): string => {
  const choice = objectOf(listOf(chunk["choices"])[0])
  return textOf((asObject(choice["delta"]) ?? objectOf(choice["message"]))["content"])
}

/** Reads an answer to its end. Throws on an event that is no JSON object. */
export const read = async (response: Response, startedAt = performance.now()): Promise<Seen> => {
  const text = await response.text()
  const streamed = response.headers.get("content-type")?.startsWith("text/event-stream") === true
  const lines = streamed ? text.split("\n").filter((line) => line.startsWith("data: ")) : []
  const events = streamed ? lines.map((line) => line.slice(6)).filter((data) => data !== "[DONE]") : [text]
  const chunks = events.map((data): Fields => objectOf(JSON.parse(data)))
  return {
    status: response.status,
    headers: response.headers,
    text,
    chunks,
    done: text.endsWith("data: [DONE]\n\n"),
    error: asObject(chunks.at(-1)?.["error"]),
    content: chunks.map(contentOf).join(""),
    finish: chunks.map(finishOf).find((reason) => reason !== ""),
    comments: text.split("\n").filter((line) => line.startsWith(":")).length,
    milliseconds: performance.now() - startedAt
  }
}

/** Asks and reads the answer to its end. */
export const ask = async (
  gateway: Pick<Running, "url">,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): Promise<Seen> => {
  const startedAt = performance.now()
  return read(await post(gateway, body, headers), startedAt)
}

/**
 * The first of three answers at most that comes within so many milliseconds, or the last: what takes long by itself
 * takes long each time, and a machine that is busy does not.
 */
export const quickest = async <Answer extends { readonly milliseconds: number }>(
  withinMs: number,
  asking: () => Promise<Answer>
): Promise<Answer> => {
  for (let tries = 1; ; tries++) {
    const answer = await asking()
    if (answer.milliseconds < withinMs || tries === 3) return answer
  }
}
