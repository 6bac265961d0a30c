import { expect, test } from "bun:test"
import { type OpenAiError, readErrorBody } from "../../../src/wire/openai/OpenAiErrors.ts"

const forms: ReadonlyArray<readonly [name: string, body: string, read: OpenAiError]> = [
  [
    "OpenAI's object",
    `{"error":{"message":"No.","type":"invalid_request_error","param":"messages","code":"empty_array"}}`,
    { message: "No.", type: "invalid_request_error", param: "messages", code: "empty_array", flagged: false }
  ],
  [
    "nulls, which say nothing",
    `{"error":{"message":"No.","type":null,"param":null,"code":null}}`,
    { message: "No.", flagged: false }
  ],
  [
    "an envelope whose own type is `error`",
    `{"type":"error","error":{"type":"overloaded_error","message":"Busy"},"request_id":"req_1"}`,
    { message: "Busy", type: "overloaded_error", requestId: "req_1", flagged: false }
  ],
  [
    "a flat event of type `error`",
    `{"type":"error","code":"c","message":"m","param":null}`,
    { message: "m", code: "c", flagged: false }
  ],
  [
    "Baseten's bare string",
    `{"error":"please check the model"}`,
    { message: "please check the model", flagged: false }
  ],
  [
    "xAI's string with a code beside it",
    `{"code":"invalid-argument","error":"Incorrect API key."}`,
    { message: "Incorrect API key.", code: "invalid-argument", flagged: false }
  ],
  ["a list of strings", `{"error":["one","two"]}`, { message: "one; two", flagged: false }],
  ["Mistral's detail", `{"detail":"Unauthorized"}`, { message: "Unauthorized", flagged: false }],
  [
    "FastAPI's findings",
    `{"detail":[{"loc":["body","messages",0,"role"],"msg":"bad role","type":"enum"},{"loc":["body","n"],"msg":"too small"}]}`,
    { message: "messages[0].role: bad role; n: too small", param: "messages[0].role", flagged: false }
  ],
  ["FastAPI's object", `{"detail":{"message":"Gone","code":"x"}}`, { message: "Gone", code: "x", flagged: false }],
  [
    "Mistral's findings inside the message",
    `{"object":"error","message":{"detail":[{"loc":["body","tools"],"msg":"wrong"}]},"type":"invalid_request_error"}`,
    { message: "tools: wrong", type: "invalid_request_error", flagged: false }
  ],
  [
    "vLLM's flat object with a numeric code",
    `{"object":"error","message":"Too many","type":"BadRequestError","param":null,"code":400}`,
    { message: "Too many", type: "BadRequestError", code: "400", status: 400, flagged: false }
  ],
  [
    "a message and a code",
    `{"message":"Model does not exist","code":20012}`,
    { message: "Model does not exist", code: "20012", flagged: false }
  ],
  [
    "Google's list, whose status is a word",
    `[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]`,
    { message: "API key not valid.", type: "INVALID_ARGUMENT", code: "400", status: 400, flagged: false }
  ],
  [
    "Cloudflare's list of errors",
    `{"success":false,"errors":[{"code":5007,"message":"No such model"}]}`,
    { message: "No such model", code: "5007", flagged: false }
  ],
  [
    "OpenRouter's wrapping of what the provider said",
    `{"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Google","raw":"{\\"error\\":{\\"message\\":\\"slow\\"}}"}}}`,
    { message: "Provider returned error (Google: slow)", code: "429", status: 429, flagged: false }
  ],
  [
    "OpenRouter's moderation",
    `{"error":{"code":403,"message":"flagged","metadata":{"reasons":["hate"],"flagged_input":"…"}}}`,
    { message: "flagged", code: "403", status: 403, flagged: true }
  ],
  [
    "a status inside the body",
    `{"error":{"message":"m","status_code":400}}`,
    { message: "m", status: 400, flagged: false }
  ],
  [
    "a proxy's page",
    "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    { message: "502 Bad Gateway", flagged: false }
  ],
  ["a page without a title", "<html></html>", { flagged: false }],
  ["plain text", "upstream connect error\n", { message: "upstream connect error", flagged: false }],
  ["nothing", "", { flagged: false }],
  ["an empty object", "{}", { flagged: false }],
  ["an empty list", "[]", { flagged: false }],
  ["null", "null", { flagged: false }],
  ["a number", "42", { flagged: false }],
  ["a cut body, which is then text", `{"error":{"mess`, { message: `{"error":{"mess`, flagged: false }]
]

for (const [name, body, read] of forms) {
  test(`an error body is read: ${name}`, () => {
    expect(readErrorBody(body)).toEqual(read)
  })
}
