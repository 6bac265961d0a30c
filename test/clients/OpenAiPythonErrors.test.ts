import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { type Fields, listOf, objectOf } from "../../src/domain/Fields.ts"
import { startConfigured } from "../journey/stage/Configured.ts"
import { providersAt, type Running, startSimulator } from "../journey/stage/Processes.ts"
import { missingInPython, runPython } from "./Python.ts"
import { lastReceived } from "./SimulatorLog.ts"

const missing = missingInPython("openai")

/** Asks for every case in turn and tells what was raised, as its caller would look at it. */
const program = `
import json, os
import openai
client = openai.OpenAI(max_retries=int(os.environ["RETRIES"]))
told = []
for case in json.loads(os.environ["CASES"]):
  text, raised = "", None
  try:
    answer = client.chat.completions.create(model=case["model"], messages=[{"role": "user", "content": "Hello"}], stream=case["stream"], **case.get("more", {}))
    if case["stream"]:
      for chunk in answer: text += chunk.choices[0].delta.content
    else: text = answer.choices[0].message.content
  except openai.OpenAIError as error:
    response = getattr(error, "response", None)
    raised = {
      "class": type(error).__name__, "message": str(error),
      "code": getattr(error, "code", None), "type": getattr(error, "type", None), "param": getattr(error, "param", None),
      "status": getattr(error, "status_code", None), "request_id": getattr(error, "request_id", None),
      "body": getattr(error, "body", None), "retry_after": response.headers.get("retry-after") if response is not None else None,
    }
  told.append({"text": text, "raised": raised})
print(json.dumps(told))
`

interface Case {
  readonly model: string
  readonly stream: boolean
  readonly more?: Fields
}

const providers = ["openai", "anthropic", "google", "baseten"]

/** Faults in mid-stream, and what they are called. */
const breaks = [
  { fault: "cut=5", code: "provider_cut", type: "server_error", said: undefined },
  { fault: "rst=5", code: "provider_cut", type: "server_error", said: undefined },
  { fault: "truncate", code: "provider_cut", type: "server_error", said: undefined },
  { fault: "error-event=5", code: "provider_overloaded", type: "server_error", said: /overloaded/i },
  {
    fault: "error-event=5:code=rate_limit_exceeded",
    code: "rate_limit_exceeded",
    type: "rate_limit_error",
    said: /limit|quota/i
  },
  { fault: "error-event=5:code=server_error", code: "provider_error", type: "server_error", said: /error/i }
]

/** What a provider refuses before its headers, and what the SDK makes of it. */
const refusals = [
  { ask: "status=429:retry-after=2", class: "RateLimitError", status: 429, code: "rate_limit_exceeded" },
  { ask: "status=503", class: "InternalServerError", status: 503, code: "provider_overloaded" },
  { ask: "status=500", class: "InternalServerError", status: 502, code: "provider_error" },
  { ask: "status=504", class: "InternalServerError", status: 504, code: "provider_timeout" },
  { ask: "status=401", class: "InternalServerError", status: 502, code: "provider_auth" },
  { ask: "status=402", class: "InternalServerError", status: 502, code: "provider_quota" },
  { ask: "status=404", class: "NotFoundError", status: 404, code: "model_not_found" },
  { ask: "status=400", class: "BadRequestError", status: 400, code: "invalid_request" },
  { ask: "code=context_length_exceeded", class: "BadRequestError", status: 400, code: "context_length_exceeded" },
  { ask: "html", class: "InternalServerError", status: 502, code: "provider_error" },
  { ask: "reset", class: "InternalServerError", status: 502, code: "provider_unreachable" }
]

const others: ReadonlyArray<Case> = [
  { model: "openai/words:cut=0", stream: true },
  { model: "openai/words:error-event=0", stream: true },
  { model: "openai/gpt-5-nano", stream: false, more: { extra_body: { messages: [{ role: "usher", content: "Hi" }] } } },
  { model: "gpt-5-nanoo", stream: true }
]

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

