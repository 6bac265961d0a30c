/**
 * Reading other people's JSON by path, without trusting its shape. It is the tests' own, so that what they expect
 * shares nothing with what they test.
 */
type Step = string | number

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The value at a path, or `undefined` where the path leads nowhere. */
export const at = (value: unknown, ...path: ReadonlyArray<Step>): unknown => {
  let here = value
  for (const step of path) {
    if (typeof step === "number") here = Array.isArray(here) ? here[step] : undefined
    else here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined
  }
  return here
}

/** The text at a path; empty when there is none. */
export const textAt = (value: unknown, ...path: ReadonlyArray<Step>): string => {
  const found = at(value, ...path)
  return typeof found === "string" ? found : ""
}

/** The number at a path, or `undefined`. */
export const numberAt = (value: unknown, ...path: ReadonlyArray<Step>): number | undefined => {
  const found = at(value, ...path)
  return typeof found === "number" ? found : undefined
}

/** The list at a path; empty when there is none. */
export const listAt = (value: unknown, ...path: ReadonlyArray<Step>): ReadonlyArray<unknown> => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The object at a path; empty when there is none. */
export const objectAt = (value: unknown, ...path: ReadonlyArray<Step>): Readonly<Record<string, unknown>> => {
  const found = at(value, ...path)
  return isObject(found) ? found : {}
}

/** Parsed JSON, or `undefined` when the text is none. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
