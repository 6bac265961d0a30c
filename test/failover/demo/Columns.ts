/** Text as lines of at most so many columns of a terminal, broken between words. */
export const wrapped = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ").filter((word) => word !== "")) {
    const longer = line === "" ? word : `${line} ${word}`
    if (line !== "" && Bun.stringWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return line === "" ? lines : [...lines, line]
}

const padded = (line: string, width: number): string => line + " ".repeat(Math.max(0, width - Bun.stringWidth(line)))

/** Two columns beside each other, as high as the higher one. Colours (ANSI) take no room. */
export const beside = (
  left: ReadonlyArray<string>,
  right: ReadonlyArray<string>,
  width: number
): ReadonlyArray<string> =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, at) =>
    `${padded(left[at] ?? "", width)} │ ${right[at] ?? ""}`.trimEnd()
  )
