/** Nano-dollars in a dollar: money is counted in whole nano-dollars, which every price is a multiple of. */
export const nanosPerDollar = 1_000_000_000

/**
 * Nano-dollars as dollars in decimal digits, exactly, whatever their size and sign: a binary fraction would show digits
 * that are not there. Parts of one are rounded up.
 */
export const usdText = (nanoDollars: number | bigint): string => {
  const nanos = typeof nanoDollars === "bigint" ? nanoDollars : BigInt(Math.ceil(nanoDollars))
  const digits = String(nanos < 0n ? -nanos : nanos).padStart(10, "0")
  const text = `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, "")
  return nanos < 0n ? `-${text}` : text
}
