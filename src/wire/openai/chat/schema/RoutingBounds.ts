/** Longest time that a timer takes: it would fire at once above it. */
export const mostMilliseconds = 2 ** 31 - 1

/** Waits double: the tenth, after 500 ms at first, is over four minutes already. */
export const mostRetries = 10

/** Most models that a request may name besides its own: each is looked at, and prepared, before the first is asked. */
export const mostFallbacks = 16

/** Longest `session_id`, in characters; OpenRouter's. */
export const mostSessionLength = 256
