import { Result } from "effect"
import type { Caller } from "../../domain/keys/Caller.ts"
import type { Ask } from "../../domain/Ask.ts"
import type { Failure } from "../../domain/Failure.ts"
import { type Fields, parseJson } from "../../domain/Fields.ts"
import { nanosPerDollar, usdText } from "../../domain/usage/Money.ts"
import type { Hedge } from "../../domain/routing/Steering.ts"
import type { Explained, ExplainedCost, ExplainedStep } from "../../routing/Explain.ts"
import type { AttemptLimits, Policy } from "../../routing/planning/Policy.ts"
import type { Coming } from "../../wire/openai/chat/ChatRead.ts"
import { unservedFields } from "../../wire/openai/chat/UnservedFields.ts"
import { notJson, readText, tooLarge } from "../Body.ts"
import { type Exchange, failureReply, jsonReply } from "../Exchange.ts"
import { errorObject } from "../Reply.ts"
import { boundsOf, type ChatParts, readAsk } from "./ChatCompletions.ts"
import type { ExplainedTarget, RouteExplanation } from "./RouteExplanation.ts"

/** What explaining needs of the process. */
export type ExplainParts = Pick<ChatParts, "gateway" | "limits">

/** Who wants to know, and in whose dialect. */
export interface Explaining extends Required<Pick<Coming, "compatibility">> {
  readonly caller: Caller
}

/** What would become of a request, in our words and as the endpoint tells it. */
export interface Explanation {
  readonly explained: Explained
  /** Fields of the request that nothing reads. */
  readonly unserved: ReadonlyArray<string>
  readonly json: RouteExplanation
}

/** `POST /v1/route/explain`: the body of a chat completion in, what would be done with it out. Nothing is sent. */
export const explainRoute = async (parts: ChatParts, exchange: Exchange, caller: Caller): Promise<Response> => {
  const text = await readText(exchange.http, boundsOf(parts))
  if (typeof text !== "string") return failureReply(exchange, text)
  const told = explainText(text, { caller, compatibility: exchange.compatibility }, parts)
  return Result.isFailure(told) ? failureReply(exchange, told.failure) : jsonReply(exchange, told.success.json)
}

/** Explains a request from the text of its body; fails as the request itself would before anything is sent. */
export const explainText = (
  text: string,
  { caller, compatibility }: Explaining,
  { gateway, limits }: ExplainParts
): Result.Result<Explanation, Failure> => {
  // What came over a socket was bounded while it was read; a file was not.
  if (Buffer.byteLength(text) > limits.bodyBytes) return Result.fail(tooLarge(limits.bodyBytes))
  const body = parseJson(text)
  if (body === undefined) return Result.fail(notJson())
  const asked = readAsk(body, text, { caller: caller.keyId, compatibility }, limits)
  if (Result.isFailure(asked)) return Result.fail(asked.failure)
  const ask = asked.success
  const unserved = unservedFields(ask.source)
  return Result.map(gateway.explain(ask, caller), (explained) => ({
    explained,
    unserved,
    json: explanationObject(ask, explained, unserved)
  }))
}

const explanationObject = (ask: Ask, explained: Explained, unserved: ReadonlyArray<string>): RouteExplanation => ({
  object: "route.explanation",
  model: ask.model,
  targets: explained.steps.map(targetObject),
  left_out: explained.left.map(({ model, reason }) => ({ model, reason })),
  unserved
})

const targetObject = (step: ExplainedStep, at: number): ExplainedTarget => {
  const { policy, prepared } = step
  const ready = Result.isSuccess(prepared) ? prepared.success : undefined
  return {
    target: step.target,
    kind: at === 0 ? "first" : "fallback",
    places: step.places.map(({ target, isAvailable }) => ({ target, available: isAvailable })),
    asked_as_stream: step.streams,
    timeouts_ms: timeoutsObject(step.limits, policy),
    retries: { attempts: policy.retries, backoff_ms: policy.backoffMs },
    on: [...policy.on],
    hedge: policy.hedge === undefined ? null : hedgeObject(policy.hedge),
    race: policy.race,
    mid_stream: policy.midStream,
    trail: policy.trail,
    provider_request: ready === undefined ? null : { language: ready.language, path: ready.path, body: ready.body },
    dropped: ready?.dropped ?? [],
    error: Result.isFailure(prepared) ? refusalObject(prepared.failure) : null,
    estimated_cost: costObject(step.cost)
  }
}

const timeoutsObject = (limits: AttemptLimits, { deadlineMs }: Policy): ExplainedTarget["timeouts_ms"] => ({
  connect: limits.connectMs,
  headers: limits.headersMs,
  first_content: limits.contentMs ?? null,
  silence: limits.silenceMs,
  idle: limits.idleMs,
  total: limits.totalMs ?? null,
  deadline: deadlineMs
})

/** As a request says it, so that it can be copied into one. */
const hedgeObject = ({ after, maxExtraCost }: Hedge): ExplainedTarget["hedge"] => ({
  after_ms: after,
  max_extra_cost_usd: maxExtraCost === undefined ? null : maxExtraCost / nanosPerDollar
})

/**
 * The error that the caller would get if this target were the only one; the request's id is that of the whole answer.
 */
const refusalObject = (failure: Failure): Fields => {
  const { request_id: _, ...error } = errorObject(failure, "")
  return error
}

const costObject = (cost: ExplainedCost): ExplainedTarget["estimated_cost"] => ({
  input_tokens: cost.inputTokens,
  output_tokens_at_most: cost.outputTokens ?? null,
  usd_at_most: cost.most === undefined ? null : usdText(cost.most),
  note: costNote(cost)
})

/** Why a cost is not known, or how far what is told can be trusted. */
const costNote = ({ outputTokens, most }: ExplainedCost): string => {
  if (outputTokens === undefined) {
    return "Neither the request nor the catalog says how long the answer may be; max_completion_tokens would."
  }
  if (most === undefined) {
    return "The price of this model is not known (models in gateway.yaml can say it), or media are given by address, whose length is not."
  }
  return "An estimate from the length of the request's JSON and the longest answer, at the prices of a prompt that long; what a prompt cache saves is not in it."
}
