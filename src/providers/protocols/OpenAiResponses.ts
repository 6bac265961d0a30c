import { Result } from "effect"
import { type Delta, type Deltas, noDeltas } from "../../domain/Delta.ts"
import { Cut, Unable } from "../../domain/Failure.ts"
import { asNumber, asObject, asText, type Fields, objectOf, textOf } from "../../domain/Fields.ts"
import { placeOfPart } from "../../wire/openai/chat/ChatBody.ts"
import { eventsOf, finishOf, usageOf } from "../../wire/openai/responses/ResponsesAnswer.ts"
import { inputOf, isUnusable } from "../../wire/openai/responses/ResponsesInput.ts"
import { rulesOf, settingsOf } from "../../wire/openai/responses/ResponsesRequest.ts"
import {
  annotateItem,
  both,
  itemAdded,
  itemDone,
  sayArguments,
  sayReasoning,
  sayRefusal,
  sayText,
  tell,
  type Telling,
  tellRest,
  type Told,
  untold
} from "../../wire/openai/responses/ResponsesTelling.ts"
import { callerField } from "../../wire/openai/responses/ResponsesTools.ts"
import { openAiFailure, openAiStreamFailure } from "../OpenAiFailures.ts"
import type { Answering, Protocol } from "../Protocol.ts"

// --- state

interface State {
  readonly provider: string
  readonly telling: Telling
  /** The end of the response, or a failure, was told: nothing follows. */
  readonly ended: boolean
}

type Stepped = readonly [State, Deltas]

const start = ({ model, newId }: Answering): State => ({
  provider: model.provider,
  telling: untold(model.name, newId),
  ended: false
})

// --- prepare

const prepare: Protocol<State>["prepare"] = (request, { model, stream, recall, quirks }) => {
  const place = placeOfPart(request.messages, isUnusable)
  if (place !== undefined) {
    return Result.fail(
      new Unable({ message: `${model.id} does not take this part here (\`${place}\`).`, param: place })
    )
  }
  const rules = rulesOf(model, quirks.compatible === true)
  const input = inputOf(request.messages, {
    systemRole: rules.systemRole,
    reasoning: rules.reasoning,
    recall: (callId) => recall(callId)?.reasoningDetails
  })
  const settings = settingsOf(request, rules)
  const options = stream && rules.openAi && quirks.noStreamOptions !== true
  return Result.succeed({
    path: "/responses",
    body: {
      model: model.name,
      input: input.items,
      ...settings.body,
      // The default would keep prompts and answers at OpenAI for 30 days or more.
      store: false,
      ...(stream ? { stream: true } : {}),
      // Padding against traffic analysis is on by default, and for the caller it would end at us.
      ...(options ? { stream_options: { include_obfuscation: request.extra?.["include_obfuscation"] === true } } : {})
    },
    dropped: [...settings.dropped, ...input.dropped]
  })
}

// --- step

const step = (state: State, event: unknown): Stepped => {
  const fields = asObject(event)
  if (fields === undefined || state.ended) return [state, noDeltas]
  switch (fields["type"]) {
    case "response.completed":
    case "response.incomplete":
      return finish(state, objectOf(fields["response"]), fields["type"] === "response.incomplete")
    case "response.failed":
      return fail(state, objectOf(fields["response"]))
    case "error":
      return failWith(state, fields, noDeltas)
    case undefined:
      return fields["error"] === undefined ? [state, noDeltas] : failWith(state, fields, noDeltas)
  }
  const [telling, deltas] = content(state.telling, fields)
  return [telling === state.telling ? state : { ...state, telling }, deltas]
}

