/** How gateway keys begin, so that people and scanners for secrets know them. */
export const secretPrefix = "lgw_"

/** Bytes of chance in a secret: nobody finds one by trying. */
export const secretBytes = 32

/** Letters after the prefix that are kept, to recognise a secret by. */
const shownLetters = 4

const checksum = (text: string): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(Bun.hash.crc32(text))
  return bytes.toString("base64url")
}

/**
 * The secret of so many bytes of chance, with a checksum at its end by which a scanner tells it from a text that looks
 * like one.
 */
export const secretOf = (chance: Uint8Array): string => {
  const text = `${secretPrefix}${Buffer.from(chance).toString("base64url")}`
  return `${text}${checksum(text)}`
}

/** The first letters of a secret. */
export const startOf = (secret: string): string => secret.slice(0, secretPrefix.length + shownLetters)

/**
 * What is kept of a key, and by what it is looked up: its whole SHA-256. A slow hash would protect guessable secrets;
 * these are made by chance.
 */
export const hashOf = (key: string): string => Bun.SHA256.hash(key, "hex")
