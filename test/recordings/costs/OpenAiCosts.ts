import type { CostCase } from "./CostCase.ts"

/** Nano-dollars a token, as the price lists of 2026-11-22 say for OpenAI's models. */
export const openAiCosts: ReadonlyArray<CostCase> = [
  // 145 × 1250 + 25 × 10000 + 128 × 10000
  [
    "openai-chat-1calls-gpt_5",
    "openai/gpt-5",
    { input: [145, 181_250], output: [25, 250_000], reasoning: [128, 1_280_000] },
    1_711_250
  ],
  // 162 × 50 + 31 × 400 + 256 × 400
  [
    "openai-chat-1calls-gpt_5_nano",
    "openai/gpt-5-nano",
    { input: [162, 8100], output: [31, 12_400], reasoning: [256, 102_400] },
    122_900
  ],
  // 505 × 400 + 29 × 1600
  ["openai-chat-gpt_4.1_mini", "openai/gpt-4.1-mini", { input: [505, 202_000], output: [29, 46_400] }, 248_400],
  // 67 × 100 + 47 × 400
  ["openai-chat-2calls-gpt_4.1_nano", "openai/gpt-4.1-nano", { input: [67, 6700], output: [47, 18_800] }, 25_500],
  // 19 × 1100 + 20 × 4400 + 64 × 4400
  [
    "openai-chat-o4_mini",
    "openai/o4-mini",
    { input: [19, 20_900], output: [20, 88_000], reasoning: [64, 281_600] },
    390_500
  ],
  // 95 × 1250 + 25 × 10000 + 1856 × 10000
  [
    "openai-chat-structured-gpt_5",
    "openai/gpt-5",
    { input: [95, 118_750], output: [25, 250_000], reasoning: [1856, 18_560_000] },
    18_928_750
  ],
  // 120 × 2000 + 1024 × 500 + 2 × 8000
  [
    "openai-chat-stream-gpt_4.1",
    "openai/gpt-4.1",
    { input: [120, 240_000], cachedInput: [1024, 512_000], output: [2, 16_000] },
    768_000
  ],
  // 163 × 2500 + 50 × 15000
  ["openai-chat-stream-2calls-gpt_5.4", "openai/gpt-5.4", { input: [163, 407_500], output: [50, 750_000] }, 1_157_500],
  // 60 × 150 + 21 × 600
  ["openai-chat-stream-1calls-gpt_4o_mini", "openai/gpt-4o-mini", { input: [60, 9000], output: [21, 12_600] }, 21_600],
  // 364 × 2500 + 40 × 10000
  ["openai-chat-stream-2calls-gpt_4o", "openai/gpt-4o", { input: [364, 910_000], output: [40, 400_000] }, 1_310_000],
  // 12 × 50 + 100 × 400
  ["openai-chat-stream-gpt_5_nano", "openai/gpt-5-nano", { input: [12, 600], reasoning: [100, 40_000] }, 40_600],
  // 8614 × 1750 + 47 × 14000 + 48 × 14000
  [
    "openai-responses-gpt_5.2",
    "openai/gpt-5.2",
    { input: [8614, 15_074_500], output: [47, 658_000], reasoning: [48, 672_000] },
    16_404_500
  ],
  // 213 × 1250 + 1280 × 125 + 61 × 10000 + 64 × 10000
  [
    "openai-responses-reasoning-gpt_5",
    "openai/gpt-5",
    { input: [213, 266_250], cachedInput: [1280, 160_000], output: [61, 610_000], reasoning: [64, 640_000] },
    1_676_250
  ],
  // 1140 × 250 + 2560 × 25 + 101 × 2000 + 640 × 2000
  [
    "openai-responses-reasoning-gpt_5_mini_2025_08_07",
    "openai/gpt-5-mini",
    { input: [1140, 285_000], cachedInput: [2560, 64_000], output: [101, 202_000], reasoning: [640, 1_280_000] },
    1_831_000
  ],
  // 1143 × 1250 + 8320 × 125 + 70 × 10000 + 512 × 10000
  [
    "openai-responses-stream-reasoning-gpt_5",
    "openai/gpt-5",
    { input: [1143, 1_428_750], cachedInput: [8320, 1_040_000], output: [70, 700_000], reasoning: [512, 5_120_000] },
    8_288_750
  ],
  // 613 × 4000 + 26 × 20000 + 35 × 20000
  [
    "openai-responses-1calls-reasoning-gpt_5.6_sol",
    "openai/gpt-5.6-sol",
    { input: [613, 2_452_000], output: [26, 520_000], reasoning: [35, 700_000] },
    3_672_000
  ],
  // 63 × 5000 + 43 × 30000 + 26 × 30000
  [
    "openai-responses-stream-1calls-reasoning-gpt_5.5",
    "openai/gpt-5.5",
    { input: [63, 315_000], output: [43, 1_290_000], reasoning: [26, 780_000] },
    2_385_000
  ],
  // 600 × 2500 + 26 × 15000 + 21 × 15000
  [
    "openai-responses-stream-1calls-gpt_5.4",
    "openai/gpt-5.4",
    { input: [600, 1_500_000], output: [26, 390_000], reasoning: [21, 315_000] },
    2_205_000
  ],
  // 13 × 250
  ["openai-responses-stream-reasoning-gpt_5_mini", "openai/gpt-5-mini", { input: [13, 3250] }, 3250],
  // 57 × 200 + 18 × 1200
  ["azure-responses-1calls-gpt_5.6_luna", "openai/gpt-5.6-luna", { input: [57, 11_400], output: [18, 21_600] }, 33_000]
]
