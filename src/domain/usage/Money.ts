/** Nano-dollars in a dollar: money is counted in whole nano-dollars, which every price is a multiple of. */
export const nanosPerDollar = 1_000_000_000

/** Nano-dollars as dollars in decimal digits, exactly: a binary fraction would show digits that are not there. */
export const usdText = (nanoDollars: number): string => {
  const digits = String(BigInt(Math.ceil(nanoDollars))).padStart(10, "0")
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, "")
}
