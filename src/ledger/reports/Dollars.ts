/** Nano-dollars as dollars in decimal digits, exactly, whatever their size and sign: sums of a year do not fit a number. */
export const dollars = (nanos: bigint): string => {
  const digits = String(nanos < 0n ? -nanos : nanos).padStart(10, "0")
  const text = `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, "")
  return nanos < 0n ? `-${text}` : text
}
