import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { Data, Effect, Result, type Scope } from "effect"
import { asText } from "../domain/Fields.ts"
import { Counters } from "./Counters.ts"
import { deliver, now } from "./Delivery.ts"
import { decide } from "./Desk.ts"
import { keptBody, Log, type LogEntry, type OpenEntry, redacted, redactedPath } from "./Log.ts"
import { modelList } from "./ModelList.ts"
import { type Route, route } from "./Routes.ts"
import { options, problems, scripts } from "./Vocabulary.ts"

/** The simulator could not listen. */
export class SimulatorError extends Data.TaggedError("SimulatorError")<{ readonly message: string }> {}

/** What the simulator received, in process; the same is served at `/_simulator/log`. */
export interface SimulatorLog {
  readonly entries: ReadonlyArray<LogEntry>
  /** Forgets the entries, and how often each model name was asked for. */
  readonly clear: () => void
}

/** A simulator that listens. */
export interface Simulator {
  readonly port: number
  /** `http://127.0.0.1:PORT`, to which `/v1` belongs for OpenAI and Baseten, and nothing for Anthropic and Google. */
  readonly url: string
  readonly log: SimulatorLog
}

/** Where the simulator listens. */
export interface SimulatorOptions {
  /** 127.0.0.1 unless said. */
  readonly hostname?: string
  /** 0 picks one. */
  readonly port: number
  /**
   * Whether anyone who reaches the port may read what others sent (`/_simulator/log`); not so when it stands inside a
   * gateway that asks for keys. Yes unless said.
   */
  readonly showsLog?: boolean
}

/** Largest body that is taken, in bytes: more than any provider takes. */
const maxBodyBytes = 128 * 1024 * 1024

/**
 * Starts a provider of its own on a real socket: OpenAI's chat completions and responses, Anthropic's messages and
 * Google's generateContent, answered from one script by the model's name, which can also ask for any misbehaviour
 * (`Behaviour.ts` says how names are read). When the scope closes, so do the server, all its connections and thereby
 * their timers.
 */
export const start = (options: SimulatorOptions): Effect.Effect<Simulator, SimulatorError, Scope.Scope> =>
  Effect.map(Effect.acquireRelease(listen(options), close), ({ server, log }) => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : options.port
    const hostname = options.hostname ?? "127.0.0.1"
    return { port, url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`, log }
  })

interface Listening {
  readonly server: Server
  readonly log: SimulatorLog
}

const listen = ({
  hostname = "127.0.0.1",
  port,
  showsLog = true
}: SimulatorOptions): Effect.Effect<Listening, SimulatorError> =>
  Effect.callback((resume) => {
    const log = new Log()
    const counters = new Counters()
    const clear = (): void => {
      log.clear()
      counters.clear()
    }
    const server = createServer((request, response) =>
      receive(request, response, log, counters, showsLog ? clear : undefined)
    )
    // Silence, for as long as it is asked for, is one of the things simulated.
    server.keepAliveTimeout = 0
    server.requestTimeout = 0
    server.setTimeout(0)
    server.once("error", (error) => {
      const message = `The simulator cannot listen on ${hostname}:${port}: ${error.message}`
      resume(Effect.fail(new SimulatorError({ message })))
    })
    server.listen(port, hostname, () => {
      const shown: SimulatorLog = {
        get entries() {
          return log.entries
        },
        clear
      }
      resume(Effect.succeed({ server, log: shown }))
    })
  })

const close = ({ server }: Listening): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const entriesOf = ({ entries }: Log, model: string): ReadonlyArray<LogEntry> =>
  model === "" ? entries : entries.filter((entry) => entry.model.includes(model))

/** An entry as JSON; without its body where that is nested deeper than the stack. */
const entryText = (entry: LogEntry): string =>
  Result.getOrElse(
    Result.try(() => JSON.stringify(entry)),
    () => JSON.stringify({ ...entry, body: "<nested too deeply>" })
  )

const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  sendText(response, status, JSON.stringify(body))

const sendText = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
  response.end(text)
}

const headerOf = (request: IncomingMessage, name: string): string | undefined => asText(request.headers[name])

const receive = (
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
  counters: Counters,
  clear: (() => void) | undefined
): void => {
  const address = request.url ?? "/"
  const isAnthropic = headerOf(request, "anthropic-version") !== undefined
  const asked = route(request.method ?? "GET", address, isAnthropic)
  const way: Route =
    clear === undefined && (asked.kind === "log" || asked.kind === "clear") ? { kind: "unknown" } : asked
  switch (way.kind) {
    case "answer":
      return answer(way, request, response, log, counters)
    case "models":
      return sendJson(response, 200, modelList(way.form))
    case "log":
      return sendText(response, 200, `[${entriesOf(log, way.model).map(entryText).join(",")}]`)
    case "clear":
      clear?.()
      return sendJson(response, 200, { cleared: true })
    case "vocabulary":
      return sendJson(response, 200, { scripts, options, problems })
    case "unknown":
      return sendJson(response, 404, {
        error: {
          message:
            "The simulator answers POST /v1/chat/completions, /v1/responses, /v1/messages and /v1beta/models/{model}:generateContent, and GET /v1/models, /_simulator/log and /_simulator/models.",
          type: "invalid_request_error",
          param: null,
          code: "unknown_url"
        }
      })
  }
}

const answer = (
  way: Extract<Route, { kind: "answer" }>,
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
  counters: Counters
): void => {
  const chunks: Array<Buffer> = []
  let length = 0
  const at = now()
  request.on("data", (chunk: Buffer) => {
    length += chunk.length
    if (length > maxBodyBytes) request.destroy()
    else chunks.push(chunk)
  })
  request.on("end", () => {
    const number = log.nextId()
    const text = Buffer.concat(chunks).toString()
    const { model, body, plan } = decide(
      {
        route: way,
        text,
        header: (name) => headerOf(request, name),
        id: `sim${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}`,
        at
      },
      counters
    )
    const entry: OpenEntry = {
      id: number,
      at,
      language: way.language.name,
      path: redactedPath(request.url ?? "/"),
      model,
      headers: redacted(request.headers),
      body: keptBody(text, body),
      status: 0,
      outcome: "open",
      piecesSent: 0
    }
    log.add(entry, text.length)
    deliver(plan, response, entry)
  })
}
