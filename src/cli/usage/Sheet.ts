/** Rows under heads, to be printed. */
export interface Sheet {
  readonly heads: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

/** How many of a sheet's columns, from the first, hold words; those after them hold numbers. */
export interface Lay {
  readonly words: number
}

// Tags are callers' words: a terminal must not obey them, nor a line break break the table.
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?")

/** A sheet for a terminal: columns as wide as their widest cell, numbers to the right. */
export const tableText = ({ heads, rows }: Sheet, { words }: Lay): string => {
  const cells = [heads, ...rows].map((row) => row.map(printable))
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => Bun.stringWidth(row[column] ?? ""))))
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const space = " ".repeat(Math.max((widths[column] ?? 0) - Bun.stringWidth(cell), 0))
          return column < words ? cell + space : space + cell
        })
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** A sheet without the columns that say nothing in any of its rows; those of words stay. */
export const withoutEmpty = ({ heads, rows }: Sheet, { words }: Lay): Sheet => {
  const says = (cell: string | undefined): boolean => cell !== undefined && !["", "0", "$0"].includes(cell)
  const kept = heads.map((_, column) => column < words || rows.some((row) => says(row[column])))
  const cut = (row: ReadonlyArray<string>) => row.filter((_, column) => kept[column])
  return { heads: cut(heads), rows: rows.map(cut) }
}

const number = /^-?\d+(\.\d+)?$/

/** A cell of RFC 4180. Spreadsheets run what begins like a formula, so that gets a `'` before it. */
const csvCell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) && !number.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A sheet as RFC 4180 has it, without the end of its last line. */
export const csvText = ({ heads, rows }: Sheet): string =>
  [heads, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n")
