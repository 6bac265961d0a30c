import { type Spending, tokenClasses, tokenClassNames } from "../../../../domain/usage/Cost.ts"
import type { Fields } from "../../../../domain/Fields.ts"
import { usdText } from "../../../../domain/usage/Money.ts"

/**
 * What is put beside OpenAI's fields of `usage` when the cost is asked for, at OpenRouter's places: `cost` and
 * `cost_details` in dollars, as exact decimal text; both null when the price is not known. `is_estimated` is there when
 * the tokens are an estimate.
 */
export const chatCost = ({ cost, source }: Spending): Fields => {
  const estimated = source === "estimate" ? { is_estimated: true } : {}
  if (cost === undefined) return { cost: null, cost_details: null, ...estimated }
  const details: Record<string, string> = {}
  for (const name of tokenClasses) {
    const nanos = cost.byClass[name]
    if (nanos !== undefined) details[tokenClassNames[name]] = usdText(nanos)
  }
  return { cost: usdText(cost.total), cost_details: details, ...estimated }
}
