/**
 * What a text is made of, as far as vocabularies differ in it: what most tokens it can have is reckoned from. Of the
 * text that was not read only its bytes are known.
 */
export interface TextCounts {
  /** UTF-8, of all that was read. */
  readonly bytes: number
  /** Latin words, of one letter and more; a capital begins another. */
  readonly words: number
  /** Letters of words after their first, by how often a token ends before them: hardly ever, as in prose. */
  readonly bound: number
  /** Seldom. */
  readonly tied: number
  /** Every other time. */
  readonly loose: number
  /** Mostly, as among letters at random. */
  readonly apart: number
  readonly numbers: number
  readonly digits: number
  /** ASCII that is neither letter, digit nor blank, and the JSON around the text. */
  readonly signs: number
  /** Blanks, of which one before a word is a part of it. */
  readonly blanks: number
  /** Letters of two bytes that many read: accented Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic. */
  readonly accented: number
  /** Letters of three bytes of India, South-East Asia and Georgia. */
  readonly indic: number
  /** Chinese and Japanese letters that many read, and their typographic marks; Vietnamese letters. */
  readonly wide: number
  /** Korean syllables that many read. */
  readonly korean: number
  /** Bytes of all other letters and of pictures. */
  readonly rare: number
  /** Bytes that were not read. */
  readonly unread: number
}

/**
 * Most UTF-16 units that are read, in 20 ms: more has more tokens than nearly every model takes, so nothing depends on
 * how many.
 */
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
const tab = 0x09
/** Blanks, tabs and ends of lines stand many to a token. */
const isRun = (code: number): boolean => code === space || code === tab || code === 0x0a

/** The kind of each ASCII character. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  if (isLower(code)) return lower
  if (isUpper(code)) return upper
  if (isDigit(code)) return digit
  return isBlank(code) ? blank : sign
})

/** Whether the character there takes a blank before it into its token; several of the same sign may not. */
const isJoined = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  const kind = code < 128 ? kinds[code] : other
  return kind === lower || kind === upper || (kind === sign && text.charCodeAt(at + 1) !== code)
}

const bound = 0
const tied = 1
const loose = 2
const apart = 3
/**
 * For each letter the kind of each that may follow it, both from a to z: how often a token of OpenAI's vocabularies
 * ends between the two, in words of four to twelve letters at random. Bound are pairs with less than 0.1, tied with
 * less than 0.45, loose with less than 0.65. Prose has few others, in whatever language.
 */
const followers = [
  "30003101200000302000100000",
  "11221222223132133112233213",
  "11111230230112123110223211",
  "21211132232223223122133212",
  "31102112321000312000321012",
  "22211012233121122111322123",
  "21331311233131233121223313",
  "13320332233232133121232313",
  "10001001300000103000303020",
  "12321333212222231312133333",
  "22331311221121233111221313",
  "23310223123132133322233303",
  "11311323232112212311223213",
  "22201301223231123311233213",
  "30103101320000203000000112",
  "22121211232022213110233113",
  "32333333333122321222132233",
  "12220213133223033121223213",
  "33130311231113113310312322",
  "23311330232332123111333213",
  "30101111211000313000312111",
  "23221312132212123122322213",
  "22311331233221223212331113",
  "31222133333233333331333113",
  "33222333333111313212333323",
  "22321331232322233332231211"
]
/** Low bits of a letter, which are its number in the alphabet, whether it is small or a capital. */
const inAlphabet = 31
const bitsOfLetter = 5
/** The kind of each pair of letters. */
const pairs = new Uint8Array(1024)
for (const [first, row] of followers.entries()) {
  for (const [second, kind] of [...row].entries()) pairs[((first + 1) << bitsOfLetter) | (second + 1)] = Number(kind)
}

const accented = 1
const indic = 2
const wide = 3
const korean = 4
const rare = 5
/** Half a pair of four bytes. */
const half = 6

/** Two bytes each, and a token of their own; others of their blocks, which fewer languages have, are two. */
const accentedLetters = [
  "\u00a0-ÚÜ-ÿ",
  "ĀāĂăĄąĆćĈĉċČčďĐđēėĘęěĝĞğģĩīįİıĵķĺļľŁłŃńņňŋōŐőŒœŘřŚśŝŞşŠšŢţťŨũūŭůűųŵŷŸŹźŻżŽžſƏƒƠơƯưǎȘșȚțəʻʼ˚",
  "ΆΈΌΐΑ-Ωά-ία-ώЁЂЄЅІЇЈЎА-яё-ќў-џҐҒғҗҚқҠҡңҧҮүҰұҲҳҺһӘәӨөӯ",
  "\u0561-\u0587\u05d0-\u05ea\u060c\u061b\u061f\u0621-\u063a\u0640-\u0652\u0660-\u066a\u06f0-\u06f9\u06d4",
  "ٹپٿځچڈډڑړږژښکګڭگڵںھہۆۇۈۋیېےە"
]
/** But Oriya, Lao and Tibetan, of which vocabularies have single bytes, and Georgia's old capitals. */
const indicLetters = ["\u0900-\u0aff\u0b80-\u0dff\u0e00-\u0e7f\u1000-\u109f\u10d0-\u10ff"]
/** Of Vietnam, and typographic. */
const otherLetters = ["Ạ-ỹ–•€"]

