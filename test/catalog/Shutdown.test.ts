import { expect, test } from "bun:test"
import { Result } from "effect"
import type { Model } from "../../src/domain/Model.ts"
import { builtIn } from "../../src/catalog/ModelFile.ts"
import { shutdownWarning } from "../../src/catalog/Shutdown.ts"

const file = Result.getOrThrow(builtIn())
const nano = file.models.find(({ model }) => model.id === "openai/gpt-5-nano")?.model

const warning = (today: string, change: Partial<Model> = {}) =>
  nano === undefined ? "no such model" : shutdownWarning({ ...nano, ...change }, today)

test.each([
  ["31 days before", "2026-11-10", undefined],
  ["30 days before", "2026-11-11", "will be switched off by its provider on 2026-12-11, in 30 days"],
  ["the day before", "2026-12-10", "will be switched off by its provider on 2026-12-11, in 1 day"],
  ["on the day", "2026-12-11", "is switched off by its provider today, 2026-12-11"],
  ["the day after", "2026-12-12", "was switched off by its provider on 2026-12-11"]
])("%s of a shutdown (%s) the warning is %p", (_when, today, text) => {
  expect(warning(today)).toBe(text === undefined ? undefined : `299 - "openai/gpt-5-nano ${text}"`)
})

test("the warning is a header that can be sent, whatever the id", () => {
  const value = warning("2026-12-01", { id: 'my/ça"\\\n' }) ?? ""
  expect(new Headers({ warning: value }).get("warning")).toStartWith('299 - "my/?a??? will be')
})

test("a model without a shutdown day has no warning", () => {
  const { shutdown: _shutdown, ...rest } = nano ?? file.models[0]?.model ?? { shutdown: "" }
  expect("id" in rest ? shutdownWarning(rest, "2026-12-12") : "no such model").toBeUndefined()
})
