import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf } from "../../../src/domain/Fields.ts"
import { ask } from "../stage/Asking.ts"
import { type InProcess, type Manner, startInProcess } from "../stage/InProcess.ts"
import { type Running, startSimulator } from "../stage/Processes.ts"

const manners: ReadonlyArray<Manner> = ["openai", "anthropic", "google", "baseten"]

let simulator: Running
let gateway: InProcess

beforeAll(async () => {
  simulator = await startSimulator()
  gateway = await startInProcess(
    manners.map((manner) => ({ name: manner, manner, url: simulator.url, key: "any-key" }))
  )
})

afterAll(async () => {
  await gateway.stop()
  await simulator.stop()
})

const tools = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } }
  }
]

interface Signer {
  readonly manner: Manner
  /** A model whose answer brings a signature. */
  readonly model: string
  /** The field of the answer that holds it. */
  readonly field: string
}

const signers: ReadonlyArray<Signer> = [
  { manner: "anthropic", model: "think", field: "messages[1].reasoning_details" },
  { manner: "openai", model: "gpt-6-x:pace=0ms", field: "messages[1].reasoning_details" },
  { manner: "google", model: "gemini-9-pro:pace=0ms", field: "messages[1].tool_calls[0].extra_content" }
]

const question = { role: "user", content: "What is the weather in Oslo?" }

/** The first turn, with its answer sent back as it came, and every signature in that. */
const conversation = async ({ manner, model }: Signer) => {
  const { chunks } = await ask(gateway, {
    model: `${manner}/${model}`,
    messages: [question],
    tools,
    reasoning_effort: "high"
  })
  const said = objectOf(objectOf(listOf(chunks[0]?.["choices"])[0])["message"])
  const results = listOf(said["tool_calls"]).map((call) => ({
    role: "tool",
    tool_call_id: objectOf(call)["id"],
    content: "Rain."
  }))
  const messages = [question, said, ...results, { role: "user", content: "And tomorrow?" }]
  // The simulator's signatures are base64 that begins so.
  const signatures = JSON.stringify(said).match(/c2ltdWxhdGVk[A-Za-z0-9+/=]+/g) ?? []
  return { messages, signatures }
}

let number = 1000

describe("a conversation with reasoning that one provider signed goes on at another", () => {
  for (const signer of signers) {
    for (const backup of manners.filter((manner) => manner !== signer.manner)) {
      for (const stream of [false, true]) {
        test(`from ${signer.manner} to ${backup}, ${stream ? "streamed" : "whole"}`, async () => {
          const { messages, signatures } = await conversation(signer)
          expect(signatures.length).toBeGreaterThan(0)
          const own = number++
          const seen = await ask(gateway, {
            model: `${signer.manner}/${signer.model}:input=${own}:status=503`,
            messages,
            stream,
            tools,
            reasoning_effort: "high",
            fallbacks: [{ model: `${backup}/words:count=3:input=${own}7` }],
            gateway: { trail: true }
          })
          expect([seen.status, seen.content, seen.error]).toEqual([200, "The quick brown", undefined])
          const told = seen.chunks.findLast((chunk) => chunk["gateway"] !== undefined)?.["gateway"]
          const [first, second] = listOf(objectOf(told)["attempts"]).map((attempt) =>
            listOf(objectOf(attempt)["dropped"])
          )
          expect(first).not.toContain(signer.field)
          expect(second).toContain(signer.field)
          const answer = await fetch(`${simulator.url}/_simulator/log?model=input%3D${own}`)
          const bodies = listOf(await answer.json()).map((entry): Fields => objectOf(objectOf(entry)["body"]))
          const [atSigner = "", atBackup = ""] = bodies.map((body) => JSON.stringify(body))
          expect(signatures.every((signature) => atSigner.includes(signature))).toBe(true)
          expect(signatures.some((signature) => atBackup.includes(signature))).toBe(false)
          // What was said is not lost with it.
          expect([atBackup.includes("And tomorrow?"), atBackup.includes("weather in Oslo")]).toEqual([true, true])
        })
      }
    }
  }
})

test("a request that takes no losses goes nowhere else with it, and is told why its own provider failed", async () => {
  const [signer] = signers
  if (signer === undefined) throw new Error("There is a signer.")
  const { messages } = await conversation(signer)
  const own = number++
  const { status, error, headers } = await ask(gateway, {
    model: `${signer.manner}/${signer.model}:input=${own}:status=503`,
    messages,
    fallbacks: [{ model: "baseten/words:count=3" }],
    provider: { require_parameters: true }
  })
  expect([status, error?.["class"], headers.get("x-gateway-attempts")]).toEqual([503, "Overloaded", "1"])
})
