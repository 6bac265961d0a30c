import type { Recording } from "../Recordings.ts"

interface Settings {
  readonly apiKey: string
  readonly baseURL: string
  readonly maxRetries: number
  readonly fetch: () => Promise<Response>
}

/** The recorded answer, as the SDK that reads it would have received it. */
export const played = (recording: Recording): Response =>
  new Response(recording.body, {
    status: recording.status,
    headers: { "content-type": recording.stream ? "text/event-stream" : "application/json" }
  })

/** A client of one of the two SDKs with the same maker, whose every request is answered by the recording. */
export const playing = <Client>(Sdk: new (settings: Settings) => Client, recording: Recording): Client =>
  new Sdk({
    apiKey: "recorded",
    baseURL: "http://recorded.invalid/v1",
    maxRetries: 0,
    fetch: () => Promise.resolve(played(recording))
  })
