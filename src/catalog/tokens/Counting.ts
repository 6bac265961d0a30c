/** Counts the tokens of a text in some vocabulary. */
export type Counter = (text: string) => number

/** UTF-8 bytes in a token, as recorded answers have them: prose has more, JSON, code and Chinese have less. */
const bytesPerToken = 4

/** The rule of thumb for as long as no vocabulary is at hand: a tenth to a third off. */
export const tokensOfBytes: Counter = (text) => Buffer.byteLength(text) / bytesPerToken

/** Longest text, in UTF-16 units, of which every token is counted: 3 ms for prose, 20 ms for base64. */
const maxCounted = 32 * 1024
/** Pieces of a longer one that are counted, spread evenly, and their length. */
const samples = 16
const sampleLength = 1024

/**
 * Longest run of letters, blanks or signs that is given to a counter: its time grows with the square of what it cannot
 * split.
 */
const maxRun = 64
const longRun = /[\p{L}\p{M}]{65,}|\s{65,}|[^\s\p{L}\p{M}\p{N}]{65,}/gu

/**
 * The tokens of a text, in a time that does not grow with its length nor with what is in it: of a long one a sample is
 * counted.
 */
export const boundedCount = (count: Counter, text: string): number => {
  if (text.length <= maxCounted) return countInRuns(count, text)
  const step = (text.length - sampleLength) / (samples - 1)
  let tokens = 0
  for (let sample = 0; sample < samples; sample++) {
    const from = Math.floor(sample * step)
    tokens += countInRuns(count, text.slice(from, from + sampleLength))
  }
  return (tokens * text.length) / (samples * sampleLength)
}

const countInRuns = (count: Counter, text: string): number => {
  let tokens = 0
  let from = 0
  for (const { 0: run, index } of text.matchAll(longRun)) {
    if (index > from) tokens += count(text.slice(from, index))
    for (let at = 0; at < run.length; at += maxRun) tokens += count(run.slice(at, at + maxRun))
    from = index + run.length
  }
  return from < text.length ? tokens + count(from === 0 ? text : text.slice(from)) : tokens
}
