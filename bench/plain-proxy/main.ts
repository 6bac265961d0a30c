import { callerKey, modelOf, upstreamKey } from "../load/Sample.ts"
import { requestOf } from "./Checks.ts"
import { ModelSplice } from "./ModelSplice.ts"

/**
 * What the gateway's speed is compared with: a proxy written straight onto Bun, `bun bench/plain-proxy/main.ts PORT
 * UPSTREAM_URL`. It asks for a key, checks the body by hand, maps the model, has a timeout and a second try, follows
 * the caller's leaving and splices the `model` of streams; no Effect, no translation, no records, and whole answers go
 * on unread.
 */

const [port = "8001", upstream = "http://127.0.0.1:9001"] = process.argv.slice(2)

interface PlainModel {
  readonly urls: ReadonlyArray<string>
  readonly model: string
  readonly authorization: string
}

/** Before the headers of the upstream, in milliseconds. */
const timeoutMs = 60_000

const url = `${upstream}/v1/chat/completions`
const keys = new Set([`Bearer ${callerKey}`])
const models = new Map<string, PlainModel>(
  Object.values(modelOf).map((model) => [model, { urls: [url, url], model, authorization: `Bearer ${upstreamKey}` }])
)

const jsonHeaders = { "content-type": "application/json" }
const streamHeaders = { "content-type": "text/event-stream", "cache-control": "no-cache" }

const refusal = (status: number, message: string): Response =>
  new Response(JSON.stringify({ error: { message, type: "invalid_request_error" } }), { status, headers: jsonHeaders })

const streamed = (body: ReadableStream<Uint8Array>, model: string, controller: AbortController): Response => {
  const source: Bun.DirectUnderlyingSource<Uint8Array> & { readonly type: "direct" } = {
    type: "direct",
    async pull(sink) {
      const splice = new ModelSplice(model)
      const reader = body.getReader()
      try {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) break
          const text = splice.push(value)
          if (text === "") continue
          const written = sink.write(text)
          void sink.flush()
          if (typeof written !== "number") await written
        }
      } catch {
        // The stream ends short, as the upstream's did.
      } finally {
        sink.close()
      }
    },
    cancel: () => controller.abort()
  }
  return new Response(new ReadableStream(source), { headers: streamHeaders })
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const answer = async (request: Request): Promise<Response> => {
  if (!keys.has(request.headers.get("authorization") ?? "")) return refusal(401, "bad key")
  const asked = requestOf(parsed(await request.text()))
  if (typeof asked === "string") return refusal(400, asked)
  const name = asked.model
  const model = models.get(name)
  if (model === undefined) return refusal(404, "unknown model")
  asked.model = model.model
  const controller = new AbortController()
  request.signal.addEventListener("abort", () => controller.abort(), { once: true })
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  const body = JSON.stringify(asked)
  let response: Response | undefined
  for (const url of model.urls) {
    const headers = {
      "content-type": "application/json",
      authorization: model.authorization,
      "accept-encoding": "identity"
    }
    try {
      response = await fetch(url, { method: "POST", headers, body, signal: controller.signal })
    } catch {
      if (controller.signal.aborted) return refusal(499, "client closed")
      continue
    }
    if (response.status < 500) break
  }
  clearTimeout(timer)
  if (response === undefined) return refusal(502, "upstream failed")
  if (asked["stream"] === true && response.status === 200 && response.body !== null) {
    return streamed(response.body, name, controller)
  }
  return new Response(await response.bytes(), { status: response.status, headers: jsonHeaders })
}

Bun.serve({ hostname: "127.0.0.1", port: Number(port), idleTimeout: 0, fetch: answer })
