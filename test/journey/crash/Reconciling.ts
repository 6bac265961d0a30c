import type { Received, Row } from "./Books.ts"
import type { Acknowledged } from "./Load.ts"

/** Nano-dollars a token. */
export const prices = { input: 1000, output: 2000 }

/** What three sides know of the same requests: their callers, the ledger's table, and the provider. */
export interface Sides {
  readonly acknowledged: ReadonlyArray<Acknowledged>
  readonly rows: ReadonlyArray<Row>
  readonly received: Iterable<Received>
}

/** Where they contradict each other, in sentences. */
export const contradictions = (sides: Sides): ReadonlyArray<string> => [
  ...ofCallers(sides),
  ...twice(sides),
  ...ofProvider(sides)
]

/** Each acknowledged request has its rows, all of them and no more, with the tokens that its caller was told. */
const ofCallers = ({ acknowledged, rows }: Sides): ReadonlyArray<string> => {
  const booked = Map.groupBy(rows, (row) => row.request_id)
  return acknowledged.flatMap(({ name, requestId, attempts, usage }) => {
    const own = booked.get(requestId) ?? []
    if (own.length !== attempts)
      return [`${name} was acknowledged with ${attempts} attempts, of which ${own.length} are booked`]
    const stranger = own.find((row) => row.end_user !== name)
    if (stranger !== undefined) return [`${name} is booked as ${stranger.end_user}`]
    // An estimate is for the bill alone.
    const answer = own.find((row) => row.outcome === "answered" && row.usage_source === "provider")
    if (usage === undefined || answer === undefined) return []
    const isSame = answer.input === usage.input && answer.output === usage.output
    return isSame ? [] : [`${name} used ${tokensOf(usage)}, and ${tokensOf(answer)} are booked`]
  })
}

/** Nothing is there twice, neither under one id nor under two: no caller asks the same again. */
const twice = ({ rows }: Sides): ReadonlyArray<string> => {
  const ids = Map.groupBy(rows, (row) => row.id)
  const requests = Map.groupBy(rows, (row) => row.end_user)
  return [
    ...[...ids].filter(([, same]) => same.length > 1).map(([id]) => `${id} is booked twice`),
    ...[...requests]
      .filter(([, same]) => new Set(same.map((row) => row.request_id)).size > 1)
      .map(([name]) => `${name} is booked as two requests`)
  ]
}

/** Each row is a request that the provider received, with its tokens where the provider told them, and its price. */
const ofProvider = ({ rows, received }: Sides): ReadonlyArray<string> => {
  const left = Map.groupBy(received, ({ name, model }) => `${name} ${model}`)
  return rows.flatMap((row) => {
    const came = left.get(`${row.end_user} ${row.model.slice(row.model.indexOf("/") + 1)}`)?.pop()
    if (came === undefined) {
      // Who was beaten before there was a connection was stopped on its way, and costs nothing.
      const isStopped = row.outcome === "lost" && row.usage_source === null
      return isStopped ? [] : [`${row.id} of ${row.end_user} is booked, and ${row.model} never received it`]
    }
    const cost = row.input * prices.input + row.output * prices.output
    if (row.cost_total !== cost) return [`${row.id} costs ${row.cost_total} and not ${cost}`]
    const isTold = row.usage_source === "provider"
    if (!isTold || (row.input === came.input && row.output === came.output)) return []
    return [`${row.id} is booked with ${tokensOf(row)}, and ${tokensOf(came)} were sent`]
  })
}

const tokensOf = ({ input, output }: { readonly input: number; readonly output: number }): string =>
  `${input} and ${output} tokens`
