import { expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { noUsage, type Usage } from "../../../src/domain/Usage.ts"
import { usage } from "../../../src/wire/gemini/UsageMetadata.ts"

const cases: ReadonlyArray<readonly [name: string, metadata: Fields, wanted: Usage | undefined]> = [
  [
    "thoughts are output, and what tools fed back is input",
    {
      promptTokenCount: 10,
      toolUsePromptTokenCount: 5,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 2,
      totalTokenCount: 20
    },
    { ...noUsage, inputTokens: 15, cachedTokens: 4, outputTokens: 5, reasoningTokens: 2 }
  ],
  [
    "sound and images are told apart",
    {
      promptTokenCount: 9,
      promptTokensDetails: [
        { modality: "AUDIO", tokenCount: 6 },
        { modality: "TEXT", tokenCount: 2 },
        { modality: "IMAGE", tokenCount: 1 },
        null
      ],
      candidatesTokenCount: 7,
      candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: 7 }]
    },
    { ...noUsage, inputTokens: 9, outputTokens: 7, inputAudioTokens: 6, outputAudioTokens: 7, inputImageTokens: 1 }
  ],
  ["candidates may be missing", { promptTokenCount: 3, totalTokenCount: 3 }, { ...noUsage, inputTokens: 3 }],
  [
    "fields that have no place are kept",
    { promptTokenCount: 3, serviceTier: "flex" },
    { ...noUsage, inputTokens: 3, extra: { serviceTier: "flex" } }
  ],
  ["Vertex's chunks without a count are no usage", { trafficType: "ON_DEMAND" }, undefined]
]

for (const [name, metadata, wanted] of cases) {
  test(name, () => expect(usage(metadata)).toEqual(wanted))
}