describe.skipIf(missing !== undefined)("errors in the official Python SDK", () => {
  let simulator: Running
  let gateway: Running

  /** What became of every case of these tables, asked in one run. */
  let answers: ReadonlyMap<string, Fields> = new Map()

  beforeAll(async () => {
    simulator = await startSimulator()
    gateway = await startConfigured({ defaults: { retries: { attempts: 0 } } }, providersAt(simulator.url))
    const perProvider = providers.flatMap((provider): ReadonlyArray<Case> => [
      ...breaks.map(({ fault }) => ({ model: `${provider}/words:count=20:${fault}`, stream: true })),
      ...refusals.flatMap(({ ask }) => [true, false].map((stream) => ({ model: `${provider}/words:${ask}`, stream })))
    ])
    const cases = [...perProvider, ...others]
    const all = await told(cases)
    answers = new Map(cases.map(({ model, stream }, at) => [`${model} ${stream}`, objectOf(all[at])]))
  }, 30_000)

  afterAll(async () => {
    await gateway.stop()
    await simulator.stop()
  })

  const told = async (cases: ReadonlyArray<Case>, retries = 0): Promise<ReadonlyArray<Fields>> => {
    const printed = await runPython("openai", program, {
      OPENAI_BASE_URL: `${gateway.url}/v1`,
      OPENAI_API_KEY: "none-needed",
      RETRIES: String(retries),
      CASES: JSON.stringify(cases)
    })
    return listOf(JSON.parse(printed)).map(objectOf)
  }

  for (const provider of providers) {
    test(`a stream that breaks is raised as an APIError with its code and request id (${provider})`, () => {
      for (const { fault, code, type, said } of breaks) {
        const { text, raised } = objectOf(answers.get(`${provider}/words:count=20:${fault} true`))
        const error = objectOf(raised)
        const body = objectOf(error["body"])
        // The class itself: its subclasses stand for a status, and the status was 200.
        expect([fault, error["class"], error["code"], error["type"]]).toEqual([fault, "APIError", code, type])
        expect(body["request_id"]).toMatch(uuid)
        // The simulator names its requests in the headers of OpenAI's and Anthropic's languages, as those do; Google
        // has no such header.
        const theirs = objectOf(body["provider"])["request_id"]
        if (provider !== "google") expect(theirs).toMatch(/sim/)
        expect(error["message"]).toBe(body["message"])
        if (fault !== "truncate") expect(String(text).split(" ")).toHaveLength(5)
        if (said === undefined) continue
        expect(body["provider"]).toMatchObject({ name: provider })
        expect(objectOf(body["provider"])["message"]).toMatch(said)
      }
    })
  }

  test("a stream that breaks before its first word still has a status", () => {
    const [cut, refused] = others.map(({ model, stream }) => answers.get(`${model} ${stream}`))
    expect(cut).toMatchObject({ text: "", raised: { class: "InternalServerError", status: 502, code: "provider_cut" } })
    expect(refused).toMatchObject({ text: "", raised: { status: 503, code: "provider_overloaded" } })
  })

  for (const provider of providers) {
    test(`an error before the headers is the class of its status, streamed or whole (${provider})`, () => {
      const asked = refusals.flatMap((refusal) => [true, false].map((stream) => ({ ...refusal, stream })))
      for (const { ask, stream, ...looks } of asked) {
        const error = objectOf(answers.get(`${provider}/words:${ask} ${stream}`)?.["raised"])
        const seen = { class: error["class"], status: error["status"], code: error["code"] }
        expect([ask, seen]).toEqual([ask, looks])
        const body = objectOf(error["body"])
        expect(error["request_id"]).toMatch(uuid)
        expect(body["request_id"]).toBe(error["request_id"])
        expect(JSON.stringify(body)).not.toContain(`sim-${provider}-key`)
        if (!ask.startsWith("status")) continue
        expect(body["provider"]).toMatchObject({ name: provider, status: Number(/\d+/.exec(ask)?.[0]) })
        // Google says when to come back in the body; it reaches the caller as the header all the same.
        if (ask.includes("retry-after")) expect(error["retry_after"]).toBe("2")
      }
    })
  }

  test("a wrong request is a BadRequestError that names the field, an unknown model a NotFoundError", () => {
    const [, , wrong, unknown] = others.map(({ model, stream }) => answers.get(`${model} ${stream}`))
    expect(wrong).toMatchObject({
      raised: { class: "BadRequestError", status: 400, code: "invalid_value", param: "messages[0].role" }
    })
    expect(unknown).toMatchObject({
      raised: { class: "NotFoundError", status: 404, code: "model_not_found", param: "model" }
    })
    expect(objectOf(unknown?.["raised"])["message"]).toContain("Did you mean openai/gpt-5-nano")
  })

  test("a failure that no other try can mend is not tried again by the SDK", async () => {
    const [answer] = await told([{ model: "openai/words:count=3:status=401", stream: false }], 2)
    expect(answer).toMatchObject({ raised: { status: 502, code: "provider_auth" } })
    const log = await lastReceived(simulator.url, 3)
    expect(log.filter((entry) => entry["model"] === "words:count=3:status=401")).toHaveLength(1)
  })
})
