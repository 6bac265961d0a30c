import type { Answer, AnswerChoice, AnsweredCall } from "../../../domain/Answer.ts"
import type { Annotation } from "../../../domain/Delta.ts"
import type { Fields } from "../../../domain/Fields.ts"
import { chatDetail } from "./ChatDetails.ts"
import { chatUsage } from "./usage/ChatUsage.ts"

/** What an answer is called and how it is dressed for its caller. */
export interface Naming {
  readonly id: string
  /** The catalog id of what answered. */
  readonly model: string
  /** Unix seconds. */
  readonly created: number
  /** The caller used `functions` and expects `function_call`. */
  readonly legacyFunctions: boolean
}

/** A whole answer as OpenAI's `chat.completion`. */
export const chatAnswer = (answer: Answer, naming: Naming): Fields => ({
  ...answer.extra,
  id: naming.id,
  object: "chat.completion",
  created: naming.created,
  model: naming.model,
  choices: answer.choices.map((choice) => ({
    ...choice.extra,
    index: choice.index,
    message: chatMessage(choice, naming.legacyFunctions),
    logprobs: choice.logprobs ?? null,
    finish_reason: finishWord(choice.finishReason ?? "stop", naming.legacyFunctions)
  })),
  usage: chatUsage(answer.usage)
})

/** OpenAI's word for the end, in the old form for a caller of the old form. */
export const finishWord = (reason: string, legacyFunctions: boolean): string =>
  legacyFunctions && reason === "tool_calls" ? "function_call" : reason

const chatMessage = (choice: AnswerChoice, legacyFunctions: boolean): Fields => {
  const { text, toolCalls, reasoning, reasoningDetails, refusal, annotations, audio } = choice
  const [first] = toolCalls
  return {
    role: "assistant",
    content: text === "" && (toolCalls.length > 0 || refusal !== "" || audio !== undefined) ? null : text,
    refusal: refusal === "" ? null : refusal,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(reasoningDetails.length === 0 ? {} : { reasoning_details: reasoningDetails.map(chatDetail) }),
    ...(first === undefined
      ? {}
      : legacyFunctions
        ? { function_call: { name: first.name, arguments: first.arguments } }
        : { tool_calls: toolCalls.map(chatCall) }),
    ...(annotations.length === 0 ? {} : { annotations: annotations.map(chatAnnotation) }),
    ...(audio === undefined ? {} : { audio })
  }
}

const chatCall = (call: AnsweredCall): Fields =>
  call.kind === "custom"
    ? { id: call.id, type: "custom", custom: { name: call.name, input: call.arguments } }
    : {
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: call.arguments },
        ...signed(call.signature)
      }

/** Gemini's signature of a call, where Google's own OpenAI endpoint puts it. */
export const signed = (signature: string | undefined): Fields =>
  signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }

/** A citation as OpenAI's annotation. */
export const chatAnnotation = (annotation: Annotation): Fields => ({
  type: "url_citation",
  url_citation: {
    start_index: annotation.start,
    end_index: annotation.end,
    url: annotation.url,
    title: annotation.title
  }
})
