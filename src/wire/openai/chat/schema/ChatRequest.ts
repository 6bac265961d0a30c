import { Schema } from "effect"
import { efforts } from "../../../../domain/Reasoning.ts"
import { maybe, open } from "./Forms.ts"
import { routingFields } from "./RoutingFields.ts"

/**
 * The body of `POST /v1/chat/completions` as OpenAI documents it (openai 7.57.0 types), with AssemblyAI's additions,
 * OpenRouter's and our own. This is the source of truth for what is accepted, for the messages of a 400 and for the
 * OpenAPI document; `ChatCheck` is its quick twin. Fields that are not named here are kept and go on to targets that
 * speak the same language. `null` means "not said" wherever a field may lack.
 */

const Anything = Schema.Record(Schema.String, Schema.Unknown)
const TokenCount = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** Anthropic's prompt-cache mark; `ttl` is `5m` when absent. */
export const CacheMark = open({ type: Schema.Literal("ephemeral"), ttl: maybe(Schema.Literals(["5m", "1h"])) })
const marked = { cache_control: maybe(CacheMark) }

const TextPart = open({ type: Schema.Literal("text"), text: Schema.String, ...marked })
const RefusalPart = open({ type: Schema.Literal("refusal"), refusal: Schema.String })
const ImagePart = open({
  type: Schema.Literal("image_url"),
  image_url: open({ url: Schema.String, detail: maybe(Schema.String) }),
  ...marked
})
const AudioPart = open({
  type: Schema.Literal("input_audio"),
  input_audio: open({ data: Schema.String, format: Schema.String }),
  ...marked
})
const FilePart = open({
  type: Schema.Literal("file"),
  file: open({
    file_data: maybe(Schema.String),
    file_id: maybe(Schema.String),
    file_url: maybe(Schema.String),
    filename: maybe(Schema.String)
  }),
  ...marked
})

const anyPart = Schema.Union([TextPart, ImagePart, AudioPart, FilePart])
const textContent = Schema.Union([Schema.String, Schema.Array(TextPart)])

const SystemMessage = open({
  role: Schema.Literal("system"),
  content: textContent,
  name: maybe(Schema.String),
  ...marked
})
const DeveloperMessage = open({
  role: Schema.Literal("developer"),
  content: textContent,
  name: maybe(Schema.String),
  ...marked
})
const UserMessage = open({
  role: Schema.Literal("user"),
  content: Schema.Union([Schema.String, Schema.Array(anyPart)]),
  name: maybe(Schema.String),
  ...marked
})
const ToolCall = Schema.Union([
  open({
    id: Schema.String,
    type: Schema.Literal("function"),
    function: open({ name: Schema.String, arguments: Schema.String }),
    extra_content: maybe(Schema.Unknown)
  }),
  open({
    id: Schema.String,
    type: Schema.Literal("custom"),
    custom: open({ name: Schema.String, input: Schema.String })
  })
])
const FunctionCall = open({ name: Schema.String, arguments: Schema.String })
const AssistantMessage = open({
  role: Schema.Literal("assistant"),
  content: maybe(Schema.Union([Schema.String, Schema.Array(Schema.Union([TextPart, RefusalPart]))])),
  tool_calls: maybe(Schema.Array(ToolCall)),
  function_call: maybe(FunctionCall),
  refusal: maybe(Schema.String),
  name: maybe(Schema.String),
  reasoning_content: maybe(Schema.String),
  reasoning: maybe(Schema.String),
  thinking: maybe(Schema.String),
  reasoning_details: maybe(Schema.Array(Anything)),
  ...marked
})
const ToolMessage = open({
  role: Schema.Literal("tool"),
  tool_call_id: Schema.String,
  content: Schema.Union([Schema.String, Schema.Array(anyPart)]),
  name: maybe(Schema.String),
  ...marked
})
const FunctionMessage = open({
  role: Schema.Literal("function"),
  name: Schema.String,
  content: Schema.NullOr(Schema.String)
})
const roleMessage = Schema.Union([
  SystemMessage,
  DeveloperMessage,
  UserMessage,
  AssistantMessage,
  ToolMessage,
  FunctionMessage
])

