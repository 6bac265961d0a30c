import { asObject, asText, type Fields, listOf, objectOf } from "../../../domain/Fields.ts"
import { geminiInvalid } from "./GeminiErrors.ts"
import type { Received, Refusal } from "../Language.ts"

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A field by its camel-case name or, as Google takes it too, in snake case. */
export const either = (fields: Fields, name: string): unknown => fields[name] ?? fields[snake(name)]

/**
 * Whether the model signs its calls and wants the signatures back: Gemini 3 and later, and so any name that is not
 * known to be older.
 */
export const hasSignatures = (model: string): boolean => !/^(models\/)?(gemini-[12]|gemma)/.test(model)

/** What a client may send when it has lost a signature. */
const unsigned = "skip_thought_signature_validator"

const camel = (names: string): ReadonlySet<string> => new Set(names.split(" ").flatMap((name) => [name, snake(name)]))

const requestFields = camel(
  "contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent model labels serviceTier store continuationToken"
)
const generationFields = camel(
  "temperature topP topK candidateCount maxOutputTokens stopSequences responseMimeType responseSchema responseJsonSchema seed " +
    "presencePenalty frequencyPenalty responseLogprobs logprobs thinkingConfig responseModalities speechConfig imageConfig " +
    "mediaResolution enableEnhancedCivicAnswers"
)
const partFields = camel(
  "text thought thoughtSignature inlineData fileData functionCall functionResponse executableCode codeExecutionResult videoMetadata toolCall toolResponse partMetadata mediaResolution"
)
/** The old `parameters` are OpenAPI's schema and know no more than this; `parametersJsonSchema` takes JSON Schema. */
const schemaFields = camel(
  "type format title description nullable enum maxItems minItems properties required minProperties maxProperties minLength maxLength " +
    "pattern example anyOf propertyOrdering default items minimum maximum"
)

const unknownName = (fields: Fields, known: ReadonlySet<string>, place: string): Refusal | undefined => {
  const unknown = Object.keys(fields).find((name) => !known.has(name))
  if (unknown === undefined) return undefined
  const at = place === "" ? "" : ` at '${place}'`
  return geminiInvalid(`Invalid JSON payload received. Unknown name "${unknown}"${at}: Cannot find field.`)
}

interface Turn {
  readonly at: number
  readonly role: string
  readonly parts: ReadonlyArray<Fields>
  readonly calls: ReadonlyArray<Fields>
  readonly responses: ReadonlyArray<Fields>
}

const turnsOf = (body: Fields): ReadonlyArray<Turn> =>
  listOf(body["contents"])
    .map(objectOf)
    .map((content, at) => {
      const parts = listOf(content["parts"]).map(objectOf)
      return {
        at,
        role: asText(content["role"]) ?? "user",
        parts,
        calls: parts.filter((part) => either(part, "functionCall") !== undefined),
        responses: parts
          .map((part) => asObject(either(part, "functionResponse")))
          .filter((response) => response !== undefined)
      }
    })

const parts = (turn: Turn): Refusal | undefined => {
  // "function" is what older clients send for results.
  if (!["user", "model", "function"].includes(turn.role)) {
    return geminiInvalid("Please use a valid role: user, model.")
  }
  if (turn.parts.length === 0) {
    return geminiInvalid(`* GenerateContentRequest.contents[${turn.at}].parts: contents.parts must not be empty.\n`)
  }
  for (const [index, part] of turn.parts.entries()) {
    const place = `contents[${turn.at}].parts[${index}]`
    const refusal = unknownName(part, partFields, place)
    if (refusal !== undefined) return refusal
    const response = asObject(either(part, "functionResponse"))
    if (response !== undefined && asObject(response["response"]) === undefined) {
      return geminiInvalid(
        `Invalid value at '${place}.function_response.response' (type.googleapis.com/google.protobuf.Struct)`
      )
    }
    const call = asObject(either(part, "functionCall"))
    if (call !== undefined && call["args"] !== undefined && asObject(call["args"]) === undefined) {
      return geminiInvalid(
        `Invalid value at '${place}.function_call.args' (type.googleapis.com/google.protobuf.Struct)`
      )
    }
  }
  return undefined
}

/** Calls are answered in the very next turn, each once; results answer calls. */
const pairing = (turn: Turn, turns: ReadonlyArray<Turn>): Refusal | undefined => {
  const next = turns[turn.at + 1]
  const before = turns[turn.at - 1]
  if (turn.responses.length > 0 && (before?.calls.length ?? 0) === 0) {
    return geminiInvalid("Please ensure that function response turn comes immediately after a function call turn.")
  }
  if (turn.calls.length === 0) return undefined
  if (before === undefined || before.role === "model") {
    return geminiInvalid(
      "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
    )
  }
  if (next === undefined || next.responses.length !== turn.calls.length) {
    return geminiInvalid(
      "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn."
    )
  }
  const names = turn.calls.map((part) => objectOf(either(part, "functionCall"))["name"])
  const unknown = next.responses.find((response) => !names.includes(response["name"]))
  if (unknown === undefined) return undefined
  return geminiInvalid("Please ensure that the function response has the name of the function call it answers.")
}

