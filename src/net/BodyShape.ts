import type { ResponseHead } from "./ResponseHead.ts"

/** How the end of a response's body is found. */
export type BodyShape =
  | { readonly kind: "none" | "chunked" | "until-close" }
  | { readonly kind: "length"; readonly length: number }

const none: BodyShape = { kind: "none" }
const chunked: BodyShape = { kind: "chunked" }
const untilClose: BodyShape = { kind: "until-close" }

/**
 * The shape of the body that follows a head, or why that cannot be told. Two lengths, or a length beside chunks, are
 * refused: whoever reads them otherwise than we do sees another response begin on the same connection.
 */
export const bodyShape = ({ status, old, headers }: ResponseHead): BodyShape | string => {
  const coding = headers.get("transfer-encoding")
  const length = headers.get("content-length")
  if (coding !== undefined) {
    if (length !== undefined) return "it has both a length and a transfer coding"
    if (old || coding.toLowerCase() !== "chunked") return "it has an unknown transfer coding"
  }
  const bytes = length === undefined ? undefined : lengthOf(length)
  if (bytes === "unreadable") return "its length cannot be read"
  if (status === 204 || status === 304 || bytes === 0) return none
  if (coding !== undefined) return chunked
  return bytes === undefined ? untilClose : { kind: "length", length: bytes }
}

const digits = /^\d{1,15}$/

/** The same length told several times is one. */
const lengthOf = (value: string): number | "unreadable" => {
  if (digits.test(value)) return Number(value)
  const [first = "", ...others] = value.split(",").map((one) => one.trim())
  return digits.test(first) && others.every((other) => other === first) ? Number(first) : "unreadable"
}

/** Whether the connection may serve another request once this response has ended. */
export const keepsConnection = ({ old, headers }: ResponseHead, shape: BodyShape): boolean => {
  if (old || shape.kind === "until-close") return false
  const connection = headers.get("connection")
  return connection === undefined || !/(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(connection)
}

/** Milliseconds for which the server promises to keep the idle connection (`keep-alive: timeout=5`). */
export const promisedIdleMs = ({ headers }: ResponseHead): number | undefined => {
  const value = headers.get("keep-alive")
  if (value === undefined) return undefined
  const [, seconds] = /(?:^|[,;])\s*timeout\s*=\s*"?(\d{1,6})/i.exec(value) ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
