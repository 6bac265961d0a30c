import { type Delta, type Deltas, noDeltas } from "../../../domain/Delta.ts"
import { asNumber, type Fields, listOf, objectOf, textOf } from "../../../domain/Fields.ts"
import { annotationOf, logprobsOf, reasoningPartsOf } from "./ResponsesAnswer.ts"
import { reasoningDetails } from "./ResponsesReasoning.ts"

interface Call {
  /** The output item that it is: its place in the output. */
  readonly item: string
  /** Counts the calls only; the place in the output counts reasoning and messages too. */
  readonly call: number
  readonly id: string
  readonly kind: "function" | "custom"
  /** Arguments, or some of them, were told. */
  readonly sent: boolean
}

/**
 * How far a response is told. The same thing can come in pieces, as a finished part, as a finished item and in the
 * response at the end; it is told once.
 */
export interface Telling {
  /** The model asked, for hosts that do not say which answers. */
  readonly model: string
  readonly newId: (prefix: string) => string
  readonly started: boolean
  readonly calls: ReadonlyArray<Call>
  /** Parts of items that were told. */
  readonly told: ReadonlySet<string>
  /** The part of the reasoning that was told last; a blank line goes between parts. */
  readonly reasoningPart: string | undefined
  /** How many reasoning details were told. */
  readonly details: number
}

/** Where the telling is now, and what was told. */
export type Told = readonly [Telling, Deltas]

/** The beginning of a telling. */
export const untold = (model: string, newId: Telling["newId"]): Telling => ({
  model,
  newId,
  started: false,
  calls: [],
  told: new Set(),
  reasoningPart: undefined,
  details: 0
})

/** Deltas, after `Start` when they are the first. */
export const tell = (telling: Telling, deltas: Deltas, response?: Fields): Told => {
  if (telling.started) return [telling, deltas]
  const created = asNumber(response?.["created_at"])
  const begun: Delta = {
    _tag: "Start",
    id: textOf(response?.["id"]),
    model: textOf(response?.["model"]) || telling.model,
    ...(created === undefined ? {} : { created: Math.floor(created) })
  }
  return [{ ...telling, started: true }, [begun, ...deltas]]
}

/** One step after another. */
export const both = (first: Told, next: (telling: Telling) => Told): Told => {
  const [telling, deltas] = next(first[0])
  return [telling, first[1].length === 0 ? deltas : [...first[1], ...deltas]]
}

const each = <A>(
  telling: Telling,
  items: ReadonlyArray<A>,
  next: (telling: Telling, item: A, at: number) => Told
): Told =>
  items.reduce<Told>((before, item, at) => both(before, (telling) => next(telling, item, at)), [telling, noDeltas])

const mark = (telling: Telling, part: string): Telling =>
  telling.told.has(part) ? telling : { ...telling, told: new Set(telling.told).add(part) }

/** A piece of the text, of the part of an item that it belongs to. */
export const sayText = (telling: Telling, part: string, text: string, logprobs: unknown): Told => {
  if (text === "") return [telling, noDeltas]
  const probabilities = logprobsOf(logprobs)
  return tell(mark(telling, part), [
    { _tag: "Text", choice: 0, text, ...(probabilities === undefined ? {} : { logprobs: probabilities }) }
  ])
}

/** A piece of a refusal. */
export const sayRefusal = (telling: Telling, part: string, text: string): Told =>
  text === "" ? [telling, noDeltas] : tell(mark(telling, part), [{ _tag: "Refusal", choice: 0, text }])

/** A piece of the readable reasoning. */
export const sayReasoning = (telling: Telling, part: string, text: string): Told => {
  if (text === "") return [telling, noDeltas]
  const apart = telling.reasoningPart !== undefined && telling.reasoningPart !== part
  return tell({ ...mark(telling, part), reasoningPart: part }, [
    { _tag: "Reasoning", choice: 0, text: apart ? `\n\n${text}` : text }
  ])
}

/** Citations that came as events of an item, so that the finished item does not tell them again. */
export const annotateItem = (telling: Telling, item: string, annotation: unknown): Told =>
  annotate(mark(telling, `${item}a`), [annotation])

const annotate = (telling: Telling, annotations: ReadonlyArray<unknown>): Told => {
  const sources = annotations.map(annotationOf).filter((annotation) => annotation !== undefined)
  if (sources.length === 0) return [telling, noDeltas]
  return tell(
    telling,
    sources.map((annotation) => ({ _tag: "Annotation", choice: 0, annotation }))
  )
}

