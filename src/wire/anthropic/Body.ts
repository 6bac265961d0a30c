import { Result } from "effect"
import { Unable, type Failure } from "../../domain/Failure.ts"
import type { Fields } from "../../domain/Fields.ts"
import { foreignReasoning } from "../../domain/Message.ts"
import type { AnthropicRules, Model } from "../../domain/Model.ts"
import type { ReasoningDetail } from "../../domain/Reasoning.ts"
import type { Request } from "../../domain/Request.ts"
import { settleMarks } from "./CacheMarks.ts"
import {
  isOwnThinking,
  lacksThinking,
  messagesOf,
  prefillOf,
  readConversation,
  systemText,
  type Conversation
} from "./Messages.ts"
import { toolNames } from "./Names.ts"
import { outputFormat } from "./OutputFormat.ts"
import { marked } from "./Parts.ts"
import { asksDetail, samplingSettings, stopSettings, tierSettings, unsupported, userSettings } from "./Settings.ts"
import { canBeOff, planThinking, type ThinkingPlan } from "./Thinking.ts"
import { allowedTools, isForced, toolChoice, toolList, undeclaredTools } from "./Tools.ts"

/** A request as Anthropic's body, and the caller's fields that it leaves out. */
export interface MessagesBody {
  readonly body: Fields
  readonly dropped: ReadonlyArray<string>
}

/** What a body depends on besides the request. */
export interface Surroundings {
  readonly model: Model
  readonly stream: boolean
  /** What is remembered of the reasoning that came with a call. */
  readonly recall: (callId: string) => ReadonlyArray<ReasoningDetail> | undefined
}

/** For models that nobody described: what every Claude of the newest class takes. */
const newest: AnthropicRules = {
  language: "anthropic",
  sampling: "never",
  thinking: "adaptive",
  thinkingOff: "no",
  thinksByDefault: true,
  forcedToolChoice: "no",
  prefill: false,
  structured: true,
  lateSystem: false
}

const rulesOf = ({ rules }: Model): AnthropicRules => (rules.language === "anthropic" ? rules : newest)

/** The thinking that the request asks for, switched off where something else in it would be refused beside thinking. */
const thinkingFor = (request: Request, model: Model, turns: Conversation["turns"]): ThinkingPlan => {
  const rules = rulesOf(model)
  const ask = {
    rules,
    efforts: model.efforts,
    effort: request.reasoning?.effort,
    budget: request.reasoning?.maxTokens,
    maxTokens: request.maxOutputTokens,
    modelMaxTokens: model.maxOutputTokens
  }
  const plan = planThinking(ask)
  if (!plan.on || !canBeOff(rules)) return plan
  const conflict =
    prefillOf(turns) !== undefined ||
    (isForced(request.toolChoice) && request.tools.length > 0 && rules.forcedToolChoice === "without-thinking") ||
    // With adaptive thinking a turn may begin without.
    (plan.thinking?.["type"] === "enabled" && lacksThinking(turns))
  return conflict ? planThinking({ ...ask, without: true }) : plan
}

/**
 * Writes a request in Anthropic's words. Fails with `Unable`, naming the place, on what Claude cannot take and nothing
 * can stand for.
 */
export const messagesBody = (request: Request, surroundings: Surroundings): Result.Result<MessagesBody, Failure> => {
  const { model, recall, stream } = surroundings
  const rules = rulesOf(model)
  const names = toolNames(request.tools)
  const read = readConversation(request.messages, {
    lateSystem: rules.lateSystem,
    names,
    recall
  })
  if (Result.isFailure(read)) return Result.fail(read.failure)
  const { system, turns, called } = read.success
  if (turns.length === 0) {
    return Result.fail(new Unable({ message: "Claude needs a message that is not blank.", param: "messages" }))
  }
  const output = outputFormat(request.responseFormat, rules.structured)
  const thinking = thinkingFor(request, model, turns)
  const prefill = prefillOf(turns)
  if (prefill !== undefined && (!rules.prefill || thinking.on || output.format !== undefined)) {
    const message = `${model.name} cannot continue an assistant message; the last message must be the user's or a tool's.`
    return Result.fail(new Unable({ message, param: `messages[${prefill.at}]` }))
  }
  const allowed = allowedTools(request.tools, request.toolChoice)
  const list = toolList(allowed, names, { structured: rules.structured, format: output.format })
  const forced = isForced(request.toolChoice)
  const mayForce = rules.forcedToolChoice === "yes" || (rules.forcedToolChoice === "without-thinking" && !thinking.on)
  const choice =
    list.tools.length > 0
      ? toolChoice(request.toolChoice, { parallel: request.parallelToolCalls, mayForce, tools: request.tools, names })
      : { ...(called.length > 0 ? { choice: { type: "none" } } : {}), dropped: forced ? ["tool_choice"] : [] }
  const prompt = settleMarks(
    {
      tools: list.tools.length > 0 ? list.tools : undeclaredTools(called),
      system: [...system, ...output.instruction],
      messages: messagesOf(turns, thinking.on)
    },
    request.cache
  )
  const isMarked = prompt.system.some((block) => block["cache_control"] !== undefined)
  const settings = [
    samplingSettings(request, rules.sampling, thinking.on),
    stopSettings(request.stop),
    userSettings(request),
    tierSettings(request.serviceTier)
  ]
  const outputConfig = {
    ...(thinking.effort === undefined ? {} : { effort: thinking.effort }),
    ...(output.format === undefined ? {} : { format: { type: "json_schema", schema: output.format.schema } })
  }
  const body: Fields = {
    model: model.name,
    max_tokens: thinking.maxTokens,
    stream,
    ...(prompt.system.length === 0 ? {} : { system: isMarked ? prompt.system : systemText(prompt.system) }),
    messages: prompt.messages,
    ...(prompt.tools.length === 0 ? {} : { tools: prompt.tools }),
    ...(choice.choice === undefined ? {} : { tool_choice: choice.choice }),
    ...(thinking.thinking === undefined ? {} : { thinking: thinking.thinking }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    ...Object.assign({}, ...settings.map(({ fields }) => fields)),
    ...marked(request.cache)
  }
  const dropped = [
    ...thinking.dropped,
    ...settings.flatMap(({ dropped }) => dropped),
    ...choice.dropped,
    ...list.dropped,
    ...output.dropped,
    ...(prompt.dropped ? ["cache_control"] : []),
    ...(asksDetail(request) ? ["image_url.detail"] : []),
    ...unsupported(request),
    // Its own is not missed where it is left out because this answer is not to think.
    ...foreignReasoning(request.messages, { detail: isOwnThinking, callSignature: false })
  ]
  return Result.succeed({ body, dropped: [...new Set(dropped)] })
}
