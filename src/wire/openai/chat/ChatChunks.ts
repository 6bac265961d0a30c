import type { Delta, Deltas } from "../../../domain/Delta.ts"
import type { Fields } from "../../../domain/Fields.ts"
import { noUsage, type Usage } from "../../../domain/usage/Usage.ts"
import { chatAnnotation, finishWord, type Naming, signed } from "./ChatAnswer.ts"
import { chatDetail } from "./ChatDetails.ts"
import { chatUsage } from "./usage/ChatUsage.ts"

/** What the caller asked about the form of the stream. */
export interface ChunkForm extends Naming {
  readonly includeUsage: boolean
  /** What the caller's dialect adds to OpenAI's `usage`. */
  readonly dressUsage?: (usage: Fields) => Fields
}

/** The last line of a stream that ended well; never after an error. */
export const doneLine = "data: [DONE]\n\n"

/**
 * Writes deltas as OpenAI's chunks: each a `data:` line with one choice (but for the usage chunk), with `delta.content`
 * a text in every one, so that a caller who prints it prints the answer and nothing else.
 */
export class ChatChunks {
  readonly #form: ChunkForm
  readonly #head: string
  readonly #tail: string
  readonly #openChoices = new Set<number>()
  /** Calls of custom tools, whose pieces have another name. */
  readonly #customCalls = new Set<string>()
  #usage: Usage = noUsage
  #extra: Fields | undefined

  constructor(form: ChunkForm) {
    this.#form = form
    this.#head = `data: {"id":${JSON.stringify(form.id)},"object":"chat.completion.chunk","created":${form.created},"model":${JSON.stringify(form.model)},`
    // OpenAI sends the field on every chunk, null until the last, once it is asked for.
    this.#tail = form.includeUsage ? `,"usage":null}\n\n` : "}\n\n"
  }

  /** The events that these deltas make, as text to send. */
  write(deltas: Deltas): string {
    let text = ""
    for (const delta of deltas) text += this.#event(delta)
    return text
  }

  /** What ends a stream that went well; `gateway`: what the gateway itself tells, in a chunk like any other. */
  end(gateway?: Fields): string {
    const told = gateway === undefined ? "" : this.#chunk(0, `{"content":""}`, "null", "null", { gateway })
    if (!this.#form.includeUsage) return told + doneLine
    const usage = chatUsage(this.#usage)
    const dressed = this.#form.dressUsage?.(usage) ?? usage
    return `${told}${this.#head}"choices":[],"usage":${JSON.stringify(dressed)}}\n\n${doneLine}`
  }

  #event(delta: Delta): string {
    switch (delta._tag) {
      case "Start":
        this.#extra = delta.extra
        return this.#open(0)
      case "Usage":
        this.#usage = delta.usage
        return ""
      case "Text": {
        if (delta.logprobs !== undefined) {
          return this.#content(delta.choice, delta.text, "", JSON.stringify(delta.logprobs))
        }
        return delta.text === "" ? "" : this.#content(delta.choice, delta.text, "", "null")
      }
      case "Reasoning":
        return this.#with(delta.choice, { reasoning_content: delta.text })
      case "ReasoningDetail":
        return this.#with(delta.choice, { reasoning_details: [chatDetail(delta.detail)] })
      case "Refusal":
        return this.#with(delta.choice, { refusal: delta.text })
      case "Annotation":
        return this.#with(delta.choice, { annotations: [chatAnnotation(delta.annotation)] })
      case "Audio":
        return this.#with(delta.choice, { audio: delta.audio })
      case "ToolCallStart":
        return this.#callStart(delta)
      case "ToolCallArguments":
        return this.#callArguments(delta.choice, delta.call, delta.text)
      case "Finish": {
        const before = this.#open(delta.choice)
        const reason = JSON.stringify(finishWord(delta.reason, this.#form.legacyFunctions))
        return `${before}${this.#chunk(delta.choice, `{"content":""}`, "null", `${reason}${added(delta.choiceExtra)}`, delta.extra)}`
      }
      case "Relayed":
        return delta.text
      case "Failed":
        return ""
    }
  }

  /** The role chunk that every choice begins with. */
  #open(choice: number): string {
    if (this.#openChoices.has(choice)) return ""
    this.#openChoices.add(choice)
    return this.#chunk(choice, `{"role":"assistant","content":"","refusal":null}`, "null", "null", this.#extra)
  }

  #content(choice: number, content: string, more: string, logprobs: string): string {
    return `${this.#open(choice)}${this.#chunk(choice, `{"content":${JSON.stringify(content)}${more}}`, logprobs, "null")}`
  }

  #with(choice: number, fields: Fields): string {
    return this.#content(choice, "", added(fields), "null")
  }

  #callStart(call: Extract<Delta, { readonly _tag: "ToolCallStart" }>): string {
    if (this.#form.legacyFunctions) {
      // The old form has room for one call.
      return call.call === 0 ? this.#with(call.choice, { function_call: { name: call.name, arguments: "" } }) : ""
    }
    if (call.kind === "custom") this.#customCalls.add(`${call.choice}/${call.call}`)
    const what =
      call.kind === "custom"
        ? { type: "custom", custom: { name: call.name, input: "" } }
        : { type: "function", function: { name: call.name, arguments: "" }, ...signed(call.signature) }
    return this.#with(call.choice, { tool_calls: [{ index: call.call, id: call.id, ...what }] })
  }

  #callArguments(choice: number, call: number, text: string): string {
    if (this.#form.legacyFunctions) {
      return call === 0 ? this.#with(choice, { function_call: { arguments: text } }) : ""
    }
    const pieces = JSON.stringify(text)
    return this.#content(
      choice,
      "",
      this.#customCalls.size > 0 && this.#customCalls.has(`${choice}/${call}`)
        ? `,"tool_calls":[{"index":${call},"custom":{"input":${pieces}}}]`
        : `,"tool_calls":[{"index":${call},"function":{"arguments":${pieces}}}]`,
      "null"
    )
  }

  #chunk(choice: number, delta: string, logprobs: string, finish: string, extra?: Fields): string {
    return `${this.#head}"choices":[{"index":${choice},"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}}]${added(extra)}${this.#tail}`
  }
}

/** Fields as they stand after others in a JSON object. */
const added = (fields: Fields | undefined): string => {
  const text = fields === undefined ? "{}" : JSON.stringify(fields)
  return text === "{}" ? "" : `,${text.slice(1, -1)}`
}