/** An item that begins: a call has its name and id already. */
export const itemAdded = (telling: Telling, item: string, fields: Fields): Told => {
  const type = fields["type"]
  if (type !== "function_call" && type !== "custom_tool_call") return [telling, noDeltas]
  if (telling.calls.some((call) => call.item === item)) return [telling, noDeltas]
  const id = textOf(fields["call_id"]) || textOf(fields["id"]) || telling.newId("call_")
  const kind = type === "function_call" ? "function" : "custom"
  const call = telling.calls.length
  return tell({ ...telling, calls: [...telling.calls, { item, call, id, kind, sent: false }] }, [
    { _tag: "ToolCallStart", choice: 0, call, id, name: textOf(fields["name"]), kind }
  ])
}

/** `all`: the whole arguments, which say nothing new once a piece was told (some models send them without pieces). */
export const sayArguments = (telling: Telling, item: string, text: string, amount: "more" | "all"): Told => {
  const found = telling.calls.find((call) => call.item === item)
  if (found === undefined || text === "" || (amount === "all" && found.sent)) return [telling, noDeltas]
  const calls = found.sent
    ? telling.calls
    : telling.calls.map((call) => (call === found ? { ...call, sent: true } : call))
  return [calls === telling.calls ? telling : { ...telling, calls }, [argumentsDelta(found, text)]]
}

const argumentsDelta = ({ call }: Call, text: string): Delta => ({ _tag: "ToolCallArguments", choice: 0, call, text })

/** A finished item: whatever of it was not told yet, and the reasoning that is wanted back. */
export const itemDone = (telling: Telling, item: string, fields: Fields): Told => {
  switch (fields["type"]) {
    case "function_call": {
      const text = textOf(fields["arguments"])
      const whole = text === "" && fields["status"] !== "incomplete" ? "{}" : text
      return both(itemAdded(telling, item, fields), (telling) => sayArguments(telling, item, whole, "all"))
    }
    case "custom_tool_call":
      return both(itemAdded(telling, item, fields), (telling) =>
        sayArguments(telling, item, textOf(fields["input"]), "all")
      )
    case "message":
      return each(telling, listOf(fields["content"]), (telling, part, at) =>
        partDone(telling, item, at, objectOf(part))
      )
    case "reasoning": {
      const details = reasoningDetails(fields, telling.details)
      return both(
        each(telling, reasoningPartsOf(fields), (telling, [part, text]) =>
          telling.told.has(`${item}.${part}`) ? [telling, noDeltas] : sayReasoning(telling, `${item}.${part}`, text)
        ),
        (telling) =>
          details.length === 0
            ? [telling, noDeltas]
            : tell(
                { ...telling, details: telling.details + details.length },
                details.map((detail) => ({ _tag: "ReasoningDetail", choice: 0, detail }))
              )
      )
    }
    default:
      return [telling, noDeltas]
  }
}

const partDone = (telling: Telling, item: string, at: number, part: Fields): Told => {
  const name = `${item}.${at}`
  if (part["type"] === "refusal") {
    return telling.told.has(name) ? [telling, noDeltas] : sayRefusal(telling, name, textOf(part["refusal"]))
  }
  const said: Told = telling.told.has(name)
    ? [telling, noDeltas]
    : sayText(telling, name, textOf(part["text"]), part["logprobs"])
  return both(said, (telling) =>
    telling.told.has(`${item}a`) ? [telling, noDeltas] : annotate(telling, listOf(part["annotations"]))
  )
}

/**
 * What of a finished response no event told: all of it by a host that sends no events for its items, the arguments of
 * calls by some.
 */
export const tellRest = (telling: Telling, response: Fields, incomplete: boolean): Told => {
  const output = listOf(response["output"])
  // Where anything was told, places in the output are not those of the events with every host, so nothing is told again
  // by place.
  if (telling.told.size === 0 && telling.calls.length === 0 && telling.details === 0) {
    return each(telling, output, (telling, item, at) => itemDone(telling, String(at), objectOf(item)))
  }
  return each(telling, telling.calls, (telling, call) =>
    sayArguments(telling, call.item, argumentsAtEnd(call, output, incomplete), "all")
  )
}

/** The arguments of a call that no event told; a call without any takes `{}`. */
const argumentsAtEnd = (call: Call, output: ReadonlyArray<unknown>, incomplete: boolean): string => {
  const item = objectOf(output.find((item) => objectOf(item)["call_id"] === call.id))
  if (call.kind === "custom") return textOf(item["input"])
  return textOf(item["arguments"]) || (incomplete ? "" : "{}")
}
