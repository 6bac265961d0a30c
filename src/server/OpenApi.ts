import { Schema } from "effect"
import { type Fields, listOf } from "../domain/Fields.ts"
import { RouteExplanation } from "./chat/RouteExplanation.ts"
import { ChatRequest } from "../wire/openai/chat/schema/ChatRequest.ts"

const reference = (name: string): Fields => ({ $ref: `#/components/schemas/${name}` })
const json = (schema: Fields): Fields => ({ "application/json": { schema } })
const answer = (description: string, schema: Fields): Fields => ({ description, content: json(schema) })
const failed = answer("The error, in OpenAI's envelope; GET /v1/errors lists the codes.", reference("Error"))
const anyObject: Fields = { type: "object" }

const get = (summary: string, open: boolean, more: Fields = {}): Fields => ({
  get: {
    summary,
    ...(open ? { security: [] } : {}),
    responses: { "200": answer(summary, anyObject), default: failed },
    ...more
  }
})

const errorSchema: Fields = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "param", "code"],
      properties: {
        message: { type: "string" },
        type: { type: "string" },
        param: { type: ["string", "null"], description: "The field at fault, like messages[2].content[0].type." },
        code: { type: ["string", "null"] },
        request_id: { type: "string", description: "Also in the header x-request-id." },
        class: { type: "string", description: "The class of failure, as GET /v1/errors lists them." },
        provider: { type: "object", description: "The provider's own status, message, code and request id." }
      }
    }
  }
}

/** The Schema is given bodies that have their model in its place; callers may name it in `models` alone. */
const withEitherModel = ({ required, ...schema }: Fields): Fields => ({
  ...schema,
  required: listOf(required).filter((name) => name !== "model"),
  anyOf: [{ required: ["model"] }, { required: ["models"] }]
})

const make = (): Fields => {
  const { schema, definitions } = Schema.toJsonSchemaDocument(ChatRequest, { onExcessProperty: "error" })
  const explanation = Schema.toJsonSchemaDocument(RouteExplanation)
  return {
    openapi: "3.1.0",
    info: {
      title: "LLM gateway",
      version: "1",
      description: "OpenAI's chat completions in front of OpenAI, Anthropic, Google, Baseten and compatible servers."
    },
    security: [{ key: [] }],
    paths: {
      "/v1/chat/completions": {
        post: {
          summary: "An answer of a model, whole or (stream: true) as server-sent chat.completion.chunk events.",
          requestBody: { required: true, content: json(reference("ChatRequest")) },
          responses: {
            "200": {
              description: "OpenAI's chat.completion, or its chunks.",
              content: { ...json(anyObject), "text/event-stream": { schema: { type: "string" } } }
            },
            default: failed
          }
        }
      },
      "/v1/route/explain": {
        post: {
          summary: "What would be done with a chat completion, in which order and how, without sending anything.",
          requestBody: { required: true, content: json(reference("ChatRequest")) },
          responses: {
            "200": answer("The targets with their timers, provider bodies and costs.", reference("RouteExplanation")),
            default: failed
          }
        }
      },
      "/v1/models": get("The models that can be asked, with context, abilities, prices and shutdown dates.", false),
      "/v1/models/{id}": get("One model.", false, {
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }]
      }),
      "/v1/usage": get("What the caller's own key used and what it cost; 404 where no ledger is kept.", false, {
        parameters: [
          ...["from", "to"].map((name) => ({
            name,
            in: "query",
            schema: { type: "string", format: "date" },
            description: "A day, both included."
          })),
          {
            name: "by",
            in: "query",
            schema: { type: "array", items: { enum: ["model", "provider", "day", "tag"] } },
            description: "Splits the sums."
          },
          {
            name: "zone",
            in: "query",
            schema: { type: "string" },
            description: "Time zone of the days; UTC without it."
          }
        ]
      }),
      "/v1/errors": get("Every class of failure: its status, code, and what may follow it.", true),
      "/healthz": get("The process lives.", true),
      "/readyz": get("The gateway takes requests; 503 while it stops.", true),
      "/gateway.schema.json": get("The JSON Schema of gateway.yaml, for editors.", true)
    },
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A key of this gateway; none when it has none." }
      },
      schemas: {
        ...definitions,
        ...explanation.definitions,
        ChatRequest: withEitherModel(schema),
        RouteExplanation: explanation.schema,
        Error: errorSchema
      }
    }
  }
}

/** The OpenAPI document of the data plane, generated from the schema that requests are checked with. */
export const openApi = make
