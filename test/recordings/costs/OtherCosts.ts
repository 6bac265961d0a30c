import type { CostCase } from "./CostCase.ts"

/**
 * Nano-dollars a token, as the price lists of 2026-11-22 say for the other providers' models; `own/…` are the prices of
 * the operator in Costs.test.ts.
 */
export const otherCosts: ReadonlyArray<CostCase> = [
  // 590 × 1000 + 60 × 5000
  [
    "anthropic-messages-1calls-claude_haiku_4_5",
    "anthropic/claude-haiku-4-5",
    { input: [590, 590_000], output: [60, 300_000] },
    890_000
  ],
  // 1118 × 5000 + 58 × 25000
  [
    "anthropic-messages-1calls-claude_opus_4_8",
    "anthropic/claude-opus-4-8",
    { input: [1118, 5_590_000], output: [58, 1_450_000] },
    7_040_000
  ],
  // 633 × 3000 + 92 × 15000
  [
    "anthropic-messages-1calls-claude_sonnet_4_6",
    "anthropic/claude-sonnet-4-6",
    { input: [633, 1_899_000], output: [92, 1_380_000] },
    3_279_000
  ],
  // 1921 × 5000 + 78 × 25000
  [
    "anthropic-messages-claude_opus_4_6",
    "anthropic/claude-opus-4-6",
    { input: [1921, 9_605_000], output: [78, 1_950_000] },
    11_555_000
  ],
  // 18 × 10000 + 5 × 50000
  [
    "anthropic-messages-refusal-claude_fable_5",
    "anthropic/claude-fable-5",
    { input: [18, 180_000], output: [5, 250_000] },
    430_000
  ],
  // 92 × 3000 + 196 × 15000
  [
    "anthropic-messages-reasoning-claude_sonnet_4_5_20250929",
    "anthropic/claude-sonnet-4-5",
    { input: [92, 276_000], output: [196, 2_940_000] },
    3_216_000
  ],
  // 2411 × 2000 + 98 × 10000 + 47 × 10000
  [
    "anthropic-messages-stream-reasoning-claude_sonnet_5",
    "anthropic/claude-sonnet-5",
    { input: [2411, 4_822_000], output: [98, 980_000], reasoning: [47, 470_000] },
    6_272_000
  ],
  // 2714 × 1000 + 23 × 5000
  [
    "anthropic-messages-stream-claude_haiku_4_5_20251001-2",
    "anthropic/claude-haiku-4-5",
    { input: [2714, 2_714_000], output: [23, 115_000] },
    2_829_000
  ],
  // 265 × 300 + 594 × 30 + 28 × 2500
  [
    "gemini-generate_content-gemini_2.5_flash-3",
    "google/gemini-2.5-flash",
    { input: [265, 79_500], cachedInput: [594, 17_820], output: [28, 70_000] },
    167_320
  ],
  // 125 × 1250 + 36 × 10000 + 342 × 10000
  [
    "gemini-generate_content-2calls-reasoning-gemini_2.5_pro",
    "google/gemini-2.5-pro",
    { input: [125, 156_250], output: [36, 360_000], reasoning: [342, 3_420_000] },
    3_936_250
  ],
  // 190 × 500 + 113 × 1000 + 28 × 3000 + 175 × 3000
  [
    "gemini-generate_content-reasoning-gemini_3_flash_preview",
    "google/gemini-3-flash-preview",
    { input: [190, 95_000], audioInput: [113, 113_000], output: [28, 84_000], reasoning: [175, 525_000] },
    817_000
  ],
  // 351 × 1500 + 217 × 150 + 305 × 9000 + 1027 × 9000
  [
    "gemini-generate_content-reasoning-gemini_3.5_flash",
    "google/gemini-3.5-flash",
    { input: [351, 526_500], cachedInput: [217, 32_550], output: [305, 2_745_000], reasoning: [1027, 9_243_000] },
    12_547_050
  ],
  // 234 × 1500 + 122 × 9000 + 87 × 9000
  [
    "gemini-generate_content-reasoning-gemini_3.5_flash-2",
    "google/gemini-3.5-flash",
    { input: [234, 351_000], output: [122, 1_098_000], reasoning: [87, 783_000] },
    2_232_000
  ],
  // 341 × 750 + 25 × 3750 + 40 × 3750
  [
    "gemini-generate_content-1calls-reasoning-gemini_3.6_flash",
    "google/gemini-3.6-flash",
    { input: [341, 255_750], output: [25, 93_750], reasoning: [40, 150_000] },
    499_500
  ],
  // 157 × 2000 + 32 × 12000 + 438 × 12000
  [
    "gemini-stream_generate_content-stream-2calls-reasoning-gemini_3.1_pro_preview",
    "google/gemini-3.1-pro-preview",
    { input: [157, 314_000], output: [32, 384_000], reasoning: [438, 5_256_000] },
    5_954_000
  ],
  // 30 × 300 + 1947 × 2500
  [
    "gemini-stream_generate_content-stream-reasoning-gemini_2.5_flash-2",
    "google/gemini-2.5-flash",
    { input: [30, 9000], reasoning: [1947, 4_867_500] },
    4_876_500
  ],
  // 43 × 500 + 618 × 3000 + 757 × 3000
  [
    "vertex-stream_generate_content-stream-reasoning-gemini_3_flash_preview",
    "google/gemini-3-flash-preview",
    { input: [43, 21_500], output: [618, 1_854_000], reasoning: [757, 2_271_000] },
    4_146_500
  ],
  // 80 × 100 + 256 × 100 + 37 × 500 + 59 × 500
  [
    "groq-chat-reasoning-gpt_oss_120b",
    "baseten/gpt-oss-120b",
    { input: [80, 8000], cachedInput: [256, 25_600], output: [37, 18_500], reasoning: [59, 29_500] },
    81_600
  ],
  // 13 × 600 + 3 × 2200 + 561 × 2200
  [
    "zai-chat-stream-reasoning-glm_4.7",
    "baseten/glm-4.7",
    { input: [13, 7800], output: [3, 6600], reasoning: [561, 1_234_200] },
    1_248_600
  ],
  // 716 × 1000 + 56 × 5000
  [
    "openrouter-chat-1calls-claude_haiku_4.5",
    "anthropic/claude-haiku-4-5",
    { input: [716, 716_000], output: [56, 280_000] },
    996_000
  ],
  // 95 × 150 + 15 × 600
  [
    "openrouter-chat-structured-gpt_4o_mini_2024_07_18",
    "openai/gpt-4o-mini",
    { input: [95, 14_250], output: [15, 9000] },
    23_250
  ],
  // 2081 × 3000 + 28247 × 300 + 7621 × 3750 + 574 × 15000
  [
    "anthropic-messages-stream-claude_sonnet_4_0",
    "own/claude-sonnet-4-0",
    {
      input: [2081, 6_243_000],
      cachedInput: [28_247, 8_474_100],
      cacheWrite5m: [7621, 28_578_750],
      output: [574, 8_610_000]
    },
    51_905_850
  ],
  // 21 × 3000 + 1733 × 300 + 568 × 15000
  [
    "anthropic-messages-claude_3_7_sonnet_20250219",
    "own/claude-3-7-sonnet",
    { input: [21, 63_000], cachedInput: [1733, 519_900], output: [568, 8_520_000] },
    9_102_900
  ],
  // 17 × 2500 + 25 × 32000 + 10 × 10000
  [
    "openai-chat-gpt_audio",
    "own/gpt-audio",
    { input: [17, 42_500], audioInput: [25, 800_000], output: [10, 100_000] },
    942_500
  ],
  // 278 × 200 + 192 × 20 + 68 × 1500 + 185 × 1500
  [
    "xai-chat-2calls-reasoning-grok_code_fast_1",
    "own/grok-code-fast-1",
    { input: [278, 55_600], cachedInput: [192, 3840], output: [68, 102_000], reasoning: [185, 277_500] },
    438_940
  ],
  // 6 × 200 + 384 × 20 + 26 × 1500 + 77 × 1500
  [
    "xai-chat-stream-1calls-reasoning-grok_code_fast_1",
    "own/grok-code-fast-1",
    { input: [6, 1200], cachedInput: [384, 7680], output: [26, 39_000], reasoning: [77, 115_500] },
    163_380
  ],
  // 52 × 200 + 602 × 50 + 25 × 500 + 52 × 500
  [
    "xai-chat-stream-grok_4_fast",
    "own/grok-4-fast",
    { input: [52, 10_400], cachedInput: [602, 30_100], output: [25, 12_500], reasoning: [52, 26_000] },
    79_000
  ],
  // 48 × 300 + 283 × 75 + 11 × 500 + 332 × 500
  [
    "xai-chat-reasoning-grok_3_mini",
    "own/grok-3-mini",
    { input: [48, 14_400], cachedInput: [283, 21_225], output: [11, 5500], reasoning: [332, 166_000] },
    207_125
  ],
  // 45 × 1200 + 128 × 240 + 14 × 4000 + 19 × 4000
  [
    "openrouter-chat-stream-1calls-reasoning-glm_5_turbo",
    "own/glm-5-turbo",
    { input: [45, 54_000], cachedInput: [128, 30_720], output: [14, 56_000], reasoning: [19, 76_000] },
    216_720
  ],
  // 293 × 50 + 58 × 500
  [
    "azure-chat-2calls-grok_4_1_fast_non_reasoning",
    "own/grok-4-1-fast",
    { cachedInput: [293, 14_650], output: [58, 29_000] },
    43_650
  ],
  // 87 × 140 + 256 × 28 + 58 × 280
  [
    "deepseek-chat-1calls-deepseek_chat",
    "own/deepseek-v4-flash",
    { input: [87, 12_180], cachedInput: [256, 7168], output: [58, 16_240] },
    35_588
  ],
  // 99 × 100 + 192 × 10 + 27 × 300
  [
    "mistral-chat-stream-1calls-mistral_small_latest",
    "own/mistral-small",
    { input: [99, 9900], cachedInput: [192, 1920], output: [27, 8100] },
    19_920
  ]
]