/** Letters of a national standard, by its rows: those that schools teach, of the many more that Unicode has. */
const lettersOf = (encoding: "gb2312" | "euc-jp" | "euc-kr", first: number, last: number): string => {
  const bytes: Array<number> = []
  for (let row = first; row <= last; row++) for (let cell = 0xa1; cell <= 0xfe; cell++) bytes.push(row, cell)
  return new TextDecoder(encoding).decode(Uint8Array.from(bytes))
}

const threeBytes = 0x800
const isLetter = (code: number): boolean => code < 0xd800 || (code >= 0xff00 && code < 0xfff0)

/** The kind of each UTF-16 unit that is not ASCII. */
const letterKinds = new Uint8Array(0x10000).fill(rare).fill(half, 0xd800, 0xe000)
const markRanges = (kind: number, ranges: ReadonlyArray<string>): void => {
  const pattern = new RegExp(`[${ranges.join("")}]`)
  for (let code = 0x80; code < 0x3000; code++) if (pattern.test(String.fromCharCode(code))) letterKinds[code] = kind
}
const markLetters = (kind: number, letters: string): void => {
  for (let at = 0; at < letters.length; at++) {
    const code = letters.charCodeAt(at)
    if (code >= threeBytes && isLetter(code)) letterKinds[code] = kind
  }
}

// Signs, kana and the 2,965 usual letters of Japan; the 3,755 of China; the 2,350 syllables of Korea.
markLetters(wide, lettersOf("euc-jp", 0xa1, 0xa8) + lettersOf("euc-jp", 0xb0, 0xcf) + lettersOf("gb2312", 0xb0, 0xd7))
markLetters(korean, lettersOf("euc-kr", 0xb0, 0xc8))
markRanges(wide, otherLetters)
markRanges(indic, indicLetters)
markRanges(accented, accentedLetters)

/** Counts what texts are made of, in one pass and in a bounded time. */
export class TextTally implements TextCounts {
  bytes = 0
  words = 0
  bound = 0
  tied = 0
  loose = 0
  apart = 0
  numbers = 0
  digits = 0
  signs = 0
  blanks = 0
  accented = 0
  indic = 0
  wide = 0
  korean = 0
  rare = 0
  unread = 0
  #left = mostRead
  /** Letters by the kind of the pair that they end. */
  readonly #letters = new Uint32Array(apart + 1)

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
    for (let at = 0; at < length;) {
      const code = text.charCodeAt(at)
      const kind = code < 128 ? (kinds[code] ?? other) : other
      let end = at + 1
      switch (kind) {
        case lower:
        case upper:
          end = this.#addWord(text, at, length, kind)
          break
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
          this.#addBlanks(text, at, end, code)
          break
        default:
          this.#addOther(code)
      }
      at = end
    }
    this.bound = this.#letters[bound] ?? 0
    this.tied = this.#letters[tied] ?? 0
    this.loose = this.#letters[loose] ?? 0
    this.apart = this.#letters[apart] ?? 0
  }

  /** Capitals and then small letters, from there to where it ends. */
  #addWord(text: string, at: number, length: number, kind: number): number {
    const letters = this.#letters
    let last = text.charCodeAt(at) & inAlphabet
    let areCapitals = kind === upper
    let end = at + 1
    for (; end < length; end++) {
      const code = text.charCodeAt(end)
      if (!isLower(code)) {
        if (!areCapitals || !isUpper(code)) break
      } else areCapitals = false
      const letter = code & inAlphabet
      const usual = pairs[(last << bitsOfLetter) | letter] ?? apart
      // Fewer pairs of capitals have a token of their own.
      const pair = areCapitals && usual === bound ? tied : usual
      letters[pair] = (letters[pair] ?? 0) + 1
      last = letter
    }
    this.words++
    return end
  }

  /** The same one again and again. */
  #addBlanks(text: string, at: number, end: number, code: number): void {
    const count = end - at
    this.blanks += (count + 3) / 4
    if (code === space && isJoined(text, end)) {
      // A single blank before a word or a sign is a part of it.
      if (count === 1 && !(at > 0 && isBlank(text.charCodeAt(at - 1)))) this.blanks--
      return
    }
    // The last one stands alone where the next character does not take it.
    if (count > 1 && (code === space || code === tab)) this.blanks++
  }

  /** Its bytes but for one. */
  #addOther(code: number): void {
    const kind = letterKinds[code]
    const bytes = code < threeBytes || kind === half ? 2 : 3
    this.bytes += bytes - 1
    switch (kind) {
      case accented:
        this.accented++
        return
      case indic:
        this.indic++
        return
      case wide:
        this.wide++
        return
      case korean:
        this.korean++
        return
      default:
        this.rare += bytes
    }
  }
}
