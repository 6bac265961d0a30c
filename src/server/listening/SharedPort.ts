import { dlopen, ptr } from "bun:ffi"
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs"

/**
 * A way out of a port that several processes listen on. The kernel deals new connections out to all of them, knows
 * nothing of `/readyz`, and resets those that wait for a listener when it is closed. So new ones are turned away first:
 * their callers' kernels knock again after a second, when only the others are left.
 */
export interface WayOut {
  /** From now on no new connection begins here; those that have begun are still accepted. */
  readonly turnAway: () => boolean
  /** Leaves the port to the others. Connections that were accepted go on. */
  readonly leave: () => boolean
}

/**
 * Finds the way out of a port; nothing where no other process is there to take over, or where the system is not Linux
 * or does not let us.
 */
export const wayOut = (port: number): WayOut | undefined => {
  const library = process.platform === "linux" ? cLibrary() : undefined
  const listeners = library === undefined ? [] : sharedListeners(port)
  if (library === undefined || listeners.length === 0) return undefined
  const { setsockopt, dup2 } = library.symbols
  // Both buffers are kept as long as the kernel may be given them.
  const filter = makeFilter()
  return {
    turnAway: () => {
      const { fprog } = filter
      return listeners.every((each) => setsockopt(each, solSocket, soAttachFilter, ptr(fprog), fprog.byteLength) === 0)
    },
    leave: () => {
      // Takes the listener's place under its number, which the server will close later: whatever else came to have that
      // number would be closed instead.
      const nothing = openSync("/dev/null", "r")
      try {
        return listeners.every((listener) => dup2(nothing, listener) === listener)
      } finally {
        closeSync(nothing)
      }
    }
  }
}

// Linux: asm-generic/socket.h.
const solSocket = 1
const soAttachFilter = 26

/** The C library by the names that distributions give it. */
const libraryNames = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]

const openLibrary = (name: string) =>
  dlopen(name, {
    setsockopt: { args: ["i32", "i32", "i32", "pointer", "u32"], returns: "i32" },
    dup2: { args: ["i32", "i32"], returns: "i32" }
  })

const cLibrary = (): ReturnType<typeof openLibrary> | undefined => {
  for (const name of libraryNames) {
    try {
      return openLibrary(name)
    } catch {
      continue
    }
  }
  return undefined
}

/**
 * `struct sock_filter` of linux/filter.h: code, where to jump if true and if false, operand. A packet begins with its
 * TCP header.
 */
const instructions = [
  // Load the byte of the flags.
  [0x30, 0, 0, 13],
  // SYN set: a connection that begins.
  [0x45, 0, 1, 0x02],
  // Drop it.
  [0x06, 0, 0, 0],
  // Take anything else whole.
  [0x06, 0, 0, 0xffffffff]
] as const

/**
 * The filter that drops packets that begin a connection. `fprog` is `struct sock_fprog`: how many instructions there
 * are, and where.
 */
const makeFilter = () => {
  const program = new Uint8Array(instructions.length * 8)
  const view = new DataView(program.buffer)
  for (const [index, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
    view.setUint16(index * 8, code, true)
    view.setUint8(index * 8 + 2, ifTrue)
    view.setUint8(index * 8 + 3, ifFalse)
    view.setUint32(index * 8 + 4, operand, true)
  }
  return { program, fprog: new BigUint64Array([BigInt(instructions.length), BigInt(ptr(program))]) }
}

/** A socket that listens, of whatever process. */
interface Listener {
  /** The kernel's text of address and port. */
  readonly address: string
  readonly inode: string
}

/** The file descriptors of this process that listen on a port together with other processes. */
const sharedListeners = (port: number): ReadonlyArray<number> => {
  const all = ["tcp", "tcp6"].flatMap((table) => listenersIn(table, port))
  const descriptors = new Map(readdirSync("/proc/self/fd").map((name) => [socketOf(name), Number(name)]))
  return all.flatMap(({ address, inode }) => {
    const own = descriptors.get(inode)
    const isShared = all.some((other) => other.address === address && !descriptors.has(other.inode))
    return own !== undefined && isShared ? [own] : []
  })
}

/**
 * The inode of a descriptor's socket, if it is one. The folder is read before its links, and the descriptor that reads
 * it is gone by then.
 */
const socketOf = (descriptor: string): string | undefined => {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1]
  } catch {
    return undefined
  }
}

/** State `LISTEN` in the kernel's tables. */
const listening = "0A"

const listenersIn = (table: string, port: number): ReadonlyArray<Listener> => {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const lines = readTable(table).split("\n").slice(1)
  return lines.flatMap((line) => {
    const [, address, , state, , , , , , inode] = line.trim().split(/\s+/)
    if (state !== listening || address === undefined || inode === undefined) return []
    return address.endsWith(end) ? [{ address, inode }] : []
  })
}

const readTable = (table: string): string => {
  try {
    return readFileSync(`/proc/self/net/${table}`, "utf8")
  } catch {
    return ""
  }
}
