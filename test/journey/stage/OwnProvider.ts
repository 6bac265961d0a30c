const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

/** A provider of the test's own, which writes down the keys that it is sent. */
export interface OwnProvider {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** The `authorization` of each request, in their order. */
  readonly keys: ReadonlyArray<string>
  /** Lets the streams of the model `held` go on to their end, now and from now on. */
  readonly release: () => void
  readonly stop: () => Promise<void>
}

/**
 * Starts one. The model `held` streams a word and then waits for `release`; `broken` answers 503; any other answers at
 * once.
 */
export const startOwnProvider = (): OwnProvider => {
  const keys: Array<string> = []
  const released = Promise.withResolvers<void>()
  const answer = (body: string): Response => {
    if (body.includes(`"model":"broken"`)) return Response.json({ error: { message: "no room" } }, { status: 503 })
    if (body.includes(`"stream":true`)) {
      const words = async function* () {
        yield chunk({ role: "assistant", content: "Hello" }, null)
        if (body.includes(`"model":"held"`)) await released.promise
        yield `${chunk({ content: " again" }, null)}${chunk({}, "stop")}data: [DONE]\n\n`
      }
      return new Response(words(), { headers: { "content-type": "text/event-stream" } })
    }
    const message = { role: "assistant", content: "Hello" }
    const choices = [{ index: 0, message, finish_reason: "stop" }]
    return Response.json({ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m", choices })
  }
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      keys.push(request.headers.get("authorization") ?? "")
      return answer(await request.text())
    }
  })
  return {
    baseUrl: `http://127.0.0.1:${server.port}/v1`,
    keys,
    release: () => released.resolve(),
    stop: () => server.stop(true)
  }
}
