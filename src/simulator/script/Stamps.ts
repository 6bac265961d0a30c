// Private-use characters, which no text of ours has and which JSON does not escape.
const opening = "\uE000"
const closing = "\uE001"
const marks = new RegExp(`${opening}(\\d+)${closing}`, "g")

/** Stands in a text for the time at which the `nth` such word is sent. */
export const stamp = (nth: number): string => `${opening}${nth}${closing}`

/**
 * Puts the time of sending into texts, Unix milliseconds with three decimals, at the moment they are sent.
 * A word that is told again (in a closing event that repeats the text) keeps its first time.
 */
export const makeStamps = (now: () => number): ((text: string) => string) => {
  const times = new Map<string, string>()
  return (text) =>
    text.includes(opening)
      ? text.replace(marks, (_, nth: string) => {
          const time = times.get(nth) ?? now().toFixed(3)
          times.set(nth, time)
          return time
        })
      : text
}
