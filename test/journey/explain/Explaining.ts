import { Schema } from "effect"
import { type RouteExplanation, RouteExplanation as Explanation } from "../../../src/server/chat/RouteExplanation.ts"
import type { Running } from "../stage/Processes.ts"

/** Sends a body to the door that explains. */
export const askToExplain = (
  at: Pick<Running, "url">,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): Promise<Response> =>
  fetch(`${at.url}/v1/route/explain`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body)
  })

const decode = Schema.decodeUnknownSync(Explanation, { onExcessProperty: "error" })

/** An explanation; throws unless it has exactly the fields that the OpenAPI document promises. */
export const explain = async (
  at: Pick<Running, "url">,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): Promise<RouteExplanation> => decode(await (await askToExplain(at, body, headers)).json())

/** The first target. */
export const firstOf = ({ targets }: RouteExplanation): RouteExplanation["targets"][number] => {
  const [target] = targets
  if (target === undefined) throw new Error("There is no target.")
  return target
}
