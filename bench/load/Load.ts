import { headOf, joined, lastChunk } from "./HttpBytes.ts"
import { type AnswerKind, callerKey, modelOf, requestBody } from "./Sample.ts"

/** One run of the load: so many callers, each asking again as soon as it is answered. */
export interface LoadOrder {
  readonly port: number
  readonly kind: AnswerKind
  readonly callers: number
  /** How long the callers go on asking. */
  readonly milliseconds: number
  /** Each request names two fallbacks. */
  readonly fallbacks?: boolean
}

/** What a run gave. Latencies are microseconds. */
export interface LoadResult {
  readonly answers: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** Of streams: until the first byte of the first event. */
  readonly firstP50: number
}

const requestOf = ({ port, kind, fallbacks }: LoadOrder): Buffer => {
  const body = requestBody(kind, fallbacks === true ? { fallbacks: [modelOf.paced, "gpt-4o-mini"] } : {})
  return Buffer.from(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${callerKey}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}

/** The answer as far as it came. */
interface Answer {
  bytes: Buffer | undefined
  askedAt: number
  firstAt: number
  /** This caller asks no more, so its connection may close. */
  done: boolean
}

const noAnswer = (): Answer => ({ bytes: undefined, askedAt: 0, firstAt: 0, done: false })

const lastChunkBytes = Buffer.from(lastChunk)

/**
 * Whether an answer is whole; throws when it is not what was asked for, because a fast wrong answer is no measurement.
 */
const isWhole = (bytes: Buffer, kind: AnswerKind): boolean => {
  const head = headOf(bytes)
  if (head === undefined) return false
  if (!head.text.startsWith("HTTP/1.1 200 ")) throw new Error(`Not an answer: ${bytes.toString()}`)
  const whole =
    head.length === undefined
      ? bytes.subarray(-lastChunkBytes.length).equals(lastChunkBytes)
      : bytes.length >= head.bodyAt + head.length
  if (!whole) return false
  const mark = kind === "json" ? '"finish_reason":"stop"' : "data: [DONE]"
  if (bytes.indexOf(mark) < 0) throw new Error(`An answer without its end: ${bytes.toString()}`)
  return true
}

const percentile = (sorted: Float64Array, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

const sortedMicroseconds = (milliseconds: ReadonlyArray<number>): Float64Array =>
  Float64Array.from(milliseconds, (each) => each * 1000).sort()

/** Runs a closed loop over raw sockets: fetch would cost the load as much as it costs what is measured. */
export const runLoad = async (order: LoadOrder): Promise<LoadResult> => {
  const request = requestOf(order)
  const { kind } = order
  const latencies: Array<number> = []
  const firsts: Array<number> = []
  const startedAt = performance.now()
  let endedAt = startedAt
  let active = order.callers
  const over = Promise.withResolvers<void>()

  const ask = (socket: Bun.Socket<Answer>): void => {
    const now = performance.now()
    if (now - startedAt >= order.milliseconds) {
      socket.data.done = true
      socket.end()
      active--
      if (active === 0) over.resolve()
      return
    }
    socket.data.bytes = undefined
    socket.data.askedAt = now
    socket.data.firstAt = 0
    const written = socket.write(request)
    if (written !== request.length) over.reject(new Error("A request did not fit into the socket's buffer."))
  }

  const take = (socket: Bun.Socket<Answer>, piece: Buffer): void => {
    const bytes = joined(socket.data.bytes, piece)
    socket.data.bytes = bytes
    if (socket.data.firstAt === 0 && kind !== "json" && bytes.indexOf("data: ") >= 0) {
      socket.data.firstAt = performance.now()
    }
    if (!isWhole(bytes, kind)) return
    endedAt = performance.now()
    latencies.push(endedAt - socket.data.askedAt)
    if (kind !== "json") firsts.push(socket.data.firstAt - socket.data.askedAt)
    ask(socket)
  }

  const connect = () =>
    Bun.connect<Answer>({
      hostname: "127.0.0.1",
      port: order.port,
      data: noAnswer(),
      socket: {
        open(socket) {
          socket.data = noAnswer()
          socket.setNoDelay(true)
          ask(socket)
        },
        data(socket, piece) {
          try {
            take(socket, piece)
          } catch (error) {
            over.reject(error)
          }
        },
        close(socket) {
          if (!socket.data.done) over.reject(new Error("A connection was closed before the run was over."))
        },
        error(_, error) {
          over.reject(error)
        }
      }
    })
  await Promise.all([...Array.from({ length: order.callers }, connect), over.promise])
  const sorted = sortedMicroseconds(latencies)
  return {
    answers: latencies.length,
    seconds: (endedAt - startedAt) / 1000,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    firstP50: percentile(sortedMicroseconds(firsts), 0.5)
  }
}
