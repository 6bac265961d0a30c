import type { Redacted } from "effect"
import type { Allowance } from "../../domain/keys/Caller.ts"

/** What a key is good for. */
export interface KeyTerms {
  readonly name: string
  readonly team?: string
  readonly tags: ReadonlyArray<string>
  /** Patterns; absent: all. */
  readonly models?: ReadonlyArray<string>
  /** Patterns; absent: all. */
  readonly tools?: ReadonlyArray<string>
  /** Milliseconds since 1970, from which on it is not taken. */
  readonly expiresAt?: number
  readonly allowance?: Allowance
}

/** A key that was created. Times are milliseconds since 1970. */
export interface CreatedKey extends KeyTerms {
  /** The same for as long as the key exists, whatever its secret: what limits and bills are kept by. */
  readonly id: string
  readonly createdAt: number
  readonly disabledAt?: number
}

/** One of the secrets of a key: the present one, and those that it replaces and that are still taken for a while. */
export interface KeySecret {
  /** Its first letters, to be recognised by. */
  readonly start: string
  readonly createdAt: number
  readonly expiresAt?: number
}

/** A key with its secrets, the newest first. */
export interface ListedKey {
  readonly key: CreatedKey
  readonly secrets: ReadonlyArray<KeySecret>
}

/** A key with a secret that was made for it, which is told this once. */
export interface MadeKey extends ListedKey {
  readonly secret: Redacted.Redacted
}
