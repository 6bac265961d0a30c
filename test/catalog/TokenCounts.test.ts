import { expect, test } from "bun:test"
import { tokenCountsOf } from "../../src/catalog/Cost.ts"
import type { TokenCounts } from "../../src/domain/usage/Cost.ts"
import { noUsage, type Usage } from "../../src/domain/usage/Usage.ts"

const none = tokenCountsOf(noUsage)

const cases: ReadonlyArray<readonly [name: string, usage: Partial<Usage>, wanted: Partial<TokenCounts>]> = [
  ["nothing used is nothing counted", {}, {}],
  ["what is neither cached nor written is plain input", { inputTokens: 100 }, { input: 100 }],
  [
    "cache reads and writes are inside the input",
    { inputTokens: 100, cachedTokens: 60, cacheWriteTokens: 30, cacheWrite1hTokens: 10 },
    // 100 − 60 − 30; 30 − 10
    { input: 10, cachedInput: 60, cacheWrite5m: 20, cacheWrite1h: 10 }
  ],
  [
    "reasoning and sound are inside the output",
    { outputTokens: 100, reasoningTokens: 70, outputAudioTokens: 20 },
    { output: 10, reasoning: 70, audioOutput: 20 }
  ],
  [
    "sound and images are inside the input",
    { inputTokens: 100, inputAudioTokens: 50, inputImageTokens: 30 },
    { input: 20, audioInput: 50, imageInput: 30 }
  ],
  [
    "sound and images that were read from the cache are cached input",
    {
      inputTokens: 100,
      cachedTokens: 60,
      inputAudioTokens: 50,
      cachedAudioTokens: 40,
      inputImageTokens: 30,
      cachedImageTokens: 20
    },
    // 100 − 60 cached − (50 − 40) sound − (30 − 20) images
    { input: 20, cachedInput: 60, audioInput: 10, imageInput: 10 }
  ],
  [
    "more cached than there was input is cut: the total is what is billed",
    { inputTokens: 293, cachedTokens: 387 },
    { cachedInput: 293 }
  ],
  [
    "what no input is left for is cut, reads before writes before sound before images",
    {
      inputTokens: 100,
      cachedTokens: 50,
      cacheWriteTokens: 40,
      cacheWrite1hTokens: 60,
      inputAudioTokens: 8,
      inputImageTokens: 9
    },
    { cachedInput: 50, cacheWrite1h: 40, audioInput: 8, imageInput: 2 }
  ],
  [
    "more reasoning than output is cut, after the sound",
    { outputTokens: 10, reasoningTokens: 11, outputAudioTokens: 4 },
    { reasoning: 6, audioOutput: 4 }
  ],
  [
    "negative numbers count as none",
    { inputTokens: 10, cachedTokens: -5, inputAudioTokens: -1, outputTokens: -7, reasoningTokens: 3 },
    { input: 10 }
  ],
  [
    "more cached sound than there is sound takes nothing from the rest",
    { inputTokens: 10, cachedTokens: 5, inputAudioTokens: 2, cachedAudioTokens: 4 },
    { input: 5, cachedInput: 5 }
  ]
]

for (const [name, usage, wanted] of cases) {
  test(name, () => expect(tokenCountsOf({ ...noUsage, ...usage })).toEqual({ ...none, ...wanted }))
}

/**
 * Whole numbers below `limit`, the same in every run (a linear congruential generator, Numerical Recipes' constants).
 */
const numbers = (seed: number): ((limit: number) => number) => {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % limit
  }
}

test("whatever parts a provider reports, the classes are disjoint, never negative, and add up to its totals", () => {
  const next = numbers(1)
  for (let round = 0; round < 20_000; round++) {
    const upTo = 1 + next(1000)
    const inputTokens = next(upTo)
    const outputTokens = next(upTo)
    const usage: Usage = {
      ...noUsage,
      inputTokens,
      outputTokens,
      cachedTokens: next(upTo) - 10,
      cacheWriteTokens: next(upTo) - 10,
      cacheWrite1hTokens: next(upTo) - 10,
      inputAudioTokens: next(upTo) - 10,
      inputImageTokens: next(upTo) - 10,
      reasoningTokens: next(upTo) - 10,
      outputAudioTokens: next(upTo) - 10,
      ...(next(2) === 0 ? {} : { cachedAudioTokens: next(upTo), cachedImageTokens: next(upTo) })
    }
    const counts = tokenCountsOf(usage)
    const { output, reasoning, audioOutput, ...input } = counts
    expect(Object.values(input).reduce((sum, tokens) => sum + tokens, 0)).toBe(inputTokens)
    expect(output + reasoning + audioOutput).toBe(outputTokens)
    expect(Object.values(counts).every((tokens) => Number.isInteger(tokens) && tokens >= 0)).toBe(true)
  }
})
