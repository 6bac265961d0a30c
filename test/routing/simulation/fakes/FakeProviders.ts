import { Exit, Result } from "effect"
import type { Delta, Deltas } from "../../../../src/domain/Delta.ts"
import { type Failure, Internal } from "../../../../src/domain/Failure.ts"
import type { TimersService } from "../../../../src/net/Timers.ts"
import { compatible, type Deployment, type Place } from "../../../../src/providers/Deployments.ts"
import { language } from "../../../../src/providers/Language.ts"
import { OpenAiChat } from "../../../../src/providers/protocols/OpenAiChat.ts"
import type { Providers, Ready, SendOptions } from "../../../../src/providers/Providers.ts"
import { nextDue, tooLate } from "../../../../src/providers/sending/Limits.ts"

/** What a provider does next. `afterMs`: 0 is at once, in the same turn as what came before. */
export type Happening =
  | { readonly _tag: "Connected"; readonly afterMs: number }
  | { readonly _tag: "Headers"; readonly afterMs: number }
  /** Bytes without meaning: a ping, half an event. */
  | { readonly _tag: "Life"; readonly afterMs: number }
  | { readonly _tag: "Deltas"; readonly afterMs: number; readonly deltas: Deltas }
  /** Deltas of which the last says that the answer has failed. */
  | { readonly _tag: "Failing"; readonly afterMs: number; readonly deltas: Deltas; readonly failure: Failure }
  | { readonly _tag: "End"; readonly afterMs: number; readonly exit: Exit.Exit<void, Failure> }

/** All that a provider does in answer to one request; after the last it is silent. */
export type Behaviour = ReadonlyArray<Happening>

/** One request to a provider, from its sending to its end. */
export class FakeSend {
  readonly ready: Ready
  readonly place: Place
  readonly options: SendOptions
  readonly sentAt: number
  /** Everything that was handed over. */
  readonly told: Array<Delta> = []
  endedAt: number | undefined
  exit: Exit.Exit<void, Failure> | undefined
  stops = 0
  readonly #behaviour: Behaviour
  readonly #timers: TimersService
  #held = false
  #lifeAt: number
  #cancelLook: () => void = () => {}
  #cancelNext: () => void = () => {}

  constructor(ready: Ready, place: Place, options: SendOptions, behaviour: Behaviour, timers: TimersService) {
    this.ready = ready
    this.place = place
    this.options = options
    this.#behaviour = behaviour
    this.#timers = timers
    this.sentAt = timers.now()
    this.#lifeAt = this.sentAt
  }

  get isLive(): boolean {
    return this.endedAt === undefined
  }

  begin(): void {
    this.#look()
    this.#goOn(0)
  }

  stop(): void {
    this.stops++
    this.#close()
  }

  #close(): void {
    this.endedAt ??= this.#timers.now()
    this.#cancelLook()
    this.#cancelNext()
  }

  #settle(exit: Exit.Exit<void, Failure>): void {
    if (!this.isLive) return
    this.#close()
    this.exit = exit
    this.options.settle(exit)
  }

  /** As the real sending does: one timer for all limits. */
  #look(): void {
    const { limits, progress } = this.options
    const now = this.#timers.now()
    const { stage, at } = nextDue(limits, progress, this.sentAt, this.#held ? now : this.#lifeAt)
    const left = at - now
    if (left > 0) {
      const wait = progress.hasContent ? left : Math.min(left, limits.silenceMs, limits.idleMs)
      this.#cancelLook = this.#timers.after(wait, () => this.#look())
      return
    }
    this.#settle(Exit.fail(tooLate(this.ready.deployment.provider, stage, limits, progress.hasContent)))
  }

  #goOn(index: number): void {
    const happening = this.#behaviour[index]
    if (happening === undefined || !this.isLive) return
    const happen = () => {
      const waiting = this.#happen(happening)
      if (waiting === undefined) return this.#goOn(index + 1)
      this.#held = true
      void waiting.then(() => {
        this.#held = false
        this.#lifeAt = this.#timers.now()
        this.#goOn(index + 1)
      })
    }
    if (happening.afterMs === 0) return happen()
    this.#cancelNext = this.#timers.after(happening.afterMs, happen)
  }

  #happen(happening: Happening): void | Promise<void> {
    const { progress } = this.options
    const now = this.#timers.now()
    this.#lifeAt = now
    switch (happening._tag) {
      case "Connected":
        progress.connectedAt = now
        return
      case "Headers":
        progress.connectedAt ??= now
        progress.headersAt = now
        return
      case "Life":
        return
      case "Deltas":
        return this.#tell(happening.deltas)
      case "Failing":
        void this.#tell(happening.deltas)
        return this.#settle(Exit.fail(happening.failure))
      case "End":
        return this.#settle(happening.exit)
    }
  }

  #tell(deltas: Deltas): void | Promise<void> {
    if (deltas.length === 0) return undefined
    this.told.push(...deltas)
    return this.options.onDeltas(deltas)
  }
}

const chat = language(OpenAiChat)

/** A provider with so many places; its names say which. */
export const fakeDeployment = (provider: string, addresses: number, keys: number): Deployment => ({
  ...compatible({ provider, baseUrls: [], keys: [] }),
  places: Array.from({ length: addresses * keys }, (_, index): Place => {
    const address = Math.floor(index / keys)
    const region = addresses > 1 ? { region: `r${address}` } : {}
    const keyAlias = keys > 1 ? `k${index % keys}` : undefined
    return { address: `https://${provider}-${address}`, ...region, keyAlias, sign: () => ({}) }
  })
})

/** What decides how fake providers behave. */
export interface FakeProvidersOptions {
  readonly deployments: ReadonlyArray<Deployment>
  readonly timers: TimersService
  /** Asked at each sending. */
  readonly behaviour: (ready: Ready, place: Place) => Behaviour
  /** Why a target cannot be asked. */
  readonly unable?: (model: string) => Failure | undefined
}

/** Providers without a network that do what they are told. */
export class FakeProviders {
  /** In the order of sending. */
  readonly sends: Array<FakeSend> = []
  /** Models whose request was written, in that order. */
  readonly prepared: Array<string> = []
  readonly service: Providers["Service"]

  constructor({ deployments, timers, behaviour, unable }: FakeProvidersOptions) {
    const byName = new Map(deployments.map((deployment) => [deployment.provider, deployment]))
    this.service = {
      places: (provider) => byName.get(provider)?.places ?? [],
      prepare: (ask, target, stream) => {
        const { id, provider } = target.model
        this.prepared.push(id)
        const deployment = byName.get(provider)
        const failure = unable?.(id)
        if (failure !== undefined) return Result.fail(failure)
        if (deployment === undefined) return Result.fail(new Internal({ message: `No deployment serves ${id}.` }))
        const prepared = { path: "/chat/completions", body: {}, dropped: [] }
        return Result.succeed({ target, ask, stream, deployment, language: chat, prepared })
      },
      send: (ready, place, options) => {
        const send = new FakeSend(ready, place, options, behaviour(ready, place), timers)
        this.sends.push(send)
        send.begin()
        return () => send.stop()
      }
    }
  }
}
