import type { Model } from "../Model.ts"

/** A place where a request can go. */
export interface Target {
  readonly model: Model
  readonly region?: string
  readonly keyAlias?: string
}

/** `provider/model@region#key-alias`: the same string in breakers, trail, metrics, ledger and explain. */
export const targetName = ({ model, region, keyAlias }: Target): string =>
  `${model.id}${region === undefined ? "" : `@${region}`}${keyAlias === undefined ? "" : `#${keyAlias}`}`
