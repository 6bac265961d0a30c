import type { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type ExplainFlags, explainParameters } from "./Explain.ts"
import {
  createParameters,
  disableParameters,
  type KeysCommand,
  listParameters,
  rotateParameters
} from "./keys/KeysFlags.ts"
import { type UsageFlags, usageParameters } from "./Usage.ts"

/** Where the gateway's settings come from, as far as the command line says it. */
export interface ServeFlags {
  readonly config: Option.Option<string>
  readonly host: Option.Option<string>
  readonly port: Option.Option<number>
}

/** What each command does; given by `main.ts`, where the parts meet. */
export interface Commands<E, R> {
  readonly serve: (flags: ServeFlags) => Effect.Effect<void, E, R>
  readonly check: (config: Option.Option<string>) => Effect.Effect<void, E, R>
  readonly models: (config: Option.Option<string>) => Effect.Effect<void, E, R>
  readonly explain: (flags: ExplainFlags) => Effect.Effect<void, E, R>
  readonly keys: (command: KeysCommand, config: Option.Option<string>) => Effect.Effect<void, E, R>
  readonly usage: (flags: UsageFlags, config: Option.Option<string>) => Effect.Effect<void, E, R>
  readonly simulate: (flags: { readonly host: string; readonly port: number }) => Effect.Effect<void, E, R>
}

const config = Flag.String("config").pipe(
  Flag.withAlias("c"),
  Flag.withDescription("gateway.yaml; without it the environment is all there is"),
  Flag.optional
)
const host = Flag.String("host").pipe(Flag.withDescription("address to listen on; before HOST"), Flag.optional)
const port = Flag.Int("port").pipe(Flag.withDescription("port to listen on, 0 for any; before PORT"), Flag.optional)

const keysCommand = <E, R>(keys: Commands<E, R>["keys"]) =>
  Command.make("keys").pipe(
    Command.withDescription("The keys that callers use, besides those of gateway.yaml; needs data"),
    Command.withSubcommands([
      Command.make("create", { config, ...createParameters }, ({ config, ...flags }) =>
        keys({ _tag: "Create", flags }, config)
      ).pipe(Command.withDescription("Make a key and print its secret, this once")),
      Command.make("list", { config, ...listParameters }, ({ config, ...flags }) =>
        keys({ _tag: "List", flags }, config)
      ).pipe(Command.withDescription("List the keys that were created")),
      Command.make("rotate", { config, ...rotateParameters }, ({ config, ...flags }) =>
        keys({ _tag: "Rotate", flags }, config)
      ).pipe(Command.withDescription("Give a key another secret; the present one is taken for a while")),
      Command.make("disable", { config, ...disableParameters }, ({ config, ...flags }) =>
        keys({ _tag: "Disable", flags }, config)
      ).pipe(Command.withDescription("End a key for good, within a second in every process"))
    ])
  )

/** The program's commands; `serve` is what it does when none is named. */
export const commandLine = <E, R>(commands: Commands<E, R>) =>
  Command.make("gateway", { config, host, port }, commands.serve).pipe(
    Command.withDescription("One OpenAI-compatible endpoint in front of OpenAI, Anthropic, Google, Baseten and others"),
    Command.withSubcommands([
      Command.make("serve", { config, host, port }, commands.serve).pipe(Command.withDescription("Start the gateway")),
      Command.make("check", { config }, (flags) => commands.check(flags.config)).pipe(
        Command.withDescription("Read the configuration and say what is wrong with it, without starting")
      ),
      Command.make("models", { config }, (flags) => commands.models(flags.config)).pipe(
        Command.withDescription("List the models that can be asked, with their prices")
      ),
      Command.make("explain", { config, ...explainParameters }, commands.explain).pipe(
        Command.withDescription(
          "Say where a request would go, how long each target has and what it may cost; sends nothing"
        )
      ),
      keysCommand(commands.keys),
      Command.make("usage", { config, ...usageParameters }, ({ config, ...flags }) =>
        commands.usage(flags, config)
      ).pipe(Command.withDescription("Say what was used and what it cost; needs data")),
      Command.make(
        "simulate",
        {
          host: Flag.String("host").pipe(Flag.withDescription("address to listen on"), Flag.withDefault("127.0.0.1")),
          port: Flag.Int("port").pipe(Flag.withDescription("port to listen on, 0 for any"), Flag.withDefault(8788))
        },
        commands.simulate
      ).pipe(Command.withDescription("Start the simulator: a provider that costs nothing and misbehaves on demand"))
    ])
  )