/**
 * The calls of the current turn, which begins with the user's last words, must carry their signature on the first of
 * each step.
 */
const signatures = (turns: ReadonlyArray<Turn>): Refusal | undefined => {
  const begins = turns.findLastIndex((turn) => turn.role !== "model" && turn.responses.length === 0)
  for (const turn of turns.slice(begins + 1)) {
    const [first] = turn.calls
    if (first === undefined) continue
    const signature = asText(either(first, "thoughtSignature")) ?? ""
    if (signature === "") {
      const name = String(objectOf(either(first, "functionCall"))["name"])
      return geminiInvalid(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${turn.at + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`
      )
    }
    if (signature !== unsigned && !/^[A-Za-z0-9+/_-]+={0,2}$/.test(signature)) {
      return geminiInvalid("Invalid value at 'thought_signature' (TYPE_BYTES), Base64 decoding failed")
    }
  }
  return undefined
}

const generation = (body: Fields, model: string): Refusal | undefined => {
  const asked = objectOf(either(body, "generationConfig"))
  const refusal = unknownName(asked, generationFields, "generation_config")
  if (refusal !== undefined) return refusal
  const thinking = objectOf(either(asked, "thinkingConfig"))
  const level = either(thinking, "thinkingLevel")
  if (level !== undefined && either(thinking, "thinkingBudget") !== undefined) {
    return geminiInvalid("You can only set only one of thinking budget and thinking level.")
  }
  if (level !== undefined && !hasSignatures(model)) {
    return geminiInvalid("Thinking level is not supported for this model.")
  }
  const penalty = either(asked, "presencePenalty") ?? either(asked, "frequencyPenalty")
  if (/gemini-2\.5/.test(model) && penalty !== undefined) {
    return geminiInvalid(`Penalty is not enabled for models/${model}`)
  }
  const json = either(asked, "responseMimeType") === "application/json"
  const functions = listOf(body["tools"]).some((tool) => either(objectOf(tool), "functionDeclarations") !== undefined)
  if (json && functions && !hasSignatures(model)) {
    return geminiInvalid("Function calling with a response mime type: 'application/json' is unsupported")
  }
  return undefined
}

const tools = (body: Fields): Refusal | undefined => {
  for (const [at, tool] of listOf(body["tools"]).map(objectOf).entries()) {
    for (const [index, declared] of listOf(either(tool, "functionDeclarations")).map(objectOf).entries()) {
      const place = `tools[${at}].function_declarations[${index}]`
      if (!/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/.test(String(declared["name"]))) {
        return geminiInvalid(
          `* GenerateContentRequest.${place}.name: Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.\n`
        )
      }
      const schema = asObject(declared["parameters"])
      const refusal = schema === undefined ? undefined : openApi(schema, `${place}.parameters`)
      if (refusal !== undefined) return refusal
    }
  }
  return undefined
}

const openApi = (schema: Fields, place: string): Refusal | undefined => {
  const unknown = unknownName(schema, schemaFields, place)
  if (unknown !== undefined) return unknown
  const properties = objectOf(schema["properties"])
  if (String(schema["type"]).toUpperCase() === "OBJECT" && Object.keys(properties).length === 0) {
    return geminiInvalid(`* GenerateContentRequest.${place}.properties: should be non-empty for OBJECT type\n`)
  }
  for (const [name, property] of Object.entries(properties)) {
    const refusal = openApi(objectOf(property), `${place}.properties[${name}]`)
    if (refusal !== undefined) return refusal
  }
  return schema["items"] === undefined ? undefined : openApi(objectOf(schema["items"]), `${place}.items`)
}

/** The reasons for which Google refuses to generate, in its words. */
export const checkContent = ({ body, model }: Received): Refusal | undefined => {
  const turns = turnsOf(body)
  if (turns.length === 0) {
    return geminiInvalid("* GenerateContentRequest.contents: contents is not specified\n")
  }
  const refusal = unknownName(body, requestFields, "") ?? generation(body, model) ?? tools(body)
  if (refusal !== undefined) return refusal
  for (const turn of turns) {
    const wrong = parts(turn) ?? pairing(turn, turns)
    if (wrong !== undefined) return wrong
  }
  return hasSignatures(model) ? signatures(turns) : undefined
}
