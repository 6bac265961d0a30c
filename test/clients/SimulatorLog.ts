import { type Fields, listOf, objectOf } from "../../src/domain/Fields.ts"

/** The last requests that the simulator received (`{path, model, headers, body, …}`), without credentials. */
export const lastReceived = async (simulator: string, count: number): Promise<ReadonlyArray<Fields>> => {
  const answer = await fetch(`${simulator}/_simulator/log`)
  return listOf(await answer.json())
    .slice(-count)
    .map(objectOf)
}
