import { expect, test } from "bun:test"
import type { Fields } from "../../../src/domain/Fields.ts"
import { noUsage, type Usage } from "../../../src/domain/usage/Usage.ts"
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
    { ...noUsage, inputTokens: 3, serviceTier: "flex", extra: { serviceTier: "flex" } }
  ],
  [
    "sound and images are told apart in what tools fed back and in what was read from the cache too",
    {
      promptTokenCount: 20,
      promptTokensDetails: [
        { modality: "AUDIO", tokenCount: 6 },
        { modality: "IMAGE", tokenCount: 4 }
      ],
      toolUsePromptTokenCount: 5,
      toolUsePromptTokensDetails: [
        { modality: "IMAGE", tokenCount: 3 },
        { modality: "AUDIO", tokenCount: 2 }
      ],
      cachedContentTokenCount: 9,
      cacheTokensDetails: [
        { modality: "AUDIO", tokenCount: 5 },
        { modality: "IMAGE", tokenCount: 1 },
        { modality: "TEXT", tokenCount: 3 }
      ]
    },
    {
      ...noUsage,
      inputTokens: 25,
      cachedTokens: 9,
      inputAudioTokens: 8,
      inputImageTokens: 7,
      cachedAudioTokens: 5,
      cachedImageTokens: 1
    }
  ],
  [
    "Vertex says how it served in words of its own",
    { promptTokenCount: 3, trafficType: "PROVISIONED_THROUGHPUT" },
    {
      ...noUsage,
      inputTokens: 3,
      serviceTier: "provisioned_throughput",
      extra: { trafficType: "PROVISIONED_THROUGHPUT" }
    }
  ],
  ["Vertex's chunks without a count are no usage", { trafficType: "ON_DEMAND" }, undefined]
]

for (const [name, metadata, wanted] of cases) {
  test(name, () => expect(usage(metadata)).toEqual(wanted))
}