/** AssemblyAI's older items, which stand among the messages without a role. */
const FunctionCallItem = open({
  type: Schema.Literal("function_call"),
  tool_call_id: maybe(Schema.String),
  call_id: maybe(Schema.String),
  id: maybe(Schema.String),
  name: Schema.String,
  arguments: Schema.Union([Schema.String, Anything])
})
const FunctionCallOutputItem = open({
  type: Schema.Literal("function_call_output"),
  tool_call_id: maybe(Schema.String),
  call_id: maybe(Schema.String),
  name: maybe(Schema.String),
  output: Schema.Union([Schema.String, Anything])
})
const Message = Schema.Union([...roleMessage.members, FunctionCallItem, FunctionCallOutputItem])

const FunctionDefinition = open({
  name: Schema.String,
  description: maybe(Schema.String),
  parameters: maybe(Anything),
  strict: maybe(Schema.Boolean)
})
const Tool = Schema.Union([
  open({ type: Schema.Literal("function"), function: FunctionDefinition, ...marked }),
  open({ type: Schema.Literal("custom"), custom: open({ name: Schema.String }) })
])
const NamedTool = Schema.Union([
  open({ type: Schema.Literal("function"), function: open({ name: Schema.String }) }),
  open({ type: Schema.Literal("custom"), custom: open({ name: Schema.String }) })
])
const ToolChoice = Schema.Union([
  Schema.Literals(["none", "auto", "required"]),
  ...NamedTool.members,
  open({
    type: Schema.Literal("allowed_tools"),
    allowed_tools: open({ mode: Schema.Literals(["auto", "required"]), tools: Schema.Array(NamedTool) })
  })
])
const ResponseFormat = Schema.Union([
  open({ type: Schema.Literal("text") }),
  open({ type: Schema.Literal("json_object") }),
  open({
    type: Schema.Literal("json_schema"),
    json_schema: open({
      name: Schema.String,
      description: maybe(Schema.String),
      schema: maybe(Anything),
      strict: maybe(Schema.Boolean)
    })
  })
])

/** The request as it comes in. */
export const ChatRequest = open({
  // First, so that a wrong list is told before the `model` that is taken from it.
  ...routingFields,
  model: Schema.String.check(Schema.isMinLength(1)),
  messages: maybe(Schema.Array(Message)),
  /** AssemblyAI's shorthand for one user message, in place of `messages`. */
  prompt: maybe(Schema.String),
  stream: maybe(Schema.Boolean),
  stream_options: maybe(open({ include_usage: maybe(Schema.Boolean), include_obfuscation: maybe(Schema.Boolean) })),
  tools: maybe(Schema.Array(Tool)),
  tool_choice: maybe(ToolChoice),
  parallel_tool_calls: maybe(Schema.Boolean),
  functions: maybe(Schema.Array(FunctionDefinition)),
  function_call: maybe(Schema.Union([Schema.Literals(["none", "auto"]), open({ name: Schema.String })])),
  response_format: maybe(ResponseFormat),
  max_tokens: maybe(TokenCount),
  max_completion_tokens: maybe(TokenCount),
  temperature: maybe(Schema.Finite),
  top_p: maybe(Schema.Finite),
  top_k: maybe(Schema.Int),
  stop: maybe(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  seed: maybe(Schema.Int),
  n: maybe(TokenCount),
  logprobs: maybe(Schema.Boolean),
  top_logprobs: maybe(Schema.Int),
  logit_bias: maybe(Anything),
  presence_penalty: maybe(Schema.Finite),
  frequency_penalty: maybe(Schema.Finite),
  reasoning_effort: maybe(Schema.Literals(efforts)),
  reasoning: maybe(open({ effort: maybe(Schema.Literals(efforts)), max_tokens: maybe(TokenCount) })),
  verbosity: maybe(Schema.String),
  metadata: maybe(Anything),
  user: maybe(Schema.String),
  safety_identifier: maybe(Schema.String),
  service_tier: maybe(Schema.String),
  prompt_cache_key: maybe(Schema.String),
  prompt_cache_retention: maybe(Schema.String),
  cache_control: maybe(CacheMark)
})
/** The request as it comes in. */
export type ChatRequest = typeof ChatRequest.Type
