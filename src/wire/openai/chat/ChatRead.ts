import { Result } from "effect"
import type { Ask } from "../../../domain/Ask.ts"
import { InvalidRequest } from "../../../domain/Failure.ts"
import { asObject, type Fields, objectOf, textOf } from "../../../domain/Fields.ts"
import type { Request } from "../../../domain/Request.ts"
import type { TextCounts } from "../../../domain/usage/TextTally.ts"
import type { Labels } from "../../../domain/usage/RequestRecord.ts"
import { noRouting, type Routing } from "../../../domain/routing/Steering.ts"
import { labelsOf } from "./usage/ChatLabels.ts"
import { excessIn, type RequestLimits } from "./ChatLimits.ts"
import { textCountsOf } from "./ChatText.ts"
import { isLegacy, requestOf } from "./RequestOf.ts"
import { withOwnNames } from "./routing/ChatAliases.ts"
import { lookedAt, mistakeWith, overridden } from "./routing/ChatOverrides.ts"
import { routingFields, routingOf, withoutRouting, withPrimary } from "./routing/ChatRouting.ts"
import { isUsualChatRequest } from "./schema/ChatCheck.ts"
import { mistakeIn } from "./schema/ChatMistakes.ts"
import { isUsualRouting } from "./schema/RoutingCheck.ts"

/** How a body came. */
export interface Coming {
  /** What the body was parsed from; absent when it was changed since, so that it cannot go on as it came. */
  readonly text?: string
  /** The id of the key that asks. */
  readonly caller: string
  /** Whose rules hold where two gateways differ; OpenAI's and our own unless said. */
  readonly compatibility?: "openai" | "assemblyai"
}

/** A body as a request, or the first thing that is wrong with it. */
export const readChat = (body: unknown, coming: Coming, limits: RequestLimits): Result.Result<Ask, InvalidRequest> => {
  const fields = asObject(body)
  if (fields === undefined) {
    return Result.fail(new InvalidRequest({ message: "The body must be a JSON object with `model` and `messages`." }))
  }
  const { text } = coming
  if (!isUsualChatRequest(fields)) return readUnusual(withPrimary(fields), coming, limits)
  const excess = excessIn(fields, limits, text?.length)
  return excess === undefined
    ? Result.succeed(
        new ChatAsk(fields, textOf(fields["model"]), fields["stream"] === true, text, noRouting, coming, limits)
      )
    : Result.fail(excess)
}

const readUnusual = (
  fields: Fields,
  { text, ...coming }: Coming,
  limits: RequestLimits
): Result.Result<Ask, InvalidRequest> => {
  const unusual = unusualIn(fields)
  const mistake = (unusual === undefined ? undefined : mistakeIn(unusual)) ?? excessIn(fields, limits, text?.length)
  return mistake === undefined ? routed(withOwnNames(fields), coming, limits, text?.length) : Result.fail(mistake)
}

/**
 * What the Schema must look at: of a request that is unusual for nothing but its routing fields, those alone, and
 * nothing where they are usual too.
 */
const unusualIn = (fields: Fields): Fields | undefined => {
  const plain = withoutRouting(fields)
  if (plain === fields || !isUsualChatRequest(plain)) return fields
  const routing = routingFields(fields)
  return isUsualRouting(routing) ? undefined : { model: fields["model"], messages: lookedAt, ...routing }
}

/**
 * A request of checked fields in our own names, with all its fallbacks looked at; `length`: that of the text with its
 * fallbacks, where it is known.
 */
const routed = (
  fields: Fields,
  coming: Coming,
  limits: RequestLimits,
  length: number | undefined
): Result.Result<Ask, InvalidRequest> => {
  const stream = fields["stream"] === true
  const askOf = (source: Fields | (() => Fields), model: string, routing: Routing): Ask =>
    new ChatAsk(source, model, stream, undefined, routing, coming, limits)
  const routing = routingOf(fields, { limits, length, compatibility: coming.compatibility ?? "openai", askOf })
  return Result.map(routing, (routing) => askOf(fields, textOf(fields["model"]), routing))
}

class ChatAsk implements Ask {
  readonly caller: string
  readonly model: string
  readonly stream: boolean
  readonly routing: Routing
  readonly #coming: Coming
  readonly #limits: RequestLimits
  /** The fields, or what puts them together when they are needed. */
  #source: Fields | (() => Fields)
  #plain: Fields | undefined
  #text: string | undefined
  #request: Request | undefined
  #counts: TextCounts | undefined

  constructor(
    source: Fields | (() => Fields),
    model: string,
    stream: boolean,
    text: string | undefined,
    routing: Routing,
    coming: Coming,
    limits: RequestLimits
  ) {
    this.caller = coming.caller
    this.model = model
    this.stream = stream
    this.routing = routing
    this.#source = source
    this.#text = text
    this.#coming = coming
    this.#limits = limits
  }

  get source(): Fields {
    if (typeof this.#source !== "function") return this.#source
    const made = this.#source()
    this.#source = made
    return made
  }

  get plain(): Fields {
    return (this.#plain ??= withoutRouting(this.source))
  }

  get usualText(): string | undefined {
    // What was changed since it came, or came with routing fields, is written anew: that costs a tenth of translating
    // it.
    if (this.#text === undefined && isUsualChatRequest(this.plain)) this.#text = JSON.stringify(this.plain)
    return this.#text
  }

  get includeUsage(): boolean {
    return objectOf(this.source["stream_options"])["include_usage"] === true || this.includeCost
  }

  get includeCost(): boolean {
    return objectOf(this.source["usage"])["include"] === true
  }

  get labels(): Labels {
    return labelsOf(this.source)
  }

  get legacyFunctions(): boolean {
    return isLegacy(this.source)
  }

  request(): Request {
    return (this.#request ??= requestOf(this.source))
  }

  text(): TextCounts {
    return (this.#counts ??= textCountsOf(this.plain))
  }

  bounded(outputTokens: number): Ask {
    // What was checked before stays right with a number more.
    return Result.getOrElse(this.with({ max_completion_tokens: outputTokens, max_tokens: undefined }), () => this)
  }

  with(overrides: Fields): Result.Result<Ask, InvalidRequest> {
    const mistake = mistakeWith(this.source, overrides, this.#limits, undefined)
    if (mistake !== undefined) return Result.fail(mistake)
    return routed(overridden(this.source, overrides), this.#coming, this.#limits, undefined)
  }
}
