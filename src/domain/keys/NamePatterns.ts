/** Patterns of names, made ready once: `*` stands for any part, everything else for itself, in either case. */
export class NamePatterns {
  readonly #patterns: ReadonlyArray<Pattern>

  constructor(texts: ReadonlyArray<string>) {
    this.#patterns = texts.map(patternOf)
  }

  /** Whether one of them means a name. Takes time in proportion to the name, whatever the patterns. */
  match(name: string): boolean {
    if (this.#patterns.length === 0) return false
    const text = name.toLowerCase()
    return this.#patterns.some((pattern) => matches(pattern, text))
  }

  /** Whether one of them means a model: by its id, or by its name without the provider. */
  matchModel(id: string): boolean {
    return this.match(id) || this.match(id.slice(id.indexOf("/") + 1))
  }
}

/** What a name begins with, what it has between in this order, and what it ends with; without `tail` it is `head`. */
interface Pattern {
  readonly head: string
  readonly parts: ReadonlyArray<string>
  readonly tail: string | undefined
}

const patternOf = (pattern: string): Pattern => {
  const [head = "", ...parts] = pattern.toLowerCase().split("*")
  const tail = parts.pop()
  return { head, parts, tail }
}

const matches = ({ head, parts, tail }: Pattern, text: string): boolean => {
  if (tail === undefined) return text === head
  if (!text.startsWith(head)) return false
  let at = head.length
  for (const part of parts) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - tail.length >= at && text.endsWith(tail)
}
