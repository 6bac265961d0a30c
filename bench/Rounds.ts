import type { LoadOrder } from "./load/Load.ts"
import type { Processes, Program } from "./Processes.ts"

/** What one program gave under one kind of load, medians over the rounds. Times are microseconds. */
export interface Measured {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly firstP50: number
  /** Processor time of the program an answer. */
  readonly processor: number
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

const once = async (processes: Processes, program: Program, order: Omit<LoadOrder, "port">): Promise<Measured> => {
  const before = program.processorSeconds()
  const { answers, seconds, p50, p99, firstP50 } = await processes.load({ ...order, port: program.port })
  const processor = ((program.processorSeconds() - before) / answers) * 1e6
  return { perSecond: answers / seconds, p50, p99, firstP50, processor }
}

/** Loads programs until the JIT has compiled what they do; nothing before it counts. */
export const warmUp = async (
  processes: Processes,
  programs: ReadonlyArray<Program>,
  order: Omit<LoadOrder, "port">
): Promise<void> => {
  for (const { port } of programs) await processes.load({ ...order, port })
}

/**
 * Measures programs in turn, A B C, C B A and so on: what else happens on the machine then meets all of them alike.
 * Only figures of one call may be compared.
 */
export const interleaved = async (
  processes: Processes,
  programs: ReadonlyArray<Program>,
  order: Omit<LoadOrder, "port">,
  rounds: number
): Promise<ReadonlyArray<Measured>> => {
  const taken = programs.map((): Array<Measured> => [])
  for (let round = 0; round < rounds; round++) {
    const inTurn = [...programs.entries()]
    for (const [at, program] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      taken[at]?.push(await once(processes, program, order))
    }
  }
  return taken.map((each) => ({
    perSecond: median(each.map(({ perSecond }) => perSecond)),
    p50: median(each.map(({ p50 }) => p50)),
    p99: median(each.map(({ p99 }) => p99)),
    firstP50: median(each.map(({ firstP50 }) => firstP50)),
    processor: median(each.map(({ processor }) => processor))
  }))
}
