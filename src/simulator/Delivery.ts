import type { ServerResponse } from "node:http"
import { brotliCompressSync, crc32, deflateRawSync, constants, gzipSync, zstdCompressSync } from "node:zlib"
import type { OpenEntry } from "./Log.ts"
import type { Cutting, Plan, Step } from "./plan/Plan.ts"
import { makeStamps } from "./script/Stamps.ts"

/** Unix milliseconds with a fraction. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Most that is sent without end, so that a client that never stops reading is not kept for ever: a gibibyte. */
const mostEndless = 1024 * 1024 * 1024

/** Time between the last bytes and the break of the connection. */
const breakAfterMs = 10

/**
 * Sends what a plan says on one connection. Its timer, its listeners and its place in memory go when the connection
 * does, so that closing the server's connections is all the cleaning up there is.
 */
export const deliver = (plan: Plan, response: ServerResponse, entry: OpenEntry): void => {
  const stamped = makeStamps(now)
  let timer: ReturnType<typeof setTimeout> | undefined
  let closing = false
  let stopped = false

  response.on("close", () => {
    stopped = true
    clearTimeout(timer)
    const at = now()
    if (!response.writableFinished && !closing) {
      entry.closedByPeer = at
      if (entry.outcome === "open") entry.outcome = plan.outcome
    }
    entry.endedAt = at
  })

  const after = (milliseconds: number, next: () => void): void => {
    if (stopped) return
    if (milliseconds <= 0) return next()
    timer = setTimeout(next, milliseconds)
  }

  const end = (): void => {
    entry.outcome = plan.outcome
    const socket = response.socket
    if (plan.ending === "stay") return
    if (plan.ending === "end") {
      response.end()
      return
    }
    closing = true
    // What was written is on its way only in the next turns of the loop; and a reset takes away what the client has not
    // read yet.
    after(plan.mute === true ? 0 : breakAfterMs, () => {
      if (plan.ending === "close") socket?.destroy()
      else socket?.resetAndDestroy()
    })
  }

  /** Writes, and waits for room where the client reads slower than we write. */
  const write = (data: string | Uint8Array, next: () => void): void => {
    if (data.length === 0 || response.write(data)) return next()
    response.once("drain", () => {
      if (!stopped) next()
    })
  }

  const pieces = (parts: ReadonlyArray<Uint8Array>, gapMs: number, next: () => void, at = 0): void => {
    const part = parts[at]
    if (stopped) return
    if (part === undefined) return next()
    write(part, () => {
      // A turn of the loop between writes, or they would be joined into one.
      const onward = (): void => pieces(parts, gapMs, next, at + 1)
      if (gapMs > 0) timer = setTimeout(onward, gapMs)
      else setImmediate(onward)
    })
  }

  const send = (text: string, next: () => void): void => {
    if (plan.trickleMs !== undefined) return pieces(bytesOf(text), plan.trickleMs, next)
    if (plan.cutting !== undefined) return pieces(cutUp(text, plan.cutting), 0, next)
    write(text, next)
  }

  const endless = (text: string, sent: number): void => {
    if (stopped || sent > mostEndless) return
    write(text, () => after(1, () => endless(text, sent + text.length)))
  }

  const run = (at: number): void => {
    const step = plan.steps[at]
    if (step === undefined) {
      if (plan.endless !== undefined) return endless(plan.endless, 0)
      return end()
    }
    after(step.afterMs, () => {
      const { text, pieces, next } = joined(plan.steps, at)
      if (pieces > 0) {
        entry.firstContentAt ??= now()
        entry.piecesSent += pieces
      }
      send(stamped(text), () => run(next))
    })
  }

  const begin = (): void => {
    if (plan.mute === true) return end()
    entry.status = plan.status
    const atOnce = plan.steps.every((step) => step.afterMs === 0) && plan.endless === undefined
    if (plan.encoding !== undefined) {
      const text = stamped(plan.steps.map((step) => step.text).join(""))
      response.writeHead(plan.status, { ...plan.headers, "content-encoding": plan.encoding.replace("-bomb", "") })
      entry.piecesSent = plan.steps.reduce((sum, step) => sum + step.pieces, 0)
      entry.firstContentAt = now()
      return write(compressed(text, plan.encoding), end)
    }
    if (plan.lengthLie !== undefined) {
      const length = plan.steps.reduce((sum, step) => sum + Buffer.byteLength(step.text), 0)
      response.writeHead(plan.status, { ...plan.headers, "content-length": Math.ceil(length * plan.lengthLie) || 64 })
    } else if (atOnce && plan.ending === "end" && plan.cutting === undefined && plan.trickleMs === undefined) {
      return sendAtOnce(plan, response, entry, stamped)
    } else {
      response.writeHead(plan.status, plan.headers)
      response.flushHeaders()
    }
    run(0)
  }

  after(plan.headersAfterMs, begin)
}

