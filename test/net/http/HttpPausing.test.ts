import { afterAll, afterEach, beforeAll, expect, test } from "bun:test"
import { eventually } from "../../journey/stage/Eventually.ts"
import { startHttp, startServer, type Visitor } from "./Asking.ts"

let http: Awaited<ReturnType<typeof startHttp>>
let server: Awaited<ReturnType<typeof startServer>>
let answer: (visitor: Visitor, request: string) => void

beforeAll(async () => {
  http = await startHttp()
  server = await startServer((visitor, request) => answer(visitor, request))
})

afterAll(async () => {
  await http.stop()
  server.stop()
})

/** Whatever happened, nothing is counted as under way, and the server sees no connection that is not kept. */
afterEach(async () => {
  expect(http.counts().inFlight).toBe(0)
  await eventually(() => http.counts().open === http.counts().idle || undefined)
})

const ok = "HTTP/1.1 200 OK\r\n"

test("a request that is paused holds its server back, and then goes on", async () => {
  const total = 64 * 1024 * 1024
  const piece = Buffer.alloc(64 * 1024, 120)
  let poured = 0
  answer = ({ socket }) => {
    socket.write(`${ok}content-length: ${total}\r\n\r\n`)
    const pour = (): void => {
      while (poured < total) {
        poured += piece.length
        if (socket.write(piece)) continue
        socket.once("drain", pour)
        return
      }
    }
    pour()
  }
  let length = 0
  const over = Promise.withResolvers<void>()
  const call = http.post(
    { url: server.url, headers: {}, body: "" },
    {
      onConnected: () => {},
      onHead: () => call.pause(),
      onBody: (bytes) => {
        length += bytes.length
      },
      onEnd: () => over.resolve(),
      onFault: ({ code }) => over.reject(new Error(code))
    }
  )
  let before = -1
  await eventually(async () => {
    const same = poured === before && poured > 0
    before = poured
    await Bun.sleep(20)
    return same || undefined
  })
  expect(poured).toBeLessThan(32 * 1024 * 1024)
  expect(length).toBeLessThan(1024 * 1024)
  call.resume()
  await over.promise
  expect(length).toBe(total)
})
