import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** All that was seen at one place, as text. */
export interface Place {
  readonly add: (...texts: ReadonlyArray<string>) => void
  readonly text: () => string
}

/** A place where something may turn up that should not. */
export const place = (): Place => {
  const texts: Array<string> = []
  return { add: (...more) => void texts.push(...more), text: () => texts.join("\n") }
}

/**
 * The forms in which a secret would still be one: whole, its beginning, its end, its middle, and as the `Authorization`
 * of Basic has it.
 */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const middle = Math.floor(secret.length / 2)
  return [
    secret.slice(0, 14),
    secret.slice(-14),
    secret.slice(middle - 7, middle + 7),
    Buffer.from(secret).toString("base64").slice(0, -4)
  ]
}

/** Whether a secret, or a large part of it, is in a text. */
export const isIn = (text: string, secret: string): boolean => formsOf(secret).some((form) => text.includes(form))

/** The names of the places in which each secret was found. */
export const foundIn = (
  secrets: Readonly<Record<string, string>>,
  places: Readonly<Record<string, Place>>
): Readonly<Record<string, ReadonlyArray<string>>> => {
  const texts = Object.entries(places).map(([name, { text }]) => [name, text()] as const)
  return Object.fromEntries(
    Object.entries(secrets).map(([name, secret]) => [
      name,
      texts.filter(([, text]) => isIn(text, secret)).map(([place]) => place)
    ])
  )
}

/** Every byte of every file of a folder, as Latin-1. */
export const bytesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n")
