const prefix = "simulated:"

/**
 * A signature as providers put on reasoning that they want back unchanged: opaque base64 that only its maker can check.
 * It keeps no secret; it lets the simulator see whether what it signed came back as it was.
 */
export const seal = (text: string): string => Buffer.from(`${prefix}${Bun.hash(text).toString(16)}`).toString("base64")

/** Whether a signature is of the simulator's making. */
export const isSeal = (signature: string): boolean => Buffer.from(signature, "base64").toString().startsWith(prefix)

/** Whether a signature belongs to this very text. */
export const isSealOf = (text: string, signature: string): boolean => signature === seal(text)
