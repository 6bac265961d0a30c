import { expect } from "bun:test"
import { asObject, type Fields, listOf, objectOf, parseJson, textOf } from "../../../../src/domain/Fields.ts"
import type { Seen } from "../../stage/Asking.ts"

const toolOf = (name: string): Fields => ({
  type: "function",
  function: {
    name,
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" } },
      required: ["city"]
    }
  }
})

/** Two tools, so that there are two calls to mix up. */
export const twoTools = [toolOf("weather"), toolOf("calendar")]

interface Call {
  id: string
  name: string
  arguments: string
}

/** The calls of an answer as an SDK puts them together: by their index. */
const callsIn = (seen: Seen): ReadonlyArray<Call> => {
  const calls = new Map<unknown, Call>()
  for (const chunk of seen.chunks) {
    const choice = objectOf(listOf(chunk["choices"])[0])
    const fragments = listOf((asObject(choice["delta"]) ?? objectOf(choice["message"]))["tool_calls"])
    for (const [at, value] of fragments.entries()) {
      const fragment = objectOf(value)
      const index = fragment["index"] ?? at
      const call = calls.get(index) ?? { id: "", name: "", arguments: "" }
      const said = objectOf(fragment["function"])
      call.id += textOf(fragment["id"])
      call.name += textOf(said["name"])
      call.arguments += textOf(said["arguments"])
      calls.set(index, call)
    }
  }
  return [...calls.values()]
}

/** Throws unless each tool was called once, with whole arguments and an id of its own. */
export const expectCalls = (seen: Seen, stream: boolean): void => {
  expect(seen.error).toBeUndefined()
  expect([seen.status, seen.finish, seen.done]).toEqual([200, "tool_calls", stream])
  const calls = callsIn(seen)
  expect(calls.map(({ name }) => name)).toEqual(["weather", "calendar"])
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  for (const call of calls) {
    expect(call.id).not.toBe("")
    expect(parseJson(call.arguments)).toMatchObject({ city: expect.any(String) })
  }
}
