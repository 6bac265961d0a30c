import { startConfigured } from "../../journey/stage/Configured.ts"
import { startSimulator } from "../../journey/stage/Processes.ts"
import { cases, type DemoCase, fallbackModel, primaryModel } from "./Cases.ts"
import { beside, wrapped } from "./Columns.ts"
import { follow, type Reading, unread } from "./Reading.ts"

/**
 * A primary that misbehaves, seen directly (left) and through the gateway with a fallback (right): `bun run demo`,
 * about 25 seconds. Both columns are the official SDK with nothing set but the address. In a terminal the words come as
 * they come; elsewhere each case is printed at its end.
 */
const isTerminal = process.stdout.isTTY
const hasColours = isTerminal && (process.env["NO_COLOR"] ?? "") === ""
const width = Math.max(30, Math.floor((Math.min(process.stdout.columns || 110, 160) - 3) / 2))

const coloured = (code: number, text: string): string => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text)
const dim = (text: string): string => coloured(2, text)
const good = (text: string): string => coloured(32, text)
const bad = (text: string): string => coloured(31, text)
const bold = (text: string): string => coloured(1, text)

const wordsIn = (text: string): number => text.split(" ").filter((word) => word !== "").length

/** The model's provider, where the name has one. */
const answerer = ({ model = "" }: Reading): string => (model.includes("/") ? `, from ${model.split("/")[0]}` : "")

/** How it stands with an answer, in a few words of at most `most` characters. */
const standing = (reading: Reading, most = 100): string => {
  const { state, text, reason = "an error", startedAt, endedAt } = reading
  const seconds = `${(((endedAt ?? performance.now()) - startedAt) / 1000).toFixed(1)} s`
  const count = `${wordsIn(text)} words`
  switch (state) {
    case "waiting":
      return dim(`waiting, ${seconds}`.slice(0, most))
    case "reading":
      return dim(`${count}, ${seconds}`.slice(0, most))
    case "whole":
      return good(`✓ whole answer, ${count}, ${seconds}${answerer(reading)}`.slice(0, most))
    case "left":
      return bad(`✗ given up after ${seconds} with ${count}`.slice(0, most))
    case "failed":
      return bad(`✗ ${count}, then after ${seconds}: ${reason}`.slice(0, most))
  }
}

/** Lines of text that a column has at most; fixed, so that a block can be drawn over itself. */
const height = 8

const column = (reading: Reading): ReadonlyArray<string> => {
  const lines = wrapped(reading.text, width)
  return Array.from({ length: height }, (_, at) => lines[at] ?? "")
}

const block = (direct: Reading, gateway: Reading): ReadonlyArray<string> =>
  beside([dim("directly"), ...column(direct)], [dim("through the gateway"), ...column(gateway)], width)

/** Draws lines over those drawn before. */
const redraw = (lines: ReadonlyArray<string>, before: number): void => {
  const up = before === 0 ? "" : `\u001b[${before}A`
  process.stdout.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join("")}`)
}

/** Columns of the summary's first part: the longest title. */
const titleWidth = Math.max(...cases.map(({ title }) => title.length))

/** How often the clock of a terminal's block moves, in milliseconds. */
const tickMs = 80

const show = async (one: DemoCase, simulator: string, gateway: string): Promise<string> => {
  console.log(`\n${bold(one.title)}  ${dim(JSON.stringify(one.gateway))}`)
  let direct = unread()
  let through = unread()
  let drawn = 0
  const draw = (): void => {
    const lines = [...block(direct, through), ...beside([standing(direct, width)], [standing(through, width)], width)]
    redraw(lines, drawn)
    drawn = lines.length
  }
  const clock = isTerminal ? setInterval(draw, tickMs) : undefined
  const said = { fallbacks: [{ model: `backup/${fallbackModel}` }], gateway: one.gateway }
  await Promise.all([
    follow(`${simulator}/v1`, primaryModel(one), {}, (reading) => {
      direct = reading
    }),
    follow(`${gateway}/v1`, `primary/${primaryModel(one)}`, said, (reading) => {
      through = reading
    })
  ])
  clearInterval(clock)
  if (isTerminal) draw()
  else
    console.log(
      block(direct, through)
        .filter((line) => line.trim() !== "│")
        .join("\n")
    )
  return beside([one.title], beside([standing(direct, 45)], [standing(through)], 45), titleWidth).join("")
}

const simulator = await startSimulator()
const provider = { baseUrl: `${simulator.url}/v1`, models: "any" }
const gateway = await startConfigured({ providers: { primary: provider, backup: provider } })
const summaries: Array<string> = []
try {
  for (const one of cases) summaries.push(await show(one, simulator.url, gateway.url))
  const [heading = ""] = beside([""], beside(["directly"], ["through the gateway"], 45), titleWidth)
  console.log(`\n${dim(heading)}\n${summaries.join("\n")}`)
} finally {
  await gateway.stop()
  await simulator.stop()
}
