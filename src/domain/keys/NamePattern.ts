/** Whether a name is one that a pattern means: `*` stands for any part, everything else for itself, in either case. Takes time in proportion to the name, whatever the pattern. */
export const matchesPattern = (pattern: string, name: string): boolean => {
  const [head = "", ...parts] = pattern.toLowerCase().split("*")
  const text = name.toLowerCase()
  const tail = parts.pop()
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

/** Whether one of several patterns means a name. */
export const matchesAny = (patterns: ReadonlyArray<string>, name: string): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, name))
