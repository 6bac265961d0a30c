import type { Settings } from "../../config/Settings.ts"

/** Which configuration a process runs with, and why a newer one was not taken, as `GET /admin/config` tells it. */
export interface VersionsView {
  readonly object: "configuration"
  readonly running: { readonly fingerprint: string; readonly file: string | null; readonly loaded_at: string }
  readonly refused: { readonly at: string; readonly reasons: ReadonlyArray<string> } | null
}

/** Keeps which configuration runs. Times are of the day, ISO 8601. */
export class Versions {
  readonly #time: () => string
  #settings: Settings
  #loadedAt: string
  #refused: VersionsView["refused"] = null

  constructor(first: Settings, time: () => string = () => new Date().toISOString()) {
    this.#time = time
    this.#settings = first
    this.#loadedAt = time()
  }

  /** The settings that new requests are answered with. */
  get running(): Settings {
    return this.#settings
  }

  get view(): VersionsView {
    const { fingerprint, file } = this.#settings
    return {
      object: "configuration",
      running: { fingerprint, file: file ?? null, loaded_at: this.#loadedAt },
      refused: this.#refused
    }
  }

  accept(settings: Settings): void {
    this.#settings = settings
    this.#loadedAt = this.#time()
    this.#refused = null
  }

  /** The file says again what runs already. */
  confirm(): void {
    this.#refused = null
  }

  refuse(reasons: ReadonlyArray<string>): void {
    this.#refused = { at: this.#time(), reasons }
  }
}
