import type { Redacted } from "effect"
import type { Allowance } from "../../domain/keys/Caller.ts"

/** A key with its name. */
export interface NamedSecret {
  readonly name: string
  readonly key: Redacted.Redacted
}

/** A key that callers may use, and what it is good for. */
export interface GatewayKey extends NamedSecret {
  readonly team?: string
  readonly tags?: ReadonlyArray<string>
  /** Patterns of model ids; absent: all. */
  readonly models?: ReadonlyArray<string>
  /** Patterns of tools' names; absent: all. */
  readonly tools?: ReadonlyArray<string>
  /** Milliseconds since 1970, from which on it is not taken. */
  readonly expiresAt?: number
  readonly allowance?: Allowance
}

/** Who may see and steer the gateway under `/admin`. */
export interface AdminSettings {
  /** At least one; none of them is a key of callers. */
  readonly keys: ReadonlyArray<NamedSecret>
  /** Address of the listener that `port` opens; absent: the gateway's host. */
  readonly host?: string
  /** A listener for these paths alone, 0 for any port; absent: they are on the gateway's own. */
  readonly port?: number
}

/** The listener of `/metrics`. */
export interface MetricsSettings {
  /** Absent: the gateway's host. */
  readonly host?: string
  /** 0: any free port. */
  readonly port: number
}
