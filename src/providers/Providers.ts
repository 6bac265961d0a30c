import { Context, Effect, Layer, Result } from "effect"
import type { Deltas } from "../domain/Delta.ts"
import { type Failure, Internal, InvalidRequest, Unable } from "../domain/Failure.ts"
import type { Fields } from "../domain/Fields.ts"
import type { Request } from "../domain/Request.ts"
import type { Target } from "../domain/Target.ts"
import { Timers } from "../net/Timers.ts"
import type { Deployment } from "./Deployments.ts"
import type { Language } from "./Language.ts"
import { Memory } from "./Memory.ts"
import type { Prepared } from "./Protocol.ts"
import { send, type SendLimits } from "./Send.ts"

/** A request in the words of one target, not sent yet: explain shows it, an attempt sends it. */
export interface Ready {
  readonly target: Target
  readonly request: Request
  readonly deployment: Deployment
  readonly language: Language
  readonly prepared: Prepared
  readonly stream: boolean
}

/** How a prepared request is sent. */
export interface SendOptions {
  readonly limits: SendLimits
  /** The caller speaks OpenAI chat and asked for nothing that looks inside, so a regular OpenAI host's events may go on as they came. */
  readonly relay: boolean
  readonly onDeltas: (deltas: Deltas) => void | Promise<void>
}

/** The providers that are configured: writes a request in their words and sends it. */
export class Providers extends Context.Service<
  Providers,
  {
    readonly prepare: (request: Request, target: Target) => Result.Result<Ready, Failure>
    readonly send: (ready: Ready, options: SendOptions) => Effect.Effect<void, Failure>
  }
>()("gateway/providers/Providers") {
  static readonly layer = (deployments: ReadonlyArray<Deployment>) =>
    Layer.effect(
      Providers,
      Effect.gen(function* () {
        const timers = yield* Timers
        const memory = new Memory()
        const byName = new Map(deployments.map((deployment) => [deployment.provider, deployment]))
        const recall = (callId: string) => memory.find(callId)

        const prepare = (request: Request, target: Target): Result.Result<Ready, Failure> => {
          const { model } = target
          const deployment = byName.get(model.provider)
          if (deployment === undefined) {
            return Result.fail(new Internal({ message: `No deployment serves ${model.id}.` }))
          }
          const language = deployment.languageFor(request, model)
          const { stream } = request
          const prepared = language.prepare(request, { model, stream, recall, quirks: deployment.quirks })
          if (Result.isFailure(prepared)) return Result.fail(prepared.failure)
          const [first] = prepared.success.dropped
          if (request.requireParameters && first !== undefined)
            return Result.fail(unable(model.id, prepared.success.dropped, first))
          return Result.succeed({ target, request, deployment, language, prepared: prepared.success, stream })
        }

        const sendReady = (ready: Ready, { limits, relay, onDeltas }: SendOptions) => {
          const { target, request, deployment, language, prepared, stream } = ready
          const body = jsonOf(prepared.body)
          if (body === undefined) return Effect.fail(tooDeep())
          const answering = { model: target.model, request, quirks: deployment.quirks, newId }
          const remember = memory.listener()
          return send({
            provider: deployment.provider,
            url: deployment.baseUrl + prepared.path,
            headers: prepared.headers === undefined ? deployment.sign() : { ...deployment.sign(), ...prepared.headers },
            body,
            stream,
            language,
            decoder: (streamed) =>
              language.decoder(answering, {
                streamed,
                relay:
                  relay && streamed === stream && language.name === "OpenAiChat" && deployment.quirks.regular === true,
                wantsUsage: request.includeUsage
              }),
            limits,
            timers,
            onDeltas: (deltas) => {
              remember(deltas)
              return onDeltas(deltas)
            }
          })
        }
        return Providers.of({ prepare, send: sendReady })
      })
    )
}

/** A body as JSON; nothing when it is nested deeper than the stack reaches, as a caller's text of tool arguments can be. */
const jsonOf = (body: Fields): string | undefined => {
  try {
    return JSON.stringify(body)
  } catch {
    return undefined
  }
}

const tooDeep = () =>
  new InvalidRequest({ message: "The request is nested too deeply to be sent on.", param: "messages" })

const unable = (model: string, dropped: ReadonlyArray<string>, param: string): Unable =>
  new Unable({
    message: `${model} does not take ${dropped.join(", ")}, and the request says \`provider.require_parameters\`. Leave them out, or take another model.`,
    param,
    code: "unsupported_parameter"
  })

const newId = (prefix: string): string => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`