/** The usual answer: one write. A stream has no length, as providers' have none. */
const sendAtOnce = (
  plan: Plan,
  response: ServerResponse,
  entry: OpenEntry,
  stamped: (text: string) => string
): void => {
  const { text, pieces } = joined(plan.steps, 0)
  const body = stamped(text)
  const isStream = plan.headers["content-type"]?.includes("event-stream") === true
  response.writeHead(
    plan.status,
    isStream ? plan.headers : { ...plan.headers, "content-length": Buffer.byteLength(body) }
  )
  if (pieces > 0) entry.firstContentAt = now()
  entry.piecesSent = pieces
  entry.outcome = plan.outcome
  response.end(body)
}

/** A step with all that follow it without delay. */
const joined = (steps: ReadonlyArray<Step>, from: number): { text: string; pieces: number; next: number } => {
  const first = steps[from]
  let text = first?.text ?? ""
  let pieces = first?.pieces ?? 0
  let next = from + 1
  for (let step = steps[next]; step !== undefined && step.afterMs === 0; step = steps[next]) {
    text += step.text
    pieces += step.pieces
    next += 1
  }
  return { text, pieces, next }
}

const bytesOf = (text: string): ReadonlyArray<Uint8Array> => {
  const bytes = Buffer.from(text)
  return Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1))
}

const cutUp = (text: string, cutting: Cutting): ReadonlyArray<Uint8Array> => {
  if (cutting === "one-byte") return bytesOf(text)
  const bytes = Buffer.from(text)
  const parts: Array<Uint8Array> = []
  let from = 0
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    // 10xxxxxx continues a character; a line feed after a carriage return ends a line.
    const inside = cutting === "split-utf8" ? (byte & 0xc0) === 0x80 : byte === 10 && bytes[at - 1] === 13
    if (!inside) continue
    parts.push(bytes.subarray(from, at))
    from = at
  }
  parts.push(bytes.subarray(from))
  return parts
}

const compressed = (text: string, encoding: NonNullable<Plan["encoding"]>): Uint8Array => {
  switch (encoding) {
    case "gzip":
      return gzipSync(text)
    case "br":
      return brotliCompressSync(text)
    case "zstd":
      return zstdCompressSync(text)
    case "gzip-bomb":
      return bomb()
  }
}

/** Mebibytes of blanks in the bomb. */
const bombSize = 256

/**
 * One block of a mebibyte of blanks, flushed so that it stands alone, repeated: a quarter of a megabyte that unpacks to
 * 256, without ever having 256 here.
 */
const bomb = (): Uint8Array => {
  const blanks = Buffer.alloc(1024 * 1024, 32)
  const block = deflateRawSync(blanks, { finishFlush: constants.Z_FULL_FLUSH })
  let checksum = 0
  for (let at = 0; at < bombSize; at++) checksum = crc32(blanks, checksum)
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
  // An empty last block, then checksum and length.
  const tail = Buffer.alloc(10)
  tail.set([3, 0])
  tail.writeUInt32LE(checksum, 2)
  tail.writeUInt32LE(bombSize * blanks.length, 6)
  return Buffer.concat([head, ...Array.from({ length: bombSize }, () => block), tail])
}
