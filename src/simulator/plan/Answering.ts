import type { Behaviour } from "../Behaviour.ts"
import type { Answer, Event, Language } from "../languages/Language.ts"
import type { Plan, Step } from "./Plan.ts"
import { json, one, refusalFor } from "./Refusing.ts"
import type { CountName } from "../Vocabulary.ts"

/**
 * A script's time between the pieces of a stream when none is written, in milliseconds: what a reader sees as a stream.
 */
const usualPaces: Readonly<Record<string, number>> = { echo: 5, clock: 20 }

const positions = ["silent-after", "cut", "rst"] as const satisfies ReadonlyArray<CountName>
const endings = { "silent-after": "stay", cut: "close", rst: "reset" } as const

/** Where and how the answer breaks off, if it does. */
const breakOf = ({ counts }: Behaviour) => {
  const name = positions.find((position) => counts[position] !== undefined)
  return name === undefined ? undefined : { name, ending: endings[name], at: counts[name] ?? 0 }
}

/** Broken in a way that no JSON reader forgives, and with everything else still there. */
const garble = (text: string): string => text.replace(":", ";")

const framed = (event: Event, language: Language, broken: boolean): string => {
  const end = language.lineEnd
  const text = typeof event.data === "string" ? event.data : JSON.stringify(event.data)
  const name = event.name === undefined ? "" : `event: ${event.name}${end}`
  return `${name}data: ${broken ? garble(text) : text}${end}${end}`
}

/**
 * How the events of a stream are put on the wire: as SSE or, where Gemini is asked without `alt=sse`, as a JSON list.
 */
const writer = (behaviour: Behaviour, language: Language, list: boolean) => {
  const broken = behaviour.counts.garbled ?? (behaviour.flags.has("broken-json") ? 1 : undefined)
  let written = 0
  return (events: ReadonlyArray<Event>): string =>
    events
      .map((event) => {
        written += 1
        if (!list) return framed(event, language, written === broken)
        const text = JSON.stringify(event.data)
        return `${written === 1 ? "[" : ",\r\n"}${written === broken ? garble(text) : text}`
      })
      .join("")
}

/** A streamed answer. `list`: as a JSON list, not SSE. */
export const streamed = (behaviour: Behaviour, language: Language, answer: Answer, list: boolean): Plan => {
  const { durations, counts, flags } = behaviour
  const write = writer(behaviour, language, list)
  const events = language.events(answer)
  const pace = durations.pace ?? usualPaces[behaviour.script] ?? 0
  const broken = breakOf(behaviour)
  const errorAt = durations["role-only"] === undefined ? counts["error-event"] : 0
  const stopsAt = broken?.at ?? errorAt ?? events.pieces.length
  const steps: Array<Step> = [{ afterMs: 0, text: write(events.start), pieces: 0 }]
  const shown = events.pieces.slice(0, stopsAt)
  for (const [at, piece] of shown.entries()) {
    steps.push({ afterMs: at === 0 ? (durations.first ?? 0) : pace, text: write(piece), pieces: 1 })
  }
  const last = (text: string, afterMs = 0): void => {
    steps.push({ afterMs, text, pieces: 0 })
  }
  if (durations["role-only"] !== undefined) last(list ? "" : language.ping)
  const first = shown.length === 0 ? (durations.first ?? 0) : 0
  const closing = list ? "\r\n]\r\n" : ""
  const common = {
    status: 200,
    headers: {
      "content-type": flags.has("wrong-type")
        ? "text/plain"
        : list
          ? "application/json; charset=UTF-8"
          : language.streamType,
      "cache-control": "no-cache",
      ...language.headers(answer.id)
    },
    headersAfterMs: durations.headers ?? 0
  }
  if (flags.has("comments") || flags.has("endless-line")) {
    const endless = flags.has("comments") ? `: simulated comment\n\n`.repeat(64) : "x".repeat(16_384)
    const opening = flags.has("comments") ? "" : ": "
    const [start = { afterMs: 0, text: "", pieces: 0 }] = steps
    return { ...common, steps: [{ ...start, text: start.text + opening }], ending: "stay", endless, outcome: "endless" }
  }
  if (broken !== undefined) return { ...common, steps, ending: broken.ending, outcome: broken.name }
  if (errorAt !== undefined) {
    const refusal = refusalFor(behaviour, language, "overloaded")
    last(write(language.errorEvents(refusal, answer)) + closing, durations["role-only"] ?? first)
    return { ...common, steps, ending: "end", outcome: "error-event" }
  }
  last(write(events.end) + closing, first)
  return { ...common, steps, ending: flags.has("open-end") ? "stay" : "end", outcome: "answered" }
}

/** A whole answer. */
export const whole = (behaviour: Behaviour, language: Language, answer: Answer): Plan => {
  const { durations, counts, flags } = behaviour
  const pieces = answer.script.pieces.length
  const pace = durations.pace ?? 0
  // A provider that is asked for a whole answer sends nothing, not even headers, before it has it.
  const waits = (durations.headers ?? 0) + (durations.first ?? 0) + pace * Math.max(0, pieces - 1)
  const common = {
    status: 200,
    headers: {
      "content-type": flags.has("wrong-type") ? "text/plain" : json,
      ...language.headers(answer.id)
    },
    headersAfterMs: waits + (durations["role-only"] ?? 0)
  }
  if (counts["error-event"] !== undefined || durations["role-only"] !== undefined) {
    const refusal = refusalFor(behaviour, language, "overloaded")
    const text = JSON.stringify(language.errorBody(refusal, answer.id))
    return { ...common, steps: one(text), ending: "end", outcome: "error-event" }
  }
  const complete = JSON.stringify(language.whole(answer))
  if (flags.has("comments") || flags.has("endless-line")) {
    return { ...common, steps: [], ending: "stay", endless: " ".repeat(1024), outcome: "endless" }
  }
  const broken = breakOf(behaviour)
  if (broken !== undefined) {
    const share = pieces === 0 ? 0 : Math.min(broken.at / pieces, 0.99)
    const text = complete.slice(0, Math.floor(complete.length * share))
    return {
      ...common,
      steps: one(text),
      ending: broken.ending,
      lengthLie: 1 / Math.max(share, 0.01),
      outcome: broken.name
    }
  }
  const garbled = flags.has("broken-json") || counts.garbled !== undefined
  return {
    ...common,
    steps: [{ afterMs: 0, text: garbled ? garble(complete) : complete, pieces }],
    ending: "end",
    outcome: garbled ? "broken-json" : "answered"
  }
}
