import type { Sampler } from "../Trace.ts"

/**
 * Hexadecimal digits of a trace id that are looked at: as many as a number holds exactly, the last ones, which W3C
 * wants random.
 */
const digits = 13

/** Takes that share of the traces, the same ones wherever the trace is seen. */
const ratio =
  (share: number): Sampler =>
  (traceId) =>
    Number.parseInt(traceId.slice(-digits), 16) / 16 ** digits < share

const always: Sampler = () => true
const never: Sampler = () => false

/** Does as the caller does; asks `root` where the trace begins here. */
const parentBased =
  (root: Sampler): Sampler =>
  (traceId, parentSampled) =>
    parentSampled ?? root(traceId, undefined)

/**
 * The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name; the standard one where they name none,
 * with what is wrong.
 */
export const samplerOf = (
  name: string | undefined,
  argument: string | undefined
): { readonly sampler: Sampler; readonly mistake?: string } => {
  const share = Number(argument ?? "1")
  const isShare = share >= 0 && share <= 1
  const mistake = { mistake: "OTEL_TRACES_SAMPLER_ARG is not a share between 0 and 1; 1 is used." }
  const shared = isShare ? ratio(share) : always
  switch (name ?? "parentbased_always_on") {
    case "always_on":
      return { sampler: always }
    case "always_off":
      return { sampler: never }
    case "parentbased_always_on":
      return { sampler: parentBased(always) }
    case "parentbased_always_off":
      return { sampler: parentBased(never) }
    case "traceidratio":
      return { sampler: shared, ...(isShare ? {} : mistake) }
    case "parentbased_traceidratio":
      return { sampler: parentBased(shared), ...(isShare ? {} : mistake) }
    default:
      return {
        sampler: parentBased(always),
        mistake: `OTEL_TRACES_SAMPLER: ${name} is not known; parentbased_always_on is used.`
      }
  }
}
