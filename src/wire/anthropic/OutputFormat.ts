import type { Fields } from "../../domain/Fields.ts"
import type { ResponseFormat } from "../../domain/Request.ts"
import { textBlocks, type Block } from "./Parts.ts"
import { enforcedSchema, enforcementLimits, type EnforcedSchema } from "./Schema.ts"

/** How to ask for the form of the answer. */
export interface OutputFormat {
  /** What Anthropic enforces by `output_config.format`. */
  readonly format?: EnforcedSchema
  /** What the system prompt has to say where nothing is enforced. */
  readonly instruction: ReadonlyArray<Block>
  readonly dropped: ReadonlyArray<string>
}

const jsonOnly = "Answer with one JSON object and nothing else: no Markdown fence and no words around it."

const isWithinLimits = ({ optional, unions }: EnforcedSchema): boolean =>
  optional <= enforcementLimits.optional && unions <= enforcementLimits.unions

/**
 * OpenAI's `response_format`. Anthropic has no plain JSON mode, so `json_object` is an instruction. A schema is
 * enforced where the model can and the schema allows it; else it becomes an instruction too, and is told as dropped,
 * because nothing guarantees it any more.
 */
export const outputFormat = (asked: ResponseFormat | undefined, structured: boolean): OutputFormat => {
  if (asked === undefined || asked.type === "text") return { instruction: [], dropped: [] }
  if (asked.type === "json_object") return { instruction: textBlocks(jsonOnly), dropped: [] }
  const described: Fields =
    asked.description === undefined ? asked.schema : { description: asked.description, ...asked.schema }
  const format = enforcedSchema(described)
  if (structured && format.expressible && isWithinLimits(format)) return { format, instruction: [], dropped: [] }
  const instruction = `${jsonOnly} It must fit this JSON Schema:\n${JSON.stringify(described)}`
  return { instruction: textBlocks(instruction), dropped: ["response_format"] }
}
