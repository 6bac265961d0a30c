/** One number of a page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** All samples under one `TYPE`. */
export interface MetricFamily {
  readonly type: string
  readonly help: string
  readonly samples: ReadonlyArray<Sample>
}

interface Growing extends MetricFamily {
  readonly samples: Array<Sample>
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const number = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]Inf)$/
const types = new Set(["counter", "gauge", "histogram", "summary", "untyped"])

/**
 * Reads Prometheus's text format 0.0.4 as strictly as it is specified, and throws at the first thing that is not so.
 */
export const parsePage = (page: string): ReadonlyMap<string, MetricFamily> => {
  const fail = (line: string, why: string): never => {
    throw new Error(`${why}: ${line}`)
  }
  if (page !== "" && !page.endsWith("\n")) fail(page.slice(-40), "the last line has no end")
  const families = new Map<string, Growing>()
  const helps = new Map<string, string>()
  const seen = new Set<string>()
  let current: string | undefined
  for (const line of page.split("\n").slice(0, -1)) {
    const [, word, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (word === "HELP") {
      if (helps.has(name)) fail(line, "a second HELP")
      if (families.has(name)) fail(line, "HELP after TYPE")
      if (/\\(?![\\n])/.test(rest)) fail(line, "a wrong escape")
      helps.set(name, rest)
      continue
    }
    if (word === "TYPE") {
      if (families.has(name)) fail(line, "a second TYPE")
      if (!metricName.test(name) || !types.has(rest)) fail(line, "a wrong TYPE")
      families.set(name, { type: rest, help: helps.get(name) ?? fail(line, "no HELP"), samples: [] })
      current = name
      continue
    }
    if (line.startsWith("#")) fail(line, "neither HELP nor TYPE")
    const sample = sampleOf(line, fail)
    const family = current === undefined ? undefined : families.get(current)
    if (family === undefined || current === undefined) return fail(line, "a sample before any TYPE")
    const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    if (!suffixes.some((suffix) => sample.name === `${current}${suffix}`)) fail(line, `not a sample of ${current}`)
    const key = `${sample.name} ${seriesKey(sample)}`
    if (seen.has(key)) fail(line, "twice")
    seen.add(key)
    if (family.type === "counter" && !(sample.value >= 0)) fail(line, "a counter below 0")
    family.samples.push(sample)
  }
  for (const [name, family] of families) {
    if (family.samples.length === 0) fail(name, "no samples")
    if (family.type === "histogram") checkHistogram(name, family, fail)
  }
  return families
}

type Fail = (line: string, why: string) => never

const seriesKey = ({ labels }: Sample): string => JSON.stringify(Object.entries(labels).sort())

const sampleOf = (line: string, fail: Fail): Sample => {
  const brace = line.indexOf("{")
  const name = brace < 0 ? line.slice(0, line.indexOf(" ")) : line.slice(0, brace)
  if (!metricName.test(name)) fail(line, "a wrong name")
  const labels: Record<string, string> = {}
  let at = name.length
  if (brace >= 0) {
    at++
    while (line[at] !== "}") {
      const sign = line.indexOf("=", at)
      const label = line.slice(at, sign)
      if (!labelName.test(label)) fail(line, "a wrong label")
      if (label in labels) fail(line, "a label twice")
      if (line[sign + 1] !== '"') fail(line, "a value without quotes")
      at = sign + 2
      let value = ""
      while (line[at] !== '"') {
        if (at >= line.length) fail(line, "a value without an end")
        if (line[at] !== "\\") value += line[at++]
        else {
          const escaped = { "\\": "\\", '"': '"', n: "\n" }[line[at + 1] ?? ""]
          value += escaped ?? fail(line, "a wrong escape")
          at += 2
        }
      }
      labels[label] = value
      at++
      if (line[at] === ",") at++
      else if (line[at] !== "}") fail(line, "no comma")
    }
    at++
  }
  if (line[at] !== " ") fail(line, "no space before the value")
  const text = line.slice(at + 1)
  if (!number.test(text)) fail(line, "not a number")
  return { name, labels, value: Number(text.replace("Inf", "Infinity")) }
}

const checkHistogram = (name: string, { samples }: MetricFamily, fail: Fail): void => {
  const series = Map.groupBy(samples, ({ labels: { le: _le, ...labels } }) =>
    JSON.stringify(Object.entries(labels).sort())
  )
  for (const [labels, own] of series) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map((bucket) => Number(bucket.labels["le"]?.replace("Inf", "Infinity") ?? NaN))
    if (bounds.at(-1) !== Infinity) fail(labels, "no +Inf bucket")
    if (bounds.some((bound, place) => !(place === 0 || bound > (bounds[place - 1] ?? 0)))) fail(labels, "bounds not up")
    if (buckets.some(({ value }, place) => value < (buckets[place - 1]?.value ?? 0))) fail(labels, "not cumulative")
    const [sum, ...sums] = own.filter((sample) => sample.name === `${name}_sum`)
    const [count, ...counts] = own.filter((sample) => sample.name === `${name}_count`)
    if (sum === undefined || count === undefined || sums.length + counts.length > 0) return fail(labels, "sum or count")
    if (count.value !== buckets.at(-1)?.value) fail(labels, "the count is not that of +Inf")
  }
}

/** The value of one sample; nothing when the page does not have it. */
export const valueOf = (
  page: ReadonlyMap<string, MetricFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {}
): number | undefined => {
  const family = page.get(name.replace(/_(?:bucket|sum|count)$/, "")) ?? page.get(name)
  const wanted = JSON.stringify(Object.entries(labels).sort())
  return family?.samples.find((sample) => sample.name === name && seriesKey(sample) === wanted)?.value
}
