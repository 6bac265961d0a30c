import { describe, expect, test } from "bun:test"
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync
} from "node:zlib"
import { isPacking, unpack } from "../../src/net/Unpacking.ts"

interface Unpacked {
  readonly text: string
  readonly end: "end" | "cut" | "broken"
}

const unpacked = (coding: string, pieces: ReadonlyArray<Buffer>): Promise<Unpacked> =>
  new Promise((done) => {
    const parts: Array<Buffer> = []
    const finish = (end: Unpacked["end"]): void => done({ text: Buffer.concat(parts).toString(), end })
    const unpacking = unpack(coding, {
      onBytes: (bytes) => void parts.push(bytes),
      onRoom: () => {},
      onEnd: () => finish("end"),
      onFault: finish
    })
    for (const piece of pieces) unpacking.push(piece)
    unpacking.end()
  })

const inPieces = (bytes: Buffer, length: number): ReadonlyArray<Buffer> =>
  Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) => bytes.subarray(at * length, (at + 1) * length))

const text = JSON.stringify(Array.from({ length: 500 }, (_, at) => ({ at, root: Math.sqrt(at), naïve: "é" })))

const packers = [
  ["gzip", "gzip", gzipSync],
  ["gzip", "x-gzip", gzipSync],
  ["gzip in capitals", "GZIP", gzipSync],
  ["deflate", "deflate", deflateSync],
  ["deflate without zlib's bytes", "deflate", deflateRawSync],
  ["br", "br", brotliCompressSync],
  ["zstd", "zstd", zstdCompressSync]
] as const

describe("a packed body is unpacked", () => {
  for (const [name, coding, pack] of packers) {
    const packed = Buffer.from(pack(text))
    test(name, async () => {
      expect(isPacking(coding)).toBe(true)
      expect(await unpacked(coding, [packed])).toEqual({ text, end: "end" })
      expect(await unpacked(coding, inPieces(packed, 1))).toEqual({ text, end: "end" })
    })

    test(`${name}: what was cut is never whole`, async () => {
      const { text: cut, end } = await unpacked(coding, [packed.subarray(0, packed.length / 2)])
      // Node's zstd does not tell it; the text is short all the same.
      expect(end === "cut" || (coding === "zstd" && cut.length < text.length)).toBe(true)
    })

    test(`${name}: other bytes are no such body`, async () => {
      expect(await unpacked(coding, [Buffer.from("hello, this is plain")])).toMatchObject({ end: "broken" })
    })

    test(`${name}: nothing is nothing`, async () => {
      expect(await unpacked(coding, [])).toEqual({ text: "", end: "end" })
    })
  }

  test("only when it is known how", () => {
    for (const coding of ["compress", "gzip, br", "identity", "", "constructor", "aws-chunked"]) {
      expect([coding, isPacking(coding)]).toEqual([coding, false])
    }
  })
})

describe("an event leaves as soon as its bytes are here", () => {
  for (const [coding, packer, flush] of [
    ["gzip", createGzip(), constants.Z_SYNC_FLUSH],
    ["deflate", createDeflate(), constants.Z_SYNC_FLUSH],
    ["br", createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
    ["zstd", createZstdCompress(), constants.ZSTD_e_flush]
  ] as const) {
    test(coding, async () => {
      let next = Promise.withResolvers<string>()
      const unpacking = unpack(coding, {
        onBytes: (bytes) => next.resolve(bytes.toString()),
        onRoom: () => {},
        onEnd: () => next.resolve("end"),
        onFault: (fault) => next.resolve(fault)
      })
      packer.on("data", (bytes: Buffer) => void unpacking.push(bytes))
      for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
        packer.write(event)
        packer.flush(flush)
        expect(await next.promise).toBe(event)
        next = Promise.withResolvers()
      }
      packer.end()
      await new Promise((done) => packer.once("end", done))
      unpacking.end()
      expect(await next.promise).toBe("end")
    })
  }
})

test("one that is paused takes no more than its share, and goes on where it stopped", async () => {
  const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024, 120))
  let length = 0
  const ended = Promise.withResolvers<void>()
  const unpacking = unpack("gzip", {
    onBytes: (bytes) => {
      length += bytes.length
      if (length < 200_000) unpacking.pause()
    },
    onRoom: () => {},
    onEnd: () => ended.resolve(),
    onFault: (fault) => ended.reject(new Error(fault))
  })
  unpacking.push(packed)
  unpacking.end()
  await Bun.sleep(20)
  expect(length).toBeLessThan(1024 * 1024)
  unpacking.resume()
  const more = setInterval(() => unpacking.resume(), 1)
  await ended.promise
  clearInterval(more)
  expect(length).toBe(64 * 1024 * 1024)
})

test("one that is closed tells nothing more", async () => {
  const seen: Array<string> = []
  const unpacking = unpack("gzip", {
    onBytes: () => {
      seen.push("bytes")
      unpacking.close()
    },
    onRoom: () => void seen.push("room"),
    onEnd: () => void seen.push("end"),
    onFault: () => void seen.push("fault")
  })
  unpacking.push(gzipSync(Buffer.alloc(4 * 1024 * 1024)))
  unpacking.end()
  await Bun.sleep(20)
  expect(seen).toEqual(["bytes"])
})
