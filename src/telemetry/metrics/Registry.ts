import { Context, Metric } from "effect"
import { formatUnsafe } from "effect/observability/PrometheusMetrics"
import { Family, type FamilyFacts } from "./Family.ts"
import { Count, Spread } from "./Series.ts"

/** A histogram of times or amounts. */
interface SpreadFacts<Labels extends ReadonlyArray<string>> extends FamilyFacts<Labels> {
  /** Ascending. */
  readonly bounds: ReadonlyArray<number>
  /** For OTLP: `s`, `{token}`. The page has it in the name. */
  readonly unit: string
}

/** A number that is read when somebody looks. */
export interface Gauge {
  readonly remove: () => void
}

/** What the metrics on the Prometheus page begin with; others go to OTLP alone, whose names have dots. */
const prefix = "gateway_"

const ignored = () => {}

/**
 * The metrics of one process, kept as Effect's, so that Effect writes the page and sends them. The numbers themselves
 * are plain objects behind a hook, as the request's way needs: a look-up and an addition take 15 ns,
 * `Metric.withAttributes` 1,200.
 */
export class Registry {
  readonly #kept: Metric.MetricRegistry = new Map()
  readonly #context: Context.Context<never> = Context.make(Metric.MetricRegistry, this.#kept)

  /** The metrics as Effect keeps them. */
  get kept(): Metric.MetricRegistry {
    return this.#kept
  }

  /** `unit`: how many of what is added are one of what is shown. */
  counts<const Labels extends ReadonlyArray<string>>(facts: FamilyFacts<Labels>, unit = 1): Family<Count, Labels> {
    const { name, description } = facts
    return new Family(facts.labels, (attributes) => {
      const count = new Count()
      const metric = Metric.counter(name, { description, attributes, incremental: true })
      const get = () => ({ count: count.value / unit, incremental: true })
      Metric.registerUnsafe(metric, this.#context, { get, update: ignored, modify: ignored })
      return count
    })
  }

  spreads<const Labels extends ReadonlyArray<string>>(facts: SpreadFacts<Labels>): Family<Spread, Labels> {
    const { name, description, bounds, unit } = facts
    return new Family(facts.labels, (attributes) => {
      const spread = new Spread(bounds)
      const metric = Metric.histogram(name, { description, attributes: { ...attributes, unit }, boundaries: bounds })
      Metric.registerUnsafe(metric, this.#context, { get: () => spread.snapshot(), update: ignored, modify: ignored })
      return spread
    })
  }

  /** A series whose value is asked for when it is read. */
  gauge(
    facts: Omit<FamilyFacts<[]>, "labels">,
    attributes: Readonly<Record<string, string>>,
    read: () => number
  ): Gauge {
    const { name, description } = facts
    const metric = Metric.gauge(name, { description, attributes })
    const get = () => ({ value: read() })
    return Metric.registerUnsafe(metric, this.#context, { get, update: ignored, modify: ignored })
  }

  /** A count without labels that somebody else keeps. */
  total(facts: Omit<FamilyFacts<[]>, "labels">, read: () => number): void {
    const metric = Metric.counter(facts.name, { description: facts.description, incremental: true })
    const get = () => ({ count: read(), incremental: true })
    Metric.registerUnsafe(metric, this.#context, { get, update: ignored, modify: ignored })
  }

  /** The page in Prometheus's text format 0.0.4. */
  page(): string {
    const shown = [...this.#kept].filter(([, { id }]) => id.startsWith(prefix))
    return formatUnsafe(Context.make(Metric.MetricRegistry, new Map(shown)))
  }
}
