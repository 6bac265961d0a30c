import { Result } from "effect"
import type { Failure } from "../domain/Failure.ts"
import type { Ask } from "../domain/Ask.ts"
import type { Target } from "../domain/Target.ts"
import type { Ready } from "../providers/Providers.ts"
import type { SendLimits } from "../providers/Send.ts"

/** One place to try, with the request in its words and the time it has. */
export interface Step {
  readonly ready: Ready
  readonly limits: SendLimits
}

/** Where a request goes and how long each place has: a value that can be printed and tested. */
export interface Plan {
  readonly steps: readonly [Step, ...ReadonlyArray<Step>]
}

/** Fails when the target cannot carry the request. */
export const plan = (
  ask: Ask,
  target: Target,
  prepare: (ask: Ask, target: Target) => Result.Result<Ready, Failure>,
  limits: SendLimits
): Result.Result<Plan, Failure> => Result.map(prepare(ask, target), (ready): Plan => ({ steps: [{ ready, limits }] }))
