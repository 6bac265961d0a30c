import { Exit } from "effect"
import type { Delta } from "../../../src/domain/Delta.ts"
import { Cut, type Failure, Overloaded, RateLimited, ServerFault, Unauthorized } from "../../../src/domain/Failure.ts"
import { failures } from "../EveryFailure.ts"
import type { Draw } from "./Draw.ts"
import type { Behaviour, Happening } from "./fakes/FakeProviders.ts"

/** What a provider is like. */
export type Mood = "well" | "slow" | "refusing" | "dying" | "silent" | "odd" | "any"

export const moods = ["well", "well", "slow", "refusing", "dying", "silent", "odd", "any"] as const

const kinds: Readonly<Record<Mood, readonly [Kind, ...ReadonlyArray<Kind>]>> = {
  well: ["answer"],
  slow: ["answer", "slow answer", "drip"],
  refusing: ["refusal", "refusal", "answer"],
  dying: ["refusal", "break before content", "break after content", "failing deltas"],
  silent: ["silence", "silence after headers", "silence after content", "answer"],
  odd: ["empty answer", "at once", "failing deltas", "thinking", "fault of ours"],
  any: [
    "answer",
    "slow answer",
    "drip",
    "refusal",
    "break before content",
    "break after content",
    "failing deltas",
    "silence",
    "silence after headers",
    "silence after content",
    "empty answer",
    "at once",
    "thinking",
    "fault of ours"
  ]
}

/** The ways in which a provider may behave. */
export type Kind =
  | "answer"
  | "slow answer"
  | "drip"
  | "refusal"
  | "break before content"
  | "break after content"
  | "failing deltas"
  | "silence"
  | "silence after headers"
  | "silence after content"
  | "empty answer"
  | "at once"
  | "thinking"
  | "fault of ours"

const done: Happening = { _tag: "End", afterMs: 0, exit: Exit.void }
const failed = (failure: Failure, afterMs: number): Happening => ({ _tag: "End", afterMs, exit: Exit.fail(failure) })

/** A failure of any class, with what providers say beside it. */
export const anyFailure = (draw: Draw): Failure => {
  const message = "no"
  const words = (status: number) => ({ words: { provider: "p", status } })
  const retryAfterMs = draw.pick([0, 20, 1_000, 5_000, 30_000, 90_000])
  switch (draw.between(0, 7)) {
    case 0:
      return new RateLimited({ message, ...words(429), retryAfterMs })
    case 1:
      return new Overloaded({ message, ...words(503), retryAfterMs })
    case 2:
      return new ServerFault({ message, ...words(500) })
    case 3:
      return new Cut({ message })
    case 4:
      return new Unauthorized({ message, ...words(draw.pick([401, 403])) })
    default:
      return failures[draw.between(0, failures.length - 1)] ?? new Cut({ message })
  }
}

const start = (): Delta => ({ _tag: "Start", id: "id", model: "m" })
const finish = (): Delta => ({ _tag: "Finish", choice: 0, reason: "stop" })
const text = (words = "word "): Delta => ({ _tag: "Text", choice: 0, text: words })
const thought = (): Delta => ({ _tag: "Reasoning", choice: 0, text: "hm " })

/** A piece of an answer: most are content. */
const piece = (draw: Draw): Delta => {
  switch (draw.between(0, 7)) {
    case 0:
      return { _tag: "ToolCallStart", choice: 0, call: 0, id: "c", name: "f", kind: "function" }
    case 1:
      return { _tag: "Refusal", choice: 0, text: "no" }
    case 2:
      return { _tag: "Relayed", text: "data: x\n\n", content: draw.chance(0.7) }
    case 3:
      return thought()
    case 4:
      return text("")
    default:
      return text()
  }
}

const pieces = (draw: Draw): ReadonlyArray<Delta> => Array.from({ length: draw.between(1, 3) }, () => piece(draw))

/** A connection and headers, some time after the sending; at once for some. */
const arrival = (draw: Draw, most: number): ReadonlyArray<Happening> => {
  const first: ReadonlyArray<Happening> = draw.chance(0.5) ? [{ _tag: "Connected", afterMs: draw.ms(most / 4) }] : []
  return [...first, { _tag: "Headers", afterMs: draw.chance(0.1) ? 0 : draw.ms(most) }]
}

