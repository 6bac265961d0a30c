import { Context, Effect, Exit, Layer, Result } from "effect"
import type { Deltas } from "../domain/Delta.ts"
import { type Failure, Internal, InvalidRequest, Unable } from "../domain/Failure.ts"
import { type Fields, objectOf, parseJson } from "../domain/Fields.ts"
import type { Ask } from "../domain/Ask.ts"
import type { Model } from "../domain/Model.ts"
import type { Request } from "../domain/Request.ts"
import type { Target } from "../domain/routing/Target.ts"
import { Http } from "../net/Http.ts"
import { Timers } from "../net/Timers.ts"
import type { Deployment, Place } from "./Deployments.ts"
import type { Language } from "./Language.ts"
import { Memory } from "./Memory.ts"
import type { Answering, Prepared, Quirks } from "./Protocol.ts"
import { send } from "./Send.ts"
import type { Progress, SendLimits } from "./sending/Limits.ts"
import { verbatimBody } from "./relay/Verbatim.ts"

/** A request in the words of one target, not sent yet: explain shows it, an attempt sends it. */
export interface Ready {
  readonly target: Target
  readonly ask: Ask
  /** The provider is asked for a stream. */
  readonly stream: boolean
  readonly deployment: Deployment
  readonly language: Language
  readonly prepared: Prepared
}

/** How a prepared request is sent. */
export interface SendOptions {
  readonly limits: SendLimits
  /**
   * The caller speaks OpenAI chat and asked for nothing that looks inside, so a regular OpenAI host's events may go on
   * as they came.
   */
  readonly relay: boolean
  /** The answer is kept until its end, so its length is bounded. */
  readonly isHeld: boolean
  readonly progress: Progress
  readonly onDeltas: (deltas: Deltas) => void | Promise<void>
  /** Called once at the end; see `Sending`. */
  readonly settle: (exit: Exit.Exit<void, Failure>) => void
}

/** The providers that are configured: writes a request in their words and sends it. */
export class Providers extends Context.Service<
  Providers,
  {
    /** The places of a provider, in the order in which they are tried. */
    readonly places: (provider: string) => ReadonlyArray<Place>
    /**
     * Writes a request in a target's words. `stream`: the provider is to stream its answer, whatever the caller asked
     * for.
     */
    readonly prepare: (ask: Ask, target: Target, stream: boolean) => Result.Result<Ready, Failure>
    /** Sends it; returns what ends it from outside. */
    readonly send: (ready: Ready, place: Place, options: SendOptions) => () => void
  }
>()("gateway/providers/Providers") {
  /** `memory`: what is remembered of earlier answers, where it is to outlive these providers. */
  static readonly layer = (deployments: ReadonlyArray<Deployment>, memory = new Memory()) =>
    Layer.effect(
      Providers,
      Effect.gen(function* () {
        const timers = yield* Timers
        const { post } = yield* Http
        const byName = new Map(deployments.map((deployment) => [deployment.provider, deployment]))

        const places = (provider: string): ReadonlyArray<Place> => byName.get(provider)?.places ?? nowhere

        const prepare = (ask: Ask, target: Target, stream: boolean): Result.Result<Ready, Failure> => {
          const { model } = target
          const deployment = byName.get(model.provider)
          if (deployment === undefined) {
            return Result.fail(new Internal({ message: `No deployment serves ${model.id}.` }))
          }
          const { quirks, verbatim } = deployment
          const text = verbatim === undefined || stream !== ask.stream ? undefined : verbatimBody(ask, model)
          if (verbatim !== undefined && text !== undefined) {
            return Result.succeed({
              target,
              ask,
              stream,
              deployment,
              language: verbatim.language,
              prepared: new AsItCame(verbatim.path, text)
            })
          }
          const request = ask.request()
          const language = deployment.languageFor(request, model)
          const prepared = language.prepare(request, {
            model,
            stream,
            quirks,
            recall: (callId) => memory.find(ask.caller, callId)
          })
          if (Result.isFailure(prepared)) return Result.fail(prepared.failure)
          const { dropped } = prepared.success
          if (request.requireParameters && dropped.length > 0) return Result.fail(unable(model.id, dropped))
          return Result.succeed({ target, ask, stream, deployment, language, prepared: prepared.success })
        }

        const sendReady = (
          ready: Ready,
          place: Place,
          { limits, relay, isHeld, progress, onDeltas, settle }: SendOptions
        ): (() => void) => {
          const { target, ask, stream, deployment, language, prepared } = ready
          const body = prepared.text ?? jsonOf(prepared.body)
          if (body === undefined) {
            settle(Exit.fail(tooDeep()))
            return nothingToEnd
          }
          const wantsUsage = ask.includeUsage
          const isRelayed =
            relay && stream === ask.stream && language.name === "OpenAiChat" && deployment.quirks.regular === true
          const remember = isRelayed ? undefined : memory.listener(ask.caller)
          return send({
            provider: deployment.provider,
            url: place.address + prepared.path,
            headers: prepared.headers === undefined ? place.sign() : { ...place.sign(), ...prepared.headers },
            body,
            stream,
            isHeld,
            progress,
            language,
            decoder: (streamed) =>
              language.decoder(new Asked(ask, target.model, deployment.quirks), {
                streamed,
                relay: isRelayed && streamed === stream,
                wantsUsage
              }),
            limits,
            timers,
            post,
            settle,
            onDeltas:
              remember === undefined
                ? onDeltas
                : (deltas) => {
                    remember(deltas)
                    return onDeltas(deltas)
                  }
          })
        }
        return Providers.of({ places, prepare, send: sendReady })
      })
    )
}

/**
 * A body as JSON; nothing when it is nested deeper than the stack reaches, as a caller's text of tool arguments can be.
 */
const jsonOf = (body: Fields): string | undefined => {
  try {
    return JSON.stringify(body)
  } catch {
    return undefined
  }
}

const tooDeep = () =>
  new InvalidRequest({ message: "The request is nested too deeply to be sent on.", param: "messages" })

/** What the relay lane does not look at is not read. */
class Asked implements Answering {
  readonly model: Model
  readonly quirks: Quirks
  readonly newId = newId
  readonly #ask: Ask

  constructor(ask: Ask, model: Model, quirks: Quirks) {
    this.#ask = ask
    this.model = model
    this.quirks = quirks
  }

  get request(): Request {
    return this.#ask.request()
  }
}

const nowhere: ReadonlyArray<Place> = []

const nothingToEnd = (): void => {}

const nothingDropped: ReadonlyArray<string> = []

/** A request that goes on as it came; explain, which shows the body, has it parsed again. */
class AsItCame implements Prepared {
  readonly path: string
  readonly text: string
  readonly dropped = nothingDropped

  constructor(path: string, text: string) {
    this.path = path
    this.text = text
  }

  get body(): Fields {
    return objectOf(parseJson(this.text))
  }
}

const unable = (model: string, dropped: ReadonlyArray<string>): Unable =>
  new Unable({
    message: `${model} does not take ${dropped.join(", ")}, and the request says \`provider.require_parameters\`. Leave them out, or take another model.`,
    param: dropped[0] ?? "provider",
    code: "unsupported_parameter"
  })

const newId = (prefix: string): string => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`
