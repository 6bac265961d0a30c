const opening = `
import json, os
import assemblyai as aai
aai.settings.llm_gateway_base_url = os.environ["GATEWAY"]
aai.settings.api_key = os.environ["GATEWAY_KEY"]
gateway = aai.LLMGateway()
`

/** Makes each call of the list in `CALLS` in turn, and tells what the client made of its answer. */
export const callsProgram = `${opening}
told = []
for call in json.loads(os.environ["CALLS"]):
  one = {"chunks": []}
  try:
    answer = gateway.chat.completions.create(**call)
    if call.get("stream"):
      for chunk in answer: one["chunks"].append(json.loads(chunk.json()))
    else: one["answer"] = json.loads(answer.json())
  except aai.types.LLMGatewayError as error:
    one["raised"] = {"class": type(error).__name__, "message": str(error), "status": error.status_code, "request_id": error.request_id, "errors": error.errors}
  except Exception as error:
    one["raised"] = {"class": type(error).__name__}
  one["headers"] = dict(gateway.client.last_response.headers)
  told.append(one)
print(json.dumps(told))
`

/** Lists the models. */
export const modelsProgram = `${opening}
print(gateway.models.list().json())
`

/**
 * The loop of AssemblyAI's documentation for each model of the list in `MODELS`: asks until no tool is called, and
 * gives every answer back as it came.
 */
export const toolsProgram = `${opening}
tools = json.loads(os.environ["TOOLS"])
told = []
for model in json.loads(os.environ["MODELS"]):
  messages, asked = [{"role": "user", "content": "What's the status of order #4821?"}], []
  while len(messages) < 10:
    message = gateway.chat.completions.create(model=model, messages=messages, tools=tools, tool_choice="auto").choices[0].message
    if not message.tool_calls: break
    messages.append(message.dict())
    for call in message.tool_calls:
      asked.append({"id": call.id, "type": call.type, "name": call.function.name, "arguments": json.loads(call.function.arguments)})
      messages.append({"role": "tool", "tool_call_id": call.id, "name": call.function.name, "content": "shipped on Tuesday"})
  pieces, finish = {}, None
  for chunk in gateway.chat.completions.create(model=model, messages=messages[:1], tools=tools, stream=True):
    for choice in chunk.choices:
      finish = choice.finish_reason or finish
      for piece in choice.delta.tool_calls or []:
        call = pieces.setdefault(piece.index, {"id": piece.id, "type": piece.type, "name": piece.function.name, "arguments": ""})
        call["arguments"] += piece.function.arguments or ""
  told.append({"asked": asked, "text": message.content, "streamed": list(pieces.values()), "finish": finish})
print(json.dumps(told))
`