const content = (telling: Telling, event: Fields): Told => {
  switch (event["type"]) {
    case "response.created":
    case "response.in_progress":
    case "response.queued":
      return tell(telling, noDeltas, objectOf(event["response"]))
    case "response.output_text.delta":
      return sayText(telling, partOf(event), textOf(event["delta"]), event["logprobs"])
    case "response.refusal.delta":
      return sayRefusal(telling, partOf(event), textOf(event["delta"]))
    case "response.reasoning_summary_text.delta":
      return sayReasoning(telling, `${partOf(event, "summary_index")}s`, textOf(event["delta"]))
    case "response.reasoning_text.delta":
      return sayReasoning(telling, `${partOf(event)}r`, textOf(event["delta"]))
    case "response.output_text.annotation.added":
      return annotateItem(telling, itemOf(event), event["annotation"])
    case "response.output_item.added":
      return itemAdded(telling, itemOf(event), objectOf(event["item"]))
    case "response.function_call_arguments.delta":
    case "response.custom_tool_call_input.delta":
      return sayArguments(telling, itemOf(event), textOf(event["delta"]), "more")
    case "response.function_call_arguments.done":
      return sayArguments(telling, itemOf(event), textOf(event["arguments"]), "all")
    case "response.custom_tool_call_input.done":
      return sayArguments(telling, itemOf(event), textOf(event["input"]), "all")
    case "response.output_item.done":
      return itemDone(telling, itemOf(event), objectOf(event["item"]))
    default:
      // Items of OpenAI's own tools, keep-alives, what else is `done`: no part of a chat answer.
      return [telling, noDeltas]
  }
}

/**
 * The place in the output; the item's id only where a host leaves the place out, for some change the ids from event to
 * event.
 */
const itemOf = (event: Fields): string =>
  String(asNumber(event["output_index"]) ?? asText(event["item_id"]) ?? textOf(objectOf(event["item"])["id"]))

const partOf = (event: Fields, index = "content_index"): string => `${itemOf(event)}.${asNumber(event[index]) ?? 0}`

const finish = (state: State, response: Fields, said: boolean): Stepped => {
  const incomplete = said || response["status"] === "incomplete"
  const tier = asText(response["service_tier"])
  const begun = tell(state.telling, noDeltas, response)
  const [telling, deltas] = both(begun, (telling) => tellRest(telling, response, incomplete))
  const { reason, native } = finishOf(response, incomplete, telling.calls.length > 0)
  const extra = tier === undefined ? {} : { extra: { service_tier: tier } }
  const finish: Delta = { _tag: "Finish", choice: 0, reason, native, ...extra }
  return [{ ...state, telling, ended: true }, [...deltas, ...usage(response), finish]]
}

const usage = (response: Fields): Deltas => {
  const found = usageOf(response)
  return found === undefined ? noDeltas : [{ _tag: "Usage", usage: found }]
}

// --- failures

const fail = (state: State, response: Fields): Stepped => {
  const cancelled = { message: "The response was cancelled.", code: "cancelled" }
  const error = response["error"] ?? (response["status"] === "cancelled" ? cancelled : undefined)
  // What a failed response used is billed all the same.
  return failWith(state, { error }, usage(response))
}

const failWith = (state: State, event: Fields, before: Deltas): Stepped => [
  { ...state, ended: true },
  [...before, { _tag: "Failed", failure: openAiStreamFailure(state.provider, event, callerField) }]
]

const end = (state: State): Deltas =>
  state.ended
    ? noDeltas
    : [{ _tag: "Failed", failure: new Cut({ message: `${state.provider} broke the answer off before its end.` }) }]

// --- export

/**
 * OpenAI's Responses API, for models and uses that chat completions does not serve: `-pro`, `-codex`, function tools
 * with reasoning from gpt-5.6 on.
 */
export const OpenAiResponses: Protocol<State> = {
  name: "OpenAiResponses",
  prepare,
  start,
  step,
  events: eventsOf,
  // The API has no end mark; hosts that imitate it may send chat's, which says nothing: only `response.completed` does.
  isLast: (data) => data === "[DONE]",
  isEnded: ({ ended }) => ended,
  end,
  failure: (refused) => openAiFailure(refused, callerField)
}
