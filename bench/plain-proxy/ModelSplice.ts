/**
 * Replaces the `model` of a stream's events as text: the provider's name is learnt from the first event, nothing else
 * is parsed.
 */
export class ModelSplice {
  readonly #decoder = new TextDecoder()
  readonly #to: string
  #rest = ""
  #from = ""

  constructor(model: string) {
    this.#to = `"model":${JSON.stringify(model)}`
  }

  /** The events that these bytes complete, ready to be written. */
  push(bytes: Uint8Array): string {
    let text = this.#rest + this.#decoder.decode(bytes, { stream: true })
    const last = text.lastIndexOf("\n\n")
    if (last < 0) {
      this.#rest = text
      return ""
    }
    this.#rest = last + 2 === text.length ? "" : text.slice(last + 2)
    if (this.#rest !== "") text = text.slice(0, last + 2)
    if (this.#from === "") {
      const data = text.slice("data: ".length, text.indexOf("\n\n"))
      if (data === "[DONE]") return text
      this.#from = `"model":${JSON.stringify(JSON.parse(data).model)}`
    }
    return text.replaceAll(this.#from, this.#to)
  }
}
