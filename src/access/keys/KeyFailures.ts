import { Data } from "effect"
import { secretPrefix } from "./Secrets.ts"

/** A living key has that name already. */
export class NameTaken extends Data.TaggedError("NameTaken")<{ readonly name: string }> {
  override get message(): string {
    return `There is a key named ${this.name} already. Choose another name, or disable that key first.`
  }
}

/** No key has that id or that name. */
export class NoSuchKey extends Data.TaggedError("NoSuchKey")<{ readonly reference: string }> {
  override get message(): string {
    // Whoever names a key by its secret is not to be answered with it.
    if (this.reference.startsWith(secretPrefix)) return "A key is named by its id or its name, not by its secret."
    const reference = JSON.stringify(this.reference.slice(0, 64))
    return `There is no created key with the id or the name ${reference}; \`keys list\` names them. A key that is written in gateway.yaml is changed there.`
  }
}

/** The key was disabled, or its time is over: a new secret would be of no use. */
export class KeyEnded extends Data.TaggedError("KeyEnded")<{
  readonly name: string
  readonly why: "disabled" | "expired"
}> {
  override get message(): string {
    return `The key ${this.name} ${this.why === "disabled" ? "is disabled" : "has expired"}. Create another one.`
  }
}

/** The store of the keys cannot be read or written. */
export class KeysUnavailable extends Data.TaggedError("KeysUnavailable")<{ readonly cause: unknown }> {
  override get message(): string {
    const why = this.cause instanceof Error ? `: ${this.cause.message}` : ""
    return `The keys cannot be read or written${why}`
  }
}

/** A wish for a key that cannot be fulfilled. */
export class KeyMistake extends Data.TaggedError("KeyMistake")<{
  readonly field: string
  /** What is wrong with the field, without naming it. */
  readonly problem: string
}> {
  override get message(): string {
    return `${this.field} ${this.problem}.`
  }
}
