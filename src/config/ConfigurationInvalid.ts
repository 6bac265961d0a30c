import { Data } from "effect"

/** Where a setting is written in the file: names of mappings, numbers of list items (from 0). */
export type Path = ReadonlyArray<string | number>

/** A place in a file; both count from 1, as editors do. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Something wrong with a setting, before it is known where that is written. Never holds a secret's text. */
export interface Problem {
  /** The setting, or a single name: the environment variable. */
  readonly path: Path
  readonly message: string
  /** The mistake is in the environment, not in the file. */
  readonly inEnvironment?: true
  /** Point at the name rather than at its value. */
  readonly atName?: true
}

/** Takes what is wrong, while the rest is read on. */
export type Report = (problem: Problem) => void

/** A mistake in the configuration, as told to the operator. Never holds a secret's text. */
export interface Mistake {
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** The setting (`providers.openai.key`) or the environment variable; empty when it is about the whole file. */
  readonly path: string
  readonly message: string
}

/** A path as an operator writes it: `models["my-vllm/llama"].context`, `keys[1].name`. */
export const pathText = (path: Path): string =>
  path
    .map((segment) => {
      if (typeof segment === "number") return `[${segment}]`
      return /^[\w-]+$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`
    })
    .join("")
    .replace(/^\./, "")

/** A mistake on one line: `gateway.yaml:12:5 providers.openai.kye: unknown setting; did you mean "key"?`. */
export const mistakeText = ({ file, line, column, path, message }: Mistake): string => {
  const place = file === undefined ? "" : [file, line, column].filter((part) => part !== undefined).join(":")
  const start = [place, path].filter((part) => part !== "").join(" ")
  return start === "" ? message : `${start}: ${message}`
}

/** The configuration cannot be used; every mistake found is in it, those of the file in the order of its lines. */
export class ConfigurationInvalid extends Data.TaggedError("ConfigurationInvalid")<{
  readonly mistakes: ReadonlyArray<Mistake>
}> {
  override get message(): string {
    return this.mistakes.map(mistakeText).join("\n")
  }
}
