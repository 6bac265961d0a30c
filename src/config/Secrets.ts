/** Shortest gateway key: a shorter one is found by trying. */
const minGatewayKeyLength = 8

/** What keeps a text from being sent as a key in a header, if anything; says so without the text. */
export const secretProblem = (text: string): string | undefined => {
  if (text === "") return "is empty"
  if (/[\r\n]/.test(text)) return "has a line break in it"
  if (/^Bearer\s/i.test(text)) return 'must be the key alone, without "Bearer"'
  if (/\s/.test(text)) return "has a space in it"
  if (/^(["'`]).*\1$/.test(text)) return "is wrapped in quotes that are part of the value; leave them out"
  if (!/^[\x21-\x7e]+$/.test(text)) return "has a character that no header can carry"
  return undefined
}

/** What keeps a text from being a key that callers may use, if anything; says so without the text. */
export const gatewayKeyProblem = (key: string): string | undefined => {
  const message = secretProblem(key)
  if (message !== undefined || key.length >= minGatewayKeyLength) return message
  return `is shorter than ${minGatewayKeyLength} characters; "openssl rand -hex 24" makes a good one`
}

/** Headers that belong to the connection or to the gateway's own requests. */
const ownHeaders = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

/** Headers in which providers take their key. */
const keyHeaders = new Set(["authorization", "x-api-key", "x-goog-api-key"])

/** What is wrong with an additional header, if anything; says so without its value. */
export const headerProblem = (name: string, value: string, hasKey: boolean): string | undefined => {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return "is not the name of a header"
  const lower = name.toLowerCase()
  if (ownHeaders.has(lower)) return "is a header that the gateway sets itself"
  if (hasKey && keyHeaders.has(lower)) return 'carries the key already; leave it or "key" out'
  if (value === "") return "is empty"
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
    return "must be printable ASCII on one line, without spaces at its ends"
  }
  return undefined
}