const beginning = (draw: Draw): ReadonlyArray<Happening> => [
  ...(draw.chance(0.2) ? [{ _tag: "Life", afterMs: draw.ms(1_000) } as const] : []),
  { _tag: "Deltas", afterMs: draw.chance(0.5) ? 0 : draw.ms(1_000), deltas: [start(), text("")] }
]

const body = (draw: Draw, mostMs: number, count: number): ReadonlyArray<Happening> =>
  Array.from({ length: count }, (): Happening => {
    const afterMs = draw.chance(0.2) ? 0 : draw.ms(mostMs)
    if (draw.chance(0.1)) return { _tag: "Life", afterMs }
    return { _tag: "Deltas", afterMs, deltas: pieces(draw) }
  })

/** The end of an answer: often in the turn of its last words. */
const ending = (draw: Draw): ReadonlyArray<Happening> => [
  { _tag: "Deltas", afterMs: draw.chance(0.5) ? 0 : draw.ms(300), deltas: [finish()] },
  draw.chance(0.7) ? done : { ...done, afterMs: draw.ms(100) }
]

/** What a provider of a certain mood does when it is asked. */
export const drawBehaviour = (draw: Draw, mood: Mood): Behaviour => ofKind(draw, draw.pick(kinds[mood]))

const ofKind = (draw: Draw, kind: Kind): Behaviour => {
  switch (kind) {
    case "answer":
      return [...arrival(draw, 300), ...beginning(draw), ...body(draw, 200, draw.between(0, 4)), ...ending(draw)]
    case "slow answer":
      return [...arrival(draw, 40_000), ...beginning(draw), ...body(draw, 4_000, draw.between(0, 4)), ...ending(draw)]
    case "drip":
      return [...arrival(draw, 1_000), ...body(draw, 28_000, draw.between(4, 9)), ...ending(draw)]
    case "refusal":
      return [
        ...(draw.chance(0.5) ? arrival(draw, 1_000) : []),
        failed(anyFailure(draw), draw.chance(0.3) ? 0 : draw.ms(500))
      ]
    case "break before content":
      return [...arrival(draw, 1_000), ...beginning(draw), failed(anyFailure(draw), draw.ms(2_000))]
    case "break after content":
      return [
        ...arrival(draw, 1_000),
        ...body(draw, 1_000, draw.between(1, 3)),
        failed(anyFailure(draw), draw.chance(0.3) ? 0 : draw.ms(2_000))
      ]
    case "failing deltas":
      return [
        ...arrival(draw, 1_000),
        ...(draw.chance(0.5) ? beginning(draw) : []),
        { _tag: "Failing", afterMs: draw.ms(100), deltas: pieces(draw), failure: anyFailure(draw) }
      ]
    case "silence":
      return draw.chance(0.5) ? [] : [{ _tag: "Connected", afterMs: draw.ms(500) }]
    case "silence after headers":
      return [...arrival(draw, 1_000), ...(draw.chance(0.5) ? beginning(draw) : [])]
    case "silence after content":
      return [...arrival(draw, 1_000), ...body(draw, 500, draw.between(1, 3))]
    case "empty answer":
      return [...arrival(draw, 1_000), ...(draw.chance(0.5) ? beginning(draw) : []), { ...done, afterMs: draw.ms(50) }]
    case "at once":
      return draw.chance(0.5)
        ? [{ _tag: "Deltas", afterMs: 0, deltas: pieces(draw) }, done]
        : [failed(anyFailure(draw), 0)]
    case "thinking":
      return [
        ...arrival(draw, 1_000),
        ...Array.from({ length: draw.between(2, 6) }, (): Happening => ({
          _tag: "Deltas",
          afterMs: draw.ms(20_000),
          deltas: [thought()]
        })),
        ...body(draw, 100, 1),
        ...ending(draw)
      ]
    case "fault of ours":
      return [
        ...arrival(draw, 500),
        ...(draw.chance(0.5) ? body(draw, 100, 1) : []),
        { _tag: "End", afterMs: 0, exit: Exit.die(new Error("a bug")) }
      ]
  }
}
