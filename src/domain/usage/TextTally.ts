/** What a text is made of, as far as vocabularies differ in it: what most tokens it can have is reckoned from. Of the text that was not read only its bytes are known. */
export interface TextCounts {
  /** UTF-8, of all that was read. */
  readonly bytes: number
  /** Beginnings of words, and every sixth letter of what is none. */
  readonly words: number
  /** Latin letters of words as prose has them: after a blank, in lower case but for the first, no longer than twelve. */
  readonly prose: number
  /** The other Latin letters: of names in code, of base64, of codes. */
  readonly letters: number
  readonly numbers: number
  readonly digits: number
  /** ASCII that is neither letter, digit nor blank, and the JSON around the text. */
  readonly signs: number
  /** Blanks, of which one before a word is a part of it. */
  readonly blanks: number
  /** Letters of two bytes that many read: accented Latin, Greek, Cyrillic, Hebrew, Arabic. */
  readonly accented: number
  /** Letters of three bytes of India, South-East Asia and Georgia. */
  readonly indic: number
  /** Chinese, Japanese and Korean letters, and typographic marks. */
  readonly wide: number
  /** Bytes of all other letters and of pictures. */
  readonly rare: number
  /** Bytes that were not read. */
  readonly unread: number
}

/** Most UTF-16 units that are read, in 15 ms: more has more tokens than nearly every model takes, so nothing depends on how many. */
const mostRead = 4 * 1024 * 1024

const lower = 1
const upper = 2
const digit = 3
const sign = 4
const blank = 5
const other = 6

const isLower = (code: number): boolean => code >= 0x61 && code <= 0x7a
const isUpper = (code: number): boolean => code >= 0x41 && code <= 0x5a
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39
/** Control characters too. */
const isBlank = (code: number): boolean => code <= 0x20 || code === 0x7f

const space = 0x20
/** Blanks, tabs and ends of lines stand many to a token. */
const isRun = (code: number): boolean => code === space || code === 0x09 || code === 0x0a

/** The kind of each ASCII character. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  if (isLower(code)) return lower
  if (isUpper(code)) return upper
  if (isDigit(code)) return digit
  return isBlank(code) ? blank : sign
})

/** Whether a character takes a blank before it into its token. */
const isJoined = (code: number): boolean => code < 128 && !isBlank(code) && !isDigit(code)

const longestProse = 12
const longestPiece = 6
/** Pieces of a word after its first. */
const piecesIn = (letters: number): number => (letters === 0 ? 0 : Math.floor((letters - 1) / longestPiece))

/** Counts what texts are made of, in one pass and in a bounded time. */
export class TextTally implements TextCounts {
  bytes = 0
  words = 0
  prose = 0
  letters = 0
  numbers = 0
  digits = 0
  signs = 0
  blanks = 0
  accented = 0
  indic = 0
  wide = 0
  rare = 0
  unread = 0
  #left = mostRead

  /** So many characters of JSON around texts. */
  addSigns(count: number): void {
    this.signs += count
    this.bytes += count
  }

  add(text: string): void {
    const length = Math.min(text.length, this.#left)
    this.#left -= length
    this.bytes += length
    if (length < text.length) this.unread += Buffer.byteLength(length === 0 ? text : text.slice(length))
    let isAfterBlank = true
    for (let at = 0; at < length;) {
      const code = text.charCodeAt(at)
      const kind = code < 128 ? (kinds[code] ?? other) : other
      let end = at + 1
      switch (kind) {
        case lower:
        case upper: {
          if (kind === upper) while (end < length && isUpper(text.charCodeAt(end))) end++
          const capitals = kind === upper ? end - at : 0
          while (end < length && isLower(text.charCodeAt(end))) end++
          this.#addWord(end - at, capitals, isAfterBlank)
          break
        }
        case digit:
          while (end < length && isDigit(text.charCodeAt(end))) end++
          this.numbers++
          this.digits += end - at
          break
        case sign:
          while (end < length && text.charCodeAt(end) === code) end++
          this.signs += (end - at + 1) / 2
          break
        case blank:
          if (isRun(code)) while (end < length && text.charCodeAt(end) === code) end++
          this.blanks += (end - at + 3) / 4
          // A single blank before a word or a sign is a part of it.
          if (code === space && end === at + 1 && end < length && !(at > 0 && isBlank(text.charCodeAt(at - 1)))) {
            if (isJoined(text.charCodeAt(end))) this.blanks--
          }
          break
        default:
          this.#addOther(code)
      }
      isAfterBlank = kind === blank
      at = end
    }
  }

  /** One of so many letters, that begins with so many capitals. */
  #addWord(length: number, capitals: number, isAfterBlank: boolean): void {
    const prose = isAfterBlank ? (capitals > 1 ? 1 : Math.min(length, longestProse)) : 0
    this.prose += prose
    this.letters += length - prose
    this.words += 1 + piecesIn(length) - piecesIn(prose)
  }

  /** Its bytes but for one. */
  #addOther(code: number): void {
    if (code < 0x800) {
      this.bytes += 1
      if (code < 0x700) this.accented++
      else this.rare += 2
      return
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      // Half a pair of four bytes.
      this.bytes += 1
      this.rare += 2
      return
    }
    this.bytes += 2
    if (isWide(code)) this.wide++
    else if (isIndic(code)) this.indic++
    else this.rare += 3
  }
}

const isWide = (code: number): boolean =>
  (code >= 0x4e00 && code <= 0x9fff) ||
  (code >= 0x3000 && code <= 0x30ff) ||
  (code >= 0xac00 && code <= 0xd7a3) ||
  (code >= 0xff00 && code <= 0xffef) ||
  (code >= 0x1e00 && code <= 0x20cf)

/** But Oriya, Lao and Tibetan, of which vocabularies have single bytes. */
const isIndic = (code: number): boolean =>
  code >= 0x0900 && code <= 0x10ff && !(code >= 0x0b00 && code <= 0x0b7f) && !(code >= 0x0e80 && code <= 0x0fff)
