import { FirstNames, other } from "./Labels.ts"
import type { Gauge, Registry } from "./Registry.ts"

/** A breaker's state, as far as a gauge shows it. */
export interface BreakerState {
  /** Its kind: `host`, `key`, `key-and-model`. */
  readonly scope: string
  /** `provider@address`, `provider#alias` or `provider/model#alias`. */
  readonly name: string
  readonly state: "open" | "half-open" | "closed"
}

/** What can be asked about the process; what is absent has no metric. */
export interface StateKnowledge {
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly inFlight: () => number
  readonly isModel: (id: string) => boolean
  /** Fingerprint of the configuration in use. */
  readonly configuration?: () => string
  readonly breakers?: () => ReadonlyArray<BreakerState>
  /** Rows that wait to be written into the ledger. */
  readonly ledgerDepth?: () => number
  /** Open connections to providers. */
  readonly connections?: () => number
  /** Lines of the log that nobody could take. */
  readonly linesDropped?: () => number
  /** Spans that the collector did not get. */
  readonly spansDropped?: () => number
  /** Faults of the telemetry itself. */
  readonly faults: () => number
}

interface NamedState {
  readonly scope: string
  readonly name: string
  readonly value: number
}

const stateNumbers = { closed: 0, "half-open": 1, open: 2 } as const

/** Breakers can be of models that callers name, of a server that takes any. */
const mostBreakers = 500

/** Shows the state of the process: what is read when somebody looks. */
export class StateMetrics {
  readonly #registry: Registry
  readonly #knowledge: StateKnowledge
  readonly #names = new FirstNames(mostBreakers)
  readonly #breakers = new Map<string, { readonly gauge: Gauge; readonly shown: { value: number } }>()
  #configuration: { readonly gauge: Gauge; readonly fingerprint: string } | undefined

  constructor(registry: Registry, knowledge: StateKnowledge) {
    this.#registry = registry
    this.#knowledge = knowledge
    const { version, startedAt, inFlight, ledgerDepth, connections, linesDropped, spansDropped, faults } = knowledge
    const gauge = (name: string, description: string, read: (() => number) | undefined): void => {
      if (read !== undefined) registry.gauge({ name, description }, {}, read)
    }
    const total = (name: string, description: string, read: (() => number) | undefined): void => {
      if (read !== undefined) registry.total({ name, description }, read)
    }
    const built = { name: "gateway_build_info", description: "The version that runs; always 1." }
    registry.gauge(built, { version }, () => 1)
    gauge("gateway_start_time_seconds", "When the process began, in seconds since 1970.", () => startedAt / 1000)
    gauge("gateway_requests_in_flight", "Requests that are being answered.", inFlight)
    gauge("gateway_ledger_mailbox_rows", "Rows that wait to be written into the ledger.", ledgerDepth)
    gauge("gateway_provider_connections", "Open connections to providers.", connections)
    total("gateway_log_lines_dropped_total", "Lines of the log that nobody could take.", linesDropped)
    total("gateway_trace_spans_dropped_total", "Spans that the collector did not get.", spansDropped)
    total("gateway_telemetry_faults_total", "Requests that could not be measured because of a fault here.", faults)
  }

  /** Brings those up to date whose labels come and go. */
  refresh(): void {
    this.#refreshConfiguration()
    const states = this.#states()
    for (const [key, { gauge }] of this.#breakers) {
      if (states.has(key)) continue
      gauge.remove()
      this.#breakers.delete(key)
    }
    for (const [key, state] of states) this.#show(key, state)
  }

  #refreshConfiguration(): void {
    const fingerprint = this.#knowledge.configuration?.()
    if (fingerprint === undefined || fingerprint === this.#configuration?.fingerprint) return
    this.#configuration?.gauge.remove()
    const facts = { name: "gateway_config_info", description: "Fingerprint of the configuration in use; always 1." }
    this.#configuration = { gauge: this.#registry.gauge(facts, { fingerprint }, () => 1), fingerprint }
  }

  /** The worst state of each name: several models that callers made up are one. */
  #states(): ReadonlyMap<string, NamedState> {
    const states = new Map<string, NamedState>()
    for (const { scope, name: full, state } of this.#knowledge.breakers?.() ?? []) {
      const name = this.#names.of(breakerLabel(scope, full, this.#knowledge.isModel))
      const key = `${scope} ${name}`
      states.set(key, { scope, name, value: Math.max(stateNumbers[state], states.get(key)?.value ?? 0) })
    }
    return states
  }

  #show(key: string, { scope, name, value }: NamedState): void {
    const known = this.#breakers.get(key)
    if (known !== undefined) {
      known.shown.value = value
      return
    }
    const description = "Breakers that have seen failures of late: 0 closed, 1 tried with one request, 2 open."
    const shown = { value }
    const facts = { name: "gateway_breaker_state", description }
    const gauge = this.#registry.gauge(facts, { scope, name }, () => shown.value)
    this.#breakers.set(key, { gauge, shown })
  }
}

/**
 * A breaker's name without the query of an address, in which a credential can be, and without a model that only a
 * caller knows.
 */
export const breakerLabel = (scope: string, name: string, isModel: (id: string) => boolean): string => {
  if (scope !== "key-and-model") return name.replace(/\?[^#]*/, "")
  const alias = name.lastIndexOf("#")
  const model = alias < 0 ? name : name.slice(0, alias)
  if (isModel(name) || isModel(model)) return name
  return `${name.slice(0, name.indexOf("/"))}/${other}`
}
