import { Result } from "effect"
import type { Ask } from "../../../domain/Ask.ts"
import { InvalidRequest } from "../../../domain/Failure.ts"
import { asObject, type Fields, objectOf, textOf } from "../../../domain/Fields.ts"
import type { Request } from "../../../domain/Request.ts"
import { noRouting, type Routing } from "../../../domain/Steering.ts"
import { excessIn, type RequestLimits } from "./ChatLimits.ts"
import { isLegacy, requestOf } from "./RequestOf.ts"
import { withOwnNames } from "./routing/ChatAliases.ts"
import { overridden } from "./routing/ChatOverrides.ts"
import { routingOf, withPrimary } from "./routing/ChatRouting.ts"
import { isUsualChatRequest } from "./schema/ChatCheck.ts"
import { mistakeIn } from "./schema/ChatMistakes.ts"

/** How a body came. */
export interface Coming {
  /** What the body was parsed from; absent when it was changed since, so that it cannot go on as it came. */
  readonly text?: string
  /** The name of the key that asks. */
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
    ? Result.succeed(new ChatAsk(fields, text, noRouting, coming, limits))
    : Result.fail(excess)
}

const readUnusual = (
  fields: Fields,
  { text, ...coming }: Coming,
  limits: RequestLimits
): Result.Result<Ask, InvalidRequest> => {
  const mistake = mistakeIn(fields) ?? excessIn(fields, limits, text?.length)
  return mistake === undefined ? routed(withOwnNames(fields), coming, limits, text?.length) : Result.fail(mistake)
}

/** A request of checked fields in our own names, with all its fallbacks looked at; `length`: that of the text with its fallbacks, where it is known. */
const routed = (
  fields: Fields,
  coming: Coming,
  limits: RequestLimits,
  length: number | undefined
): Result.Result<Ask, InvalidRequest> => {
  const askOf = (whole: Fields, routing: Routing): Ask => new ChatAsk(whole, undefined, routing, coming, limits)
  const routing = routingOf(fields, { limits, length, compatibility: coming.compatibility ?? "openai", askOf })
  return Result.map(routing, (routing) => askOf(fields, routing))
}

class ChatAsk implements Ask {
  readonly caller: string
  readonly source: Fields
  readonly usualText: string | undefined
  readonly model: string
  readonly stream: boolean
  readonly routing: Routing
  readonly #coming: Coming
  readonly #limits: RequestLimits
  #request: Request | undefined

  constructor(source: Fields, usualText: string | undefined, routing: Routing, coming: Coming, limits: RequestLimits) {
    this.caller = coming.caller
    this.source = source
    this.usualText = usualText
    this.model = textOf(source["model"])
    this.stream = source["stream"] === true
    this.routing = routing
    this.#coming = coming
    this.#limits = limits
  }

  get includeUsage(): boolean {
    return objectOf(this.source["stream_options"])["include_usage"] === true
  }

  get legacyFunctions(): boolean {
    return isLegacy(this.source)
  }

  request(): Request {
    return (this.#request ??= requestOf(this.source))
  }

  with(overrides: Fields): Result.Result<Ask, InvalidRequest> {
    const whole = overridden(this.source, overrides, this.#limits, undefined)
    return Result.flatMap(whole, (fields) => routed(fields, this.#coming, this.#limits, undefined))
  }
}
