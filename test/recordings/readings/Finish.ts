/** An answer with calls ends for them, unless it was cut short or withheld. */
export const finishWithCalls = (finish: string, calls: number): string =>
  calls > 0 && finish === "stop" ? "tool_calls" : finish
