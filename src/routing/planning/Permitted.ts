import { Result } from "effect"
import type { Ask } from "../../domain/Ask.ts"
import type { Caller } from "../../domain/keys/Caller.ts"
import { Forbidden } from "../../domain/Failure.ts"
import type { Model } from "../../domain/Model.ts"
import type { NamePatterns } from "../../domain/keys/NamePatterns.ts"
import { type Plan, routePrefix, type Step } from "./Plan.ts"

/** Whether a caller may ask a model. */
export const mayAsk = ({ models }: Pick<Caller, "models">, { id }: Pick<Model, "id">): boolean =>
  models === undefined || models.matchModel(id)

/**
 * A plan without what its caller may not ask; refused where nothing is left of the model that was named, or a tool may
 * not be given.
 */
export const permitted = (ask: Ask, plan: Plan, caller: Caller): Result.Result<Plan, Forbidden> => {
  const tool = caller.tools === undefined ? undefined : forbiddenTool(ask, plan, caller.tools)
  if (tool !== undefined) return Result.fail(tool)
  if (caller.models === undefined) return Result.succeed(plan)
  const [first, ...others] = plan.steps.filter(({ target }) => mayAsk(caller, target.model))
  const isOwn = (step: Step): boolean => step.ask === ask
  const steps = first === undefined ? [] : [first, ...others]
  // A fallback is for a model that fails, not for one that may not be asked.
  const isRefused = !ask.model.startsWith(routePrefix) && !steps.some(isOwn)
  if (first === undefined || isRefused) return Result.fail(forbiddenModel(ask.model))
  const forbidden = plan.steps.filter((step) => !steps.includes(step))
  const left = forbidden.map(({ target }) => ({ model: target.model.id, reason: "this key may not ask it" }))
  return Result.succeed({ steps: [first, ...others], left: [...plan.left, ...left] })
}

/** What is told of a model that a caller may not ask. */
export const forbiddenModel = (model: string): Forbidden =>
  new Forbidden({
    message: `This key may not ask ${JSON.stringify(model.slice(0, 100))}; GET /v1/models lists what it may.`,
    param: "model",
    code: "model_not_allowed"
  })

/** A fallback may have tools of its own. */
const forbiddenTool = (ask: Ask, { steps }: Plan, allowed: NamePatterns): Forbidden | undefined => {
  const asks = new Set([ask, ...steps.map((step) => step.ask)])
  const tools = [...asks].flatMap((one) => one.request().tools)
  const tool = tools.find(({ name }) => !allowed.match(name))
  if (tool === undefined) return undefined
  return new Forbidden({
    message: `This key may not give a model the tool ${JSON.stringify(tool.name.slice(0, 100))}.`,
    param: "tools",
    code: "tool_not_allowed"
  })
}
