import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { eventually } from "../../journey/stage/Eventually.ts"
import { ask, okay, startHttp, startServer } from "./Asking.ts"
import { authority, certificate, privateKey } from "./Certificates.ts"

const folder = mkdtempSync(join(tmpdir(), "llm-gateway-tls-"))
const authorityFile = join(folder, "authority.pem")

let http: Awaited<ReturnType<typeof startHttp>>
let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  writeFileSync(authorityFile, authority)
  http = await startHttp()
  server = await startServer(
    ({ socket }) => {
      const name = "servername" in socket ? String(socket.servername) : ""
      socket.write(okay("hello", `x-name: ${name}`))
    },
    // Also at addresses that the certificate does not name.
    { host: "0.0.0.0", tls: { key: privateKey, cert: certificate } }
  )
})

afterAll(async () => {
  await http.stop()
  server.stop()
  rmSync(folder, { recursive: true })
})

/** Asks each address twice in a process that trusts what its environment says. */
const askElsewhere = async (urls: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) => {
  const program = `
    import { ask, startHttp } from ${JSON.stringify(join(import.meta.dir, "Asking.ts"))}
    const http = await startHttp()
    const told = []
    for (const url of ${JSON.stringify(urls)}) for (const body of ["{}", "x".repeat(4_000_000)]) {
      const { fault, body: said, head } = await ask(http.post, url, { body }).over
      told.push(fault() ?? [said(), head().headers.get("x-name")])
    }
    console.log(JSON.stringify([told, http.counts()]))
    await http.stop()`
  const child = Bun.spawn(["bun", "-e", program], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdout: "pipe"
  })
  const printed: unknown = JSON.parse(await new Response(child.stdout).text())
  return printed
}

describe("a server with TLS", () => {
  test("whose certificate nobody vouches for is not sent anything", async () => {
    const told = await ask(http.post, `https://127.0.0.1:${server.port}/`).over
    expect([told.order, told.fault()]).toEqual([["fault"], { stage: "tls", code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }])
    expect(server.visitors.flatMap(({ requests }) => requests)).toEqual([])
  })

  test("that speaks no TLS is not sent anything", async () => {
    const plain = await startServer(() => {}, { whole: false })
    const told = ask(http.post, `https://127.0.0.1:${plain.port}/`)
    const visitor = await eventually(() => plain.visitors[0])
    visitor.socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    await told.over
    expect([told.order, told.fault()]).toEqual([["fault"], { stage: "tls", code: "EPROTO" }])
    plain.stop()
  })

  test("that closes in the handshake is told", async () => {
    const rude = await startServer(({ socket }) => void socket.end(), { whole: false })
    const told = await ask(http.post, `https://127.0.0.1:${rude.port}/`).over
    expect([told.order, told.fault()]).toEqual([["fault"], { stage: "tls", code: "ECONNRESET" }])
    rude.stop()
  })

  test("that is let go in the handshake is closed at once", async () => {
    const silent = await startServer(() => {}, { whole: false })
    const told = ask(http.post, `https://127.0.0.1:${silent.port}/`)
    const visitor = await eventually(() => silent.visitors[0])
    await eventually(() => visitor.socket.bytesRead > 0 || undefined)
    told.call.close()
    await eventually(() => visitor.closed || undefined)
    expect([told.order, http.counts()]).toEqual([[], { open: 0, idle: 0, inFlight: 0 }])
    silent.stop()
  })

  test("is asked once its authority is trusted, by name and by address, and its connection is kept", async () => {
    const urls = [`https://localhost:${server.port}/`, `https://127.0.0.1:${server.port}/`]
    for (const variable of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]) {
      expect(await askElsewhere(urls, { [variable]: authorityFile })).toEqual([
        [
          ["hello", "localhost"],
          ["hello", "localhost"],
          // An address is not sent as a server's name.
          ["hello", "false"],
          ["hello", "false"]
        ],
        { open: 2, idle: 2, inFlight: 0 }
      ])
    }
  }, 10_000)

  test("of another name is not sent anything, though its authority is trusted", async () => {
    const fault = { stage: "tls", code: "ERR_TLS_CERT_ALTNAME_INVALID" }
    expect(await askElsewhere([`https://127.0.0.2:${server.port}/`], { NODE_EXTRA_CA_CERTS: authorityFile })).toEqual([
      [fault, fault],
      { open: 0, idle: 0, inFlight: 0 }
    ])
  }, 10_000)
})
