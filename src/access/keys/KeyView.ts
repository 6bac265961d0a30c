import type { Fields } from "../../domain/Fields.ts"
import { usdText } from "../../domain/usage/Money.ts"
import type { CreatedKey, ListedKey } from "./KeyTerms.ts"

const timeText = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

const usd = (nanos: number | undefined): string | null => (nanos === undefined ? null : usdText(nanos))

/** Whether a key is taken, or why it is not. */
export const stateOf = ({ disabledAt, expiresAt }: CreatedKey, now: number): "active" | "expired" | "disabled" => {
  if (disabledAt !== undefined) return "disabled"
  return expiresAt !== undefined && expiresAt <= now ? "expired" : "active"
}

/** A key as `/admin/keys` and `keys --json` tell it; amounts are US dollars as decimal text. */
export const keyObject = ({ key, secrets }: ListedKey, now: number) => {
  const { allowance } = key
  const hasBudget = [allowance?.perDay, allowance?.perMonth, allowance?.inTotal].some((limit) => limit !== undefined)
  return {
    object: "gateway_key" as const,
    id: key.id,
    name: key.name,
    state: stateOf(key, now),
    team: key.team ?? null,
    tags: key.tags,
    models: key.models ?? null,
    tools: key.tools ?? null,
    requests_per_minute: allowance?.requestsPerMinute ?? null,
    tokens_per_minute: allowance?.tokensPerMinute ?? null,
    requests_at_once: allowance?.requestsAtOnce ?? null,
    budget:
      allowance === undefined || !hasBudget
        ? null
        : {
            day: usd(allowance.perDay),
            month: usd(allowance.perMonth),
            total: usd(allowance.inTotal),
            zone: allowance.zone,
            unknown_prices: allowance.unknownPrices
          },
    created_at: timeText(key.createdAt),
    expires_at: timeText(key.expiresAt),
    disabled_at: timeText(key.disabledAt),
    secrets: secrets.map(({ start, createdAt, expiresAt }) => ({
      start,
      created_at: timeText(createdAt),
      expires_at: timeText(expiresAt)
    }))
  } satisfies Fields
}
