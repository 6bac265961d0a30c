import { Schema } from "effect"
import { text, word, words } from "./Values.ts"

const NamedKey = Schema.Struct({
  name: word("What targets, logs and the ledger call the key."),
  key: text("The key, best as ${NAME} or ${file:PATH}.")
})

const Address = Schema.Struct({
  url: text("The address."),
  region: Schema.optionalKey(
    word("What targets call the address's region (provider/model@region). It does not restrict where requests go.")
  )
})

/** Every setting that some provider has; which provider has which is `providerFields`. */
export const ProviderEntry = Schema.Struct({
  key: Schema.optionalKey(text('The provider\'s key, best as ${NAME} or ${file:PATH}; "none" for a server without.')),
  keys: Schema.optionalKey(
    Schema.Array(
      Schema.Union([Schema.String, NamedKey]).annotate({
        message: "must be a key (one of digits alone needs quotes), or a mapping of name and key"
      })
    ).annotate({
      description: "Several keys instead of one: when one is refused or used up, the next is tried within the request."
    })
  ),
  baseUrl: Schema.optionalKey(text("The provider's address; for OpenAI's language with its version (/v1).")),
  baseUrls: Schema.optionalKey(
    Schema.Array(
      Schema.Union([Schema.String, Address]).annotate({ message: "must be an address, or a mapping of url and region" })
    ).annotate({ description: "Several addresses of the same provider instead of one." })
  ),
  headers: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String).annotate({ description: "Additional headers of every request." })
  ),
  organization: Schema.optionalKey(text("Sent as OpenAI-Organization.")),
  project: Schema.optionalKey(text("Sent as OpenAI-Project.")),
  version: Schema.optionalKey(
    text("Sent as anthropic-version.").check(
      Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u, { message: 'must be a date such as "2023-06-01"' })
    )
  ),
  models: Schema.optionalKey(
    Schema.Union([Schema.Literal("any"), Schema.Array(Schema.String)]).annotate({
      message: "must be any, or a list of the server's names of its models",
      description: 'The models that the server has, by its own names, or "any" (the default).',
      default: "any"
    })
  ),
  speaks: Schema.optionalKey(
    words(["openai", "anthropic", "gemini"], "The language of the server.").annotate({ default: "openai" })
  )
})

/** A provider as written. */
export type ProviderEntry = typeof ProviderEntry.Type

const everywhere = ["key", "keys", "baseUrl", "baseUrls", "headers"] as const

/** The settings that each known provider has; any other name is a server of the operator's. */
export const providerFields: Readonly<Record<string, ReadonlyArray<keyof ProviderEntry>>> = {
  openai: [...everywhere, "organization", "project"],
  anthropic: [...everywhere, "version"],
  google: everywhere,
  baseten: everywhere
}

/** The settings of a server of the operator's. */
export const compatibleFields: ReadonlyArray<keyof ProviderEntry> = [...everywhere, "models", "speaks"]
