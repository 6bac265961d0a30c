/** The same numbers each time, in 0 to 1. */
const draws = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const letters = (from: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, nth) => String.fromCodePoint(from + nth))
const small = letters(0x61, 26)
const large = letters(0x41, 26)
const ascii = letters(0x21, 94)
const signs = ascii.filter((letter) => /[^A-Za-z0-9]/.test(letter))

const english =
  "The committee did not meet until late in the afternoon, because three of its members had missed the train; nobody " +
  "minded. Questions about the harbour, which everyone agreed was silting up faster than it could be dredged, were " +
  "postponed (again), and the remaining hour went to the bridge. “It will stand another winter,” said the engineer.\n"
const german =
  "Die Straßenverkehrsbehörde überprüft die Höchstgeschwindigkeitsbegrenzung an der Brücke. Außerdem müssen größere " +
  "Fahrzeuge künftig über die Umgehungsstraße fahren, was nicht allen Anwohnern gefällt.\n"
const code = `export const lengthFor = ({ tokens, nanos }: Required<Need>, price: number): number => {
  const byTokens = tokens - inputTokens
  if (!(price > 0) || isNaN(byTokens)) { return Math.floor(byTokens / choices) }
  for (let i = 0; i < list.length; i++) list[i] ??= { id: \`\${prefix}_\${i}\`, at: new Date(0), ok: !0 }
\treturn Math.max(0, Math.min(byTokens, (nanos - inputNanos) / price)) // the least
}
`
const minified =
  "!function(e,t){for(var n=0,r=t.length;n<r;n++){var o=t[n];o.e=o.e||!1,e[o.k]=o.v?a(o.v,n>>>2):null}}(p,q);"
const chinese =
  "委员会直到下午很晚才开会，因为有三名成员错过了火车；没有人介意。关于港口的问题再次被推迟，剩下的一个小时用来讨论桥梁。"
const traditional =
  "委員會直到下午很晚才開會，因為有三名成員錯過了火車；沒有人介意。關於港口的問題再次被推遲，剩下的一個小時用來討論橋樑。"
const japanese =
  "委員会は午後遅くまで開かれなかった。三人の委員が電車に乗り遅れたからである。港についての質問はまた延期され、残りの一時間は橋の議論に費やされた。"
const korean =
  "위원회는 오후 늦게까지 열리지 않았는데, 위원 세 명이 기차를 놓쳤기 때문이다. 항구에 관한 질문은 다시 연기되었고, 남은 시간은 다리에 대한 토론으로 보냈다. "
const spoken = "ðə ˈkwɪk ˈbraʊn ˈfɒks ˈdʒʌmps ˈəʊvə ðə ˈleɪzi ˈdɒɡ ənd ˈʃiː ˈsɛlz ˈsiːʃɛlz ɒn ðə ˈsiːʃɔː "
const polytonic =
  "Μῆνιν ἄειδε, θεά, Πηληϊάδεω Ἀχιλῆος οὐλομένην, ἣ μυρί᾽ Ἀχαιοῖς ἄλγε᾽ ἔθηκε, πολλὰς δ᾽ ἰφθίμους ψυχὰς "
const pointed = "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ "
const records = [
  { title: "The harbour", body: english, tags: ["sea", "bridge"], by: { name: "A. Smith", at: "2026-01-02" } }
]
const emoji = ["😀", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "👍🏽", "❤️", "🦖", "🧑‍🚀", "☎️", "🪿"]

const displayNames = (language: string): string => {
  const regions = new Intl.DisplayNames([language], { type: "region" })
  const currencies = new Intl.DisplayNames([language], { type: "currency" })
  const of = (codes: string, names: Intl.DisplayNames) => codes.split(" ").map((name) => names.of(name) ?? "")
  return [
    ...of("AT BA CD CF CH DE EG ET FR GB GR IN JP KH KR LA MM NG NZ RU SA TH TR UA US VA VN ZA", regions),
    ...of("CHF CNY EGP EUR GBP INR JPY KRW NGN RUB SAR THB TRY UAH USD", currencies)
  ].join(" ")
}
const languages = (
  "de fr es pt it nl sv fi hu pl cs tr vi ro lv is cy sw ru uk bg el he ar fa ur hi mr bn pa gu or ta te kn ml si th lo my km ka hy am " +
  "bo mn zh zh-Hant ja ko chr"
).split(" ")

export type Kinds = ReadonlyArray<readonly [kind: string, text: string]>

/** Texts that are usual, and those of which there is but one. A counter counts 32,000 letters whole. */
export const fixedKinds: Kinds = [
  ["English", english.repeat(4)],
  ["German", german.repeat(4)],
  ["Chinese", chinese.repeat(10)],
  ...languages.map((language) => [`names in ${language}`, displayNames(language)] as const),
  ["code", code.repeat(5)],
  ["code made small", minified.repeat(10)],
  ["traditional Chinese", traditional.repeat(10)],
  ["Japanese", japanese.repeat(10)],
  ["Korean", korean.repeat(10)],
  ["JSON of prose", JSON.stringify(records, null, 2)],
  ["Korean in parts", korean.normalize("NFD").repeat(10)],
  ["phonetic letters", spoken.repeat(10)],
  ["old Greek", polytonic.repeat(10)],
  ["Hebrew with its vowels", pointed.repeat(20)],
  ...signs.map((sign) => [`${sign} again and again`, sign.repeat(500)] as const),
  ...signs.flatMap((sign) =>
    [1, 2, 3, 4, 7, 31].flatMap((count) => [
      [`${count} ${sign} after a blank`, ` ${sign.repeat(count)}`.repeat(20)] as const,
      [`${count} ${sign} before a word`, `${sign.repeat(count)}a`.repeat(20)] as const
    ])
  ),
  ...[" ", "\t", "\n", "\r"].flatMap((white) =>
    [2, 3, 4, 5, 7, 9, 31, 77, 130].flatMap((count) =>
      ["1", "a", "(", "==", "é"].map(
        (next) =>
          [`${count} ${JSON.stringify(white)} before ${next}`, `${white.repeat(count)}${next}`.repeat(20)] as const
      )
    )
  ),
  ["blanks", " ".repeat(5_000)],
  ["ends of lines", "\n".repeat(2_000)],
  ["ends of lines of Windows", "\r\n".repeat(2_000)],
  ["carriage returns", "\r".repeat(500)],
  ["tabs", "\t".repeat(2_000)],
  ["box drawing", "├── │   └── ═══╬".repeat(200)],
  ["one letter", "x"],
  ["a dot", "."],
  ["nothing", ""]
]

/** Unicode's blocks, whole or the parts of which somebody may write a text. */
const blocks: ReadonlyArray<readonly [name: string, first: number, last: number]> = [
  ["C1 controls", 0x80, 0x9f],
  ["Latin-1", 0xa0, 0xff],
  ["Latin Extended-A", 0x100, 0x17f],
  ["Latin Extended-B", 0x180, 0x24f],
  ["IPA", 0x250, 0x2af],
  ["modifiers", 0x2b0, 0x2ff],
  ["combining marks", 0x300, 0x36f],
  ["Greek", 0x370, 0x3ff],
  ["Cyrillic", 0x400, 0x45f],
  ["Cyrillic Extended", 0x460, 0x52f],
  ["Armenian", 0x531, 0x58a],
  ["Hebrew points", 0x591, 0x5c7],
  ["Hebrew", 0x5d0, 0x5ea],
  ["Arabic", 0x621, 0x64a],
  ["Arabic Extended", 0x66e, 0x6ff],
  ["Devanagari", 0x900, 0x97f],
  ["Bengali", 0x980, 0x9ff],
  ["Gurmukhi", 0xa00, 0xa7f],
  ["Gujarati", 0xa80, 0xaff],
  ["Oriya", 0xb00, 0xb7f],
  ["Tamil", 0xb80, 0xbff],
  ["Telugu", 0xc00, 0xc7f],
  ["Kannada", 0xc80, 0xcff],
  ["Malayalam", 0xd00, 0xd7f],
  ["Sinhala", 0xd80, 0xdff],
  ["Thai", 0xe00, 0xe5b],
  ["Lao", 0xe80, 0xeff],
  ["Tibetan", 0xf00, 0xfff],
  ["Myanmar", 0x1000, 0x109f],
  ["Georgian capitals", 0x10a0, 0x10c5],
  ["Georgian", 0x10d0, 0x10ff],
  ["Khmer", 0x1780, 0x17ff],
  ["Latin Extended Additional", 0x1e00, 0x1eff],
  ["Vietnamese", 0x1ea0, 0x1ef9],
  ["Greek Extended", 0x1f00, 0x1fff],
  ["punctuation", 0x2000, 0x206f],
  ["superscripts and currencies", 0x2070, 0x20cf],
  ["mathematical", 0x2200, 0x22ff],
  ["CJK punctuation", 0x3000, 0x303f],
  ["Hiragana", 0x3041, 0x309f],
  ["Katakana", 0x30a0, 0x30ff],
  ["Han Extension A", 0x3400, 0x4dbf],
  ["Han", 0x4e00, 0x9fff],
  ["rare Han", 0x9000, 0x9fff],
  ["Hangul", 0xac00, 0xd7a3],
  ["private", 0xe000, 0xf8ff],
  ["full width", 0xff00, 0xffef],
  ["hieroglyphs", 0x13000, 0x1342f],
  ["mathematical letters", 0x1d400, 0x1d7ff]
]

/** What words that nobody knows may be made of. */
const alphabets: ReadonlyArray<readonly [name: string, letters: ReadonlyArray<string>]> = [
  ["any letters", small],
  ["rare letters", [..."qzxjvkw"]],
  ["rare letters, and others", [..."qzxjvkwgp"]],
  ["consonants", [..."bcdfghjklmnpqrstvwxz"]],
  ["bases", [..."acgt"]],
  ["amino acids", [..."acdefghiklmnpqrstvwy"]],
  ["frequent letters", [..."etaoinshrdlu"]]
]
const vowels = [..."aeiou"]
const between = [" ", "\n", "1"]

/** Texts at random of every kind that has been seen to have many tokens for its length; others for each seed. */
export const randomKinds = (seed: number): Kinds => {
  const draw = draws(seed)
  const pick = (from: ReadonlyArray<string>): string => from[Math.floor(draw() * from.length)] ?? ""
  const repeated = (count: number, make: () => string, apart = ""): string =>
    Array.from({ length: count }, make).join(apart)
  const whole = (below: number): number => Math.floor(draw() * below)
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => whole(256)))
  const uuid = (): string =>
    bytes(16)
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
  const word = (from: ReadonlyArray<string>, most: number): string => repeated(1 + whole(most), () => pick(from))
  const pronounceable = (length: number): string =>
    Array.from({ length }, (_, nth) => pick(nth % 2 === 0 ? small : vowels)).join("")
  const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
  /** In small letters, as a name, and in capitals; one after another, on lines and among digits. */
  const words = (name: string, length: number, make: () => string): Kinds =>
    between.flatMap((apart) => {
      const text = () => repeated(60, make, apart)
      const all = (change: (text: string) => string) => repeated(60, () => change(make()), apart)
      const where = `of ${length} ${name} after ${JSON.stringify(apart)}`
      return [
        [`words ${where}`, text()],
        [`names ${where}`, all(capitalised)],
        [`capitals ${where}`, text().toUpperCase()]
      ]
    })

  return [
    ["base64", bytes(2_000).toString("base64")],
    ["base64 in lines", bytes(2_000).toString("base64").replace(/.{76}/g, "$&\n")],
    ["hexadecimal", bytes(4_000).toString("hex")],
    ["hexadecimal in capitals", bytes(4_000).toString("hex").toUpperCase()],
    ["bytes apart", bytes(2_000).toString("hex").replace(/../g, "$& ")],
    ["UUIDs", repeated(200, uuid, "\n")],
    ["CSV of numbers", repeated(300, () => repeated(6, () => (draw() * 1000).toFixed(whole(4)), ","), "\n")],
    ["CSV of digits", repeated(300, () => repeated(12, () => String(whole(10)), ","), "\r\n")],
    [
      "CSV of words",
      repeated(300, () => `${word(small, 8)},"${word(large, 3)}",${whole(9999)},,${draw() < 0.5}`, "\n")
    ],
    ["JSON of numbers", JSON.stringify(Array.from({ length: 300 }, () => draw() * 10 ** whole(6)))],
    ["JSON of pairs", JSON.stringify(Array.from({ length: 300 }, () => [whole(10), -whole(100)]))],
    [
      "JSON of records",
      JSON.stringify(Array.from({ length: 100 }, () => ({ id: uuid(), n: draw(), on: null, t: [""] })))
    ],
    [
      "JSON in lines",
      JSON.stringify(
        Array.from({ length: 60 }, () => ({ id: whole(99), a: { b: [1, true] } })),
        null,
        2
      )
    ],
    ["digits", repeated(2_000, () => String(whole(10)))],
    ["numbers of one digit", repeated(2_000, () => String(whole(10)), " ")],
    ["signs", repeated(2_000, () => pick(signs))],
    ["any ASCII", repeated(2_000, () => pick(ascii))],
    ["emoji", repeated(800, () => pick(emoji))],
    ["emoji apart", repeated(800, () => pick(emoji), " ")],
    ["small letters", repeated(2_000, () => pick(small))],
    ["capitals", repeated(2_000, () => pick(large))],
    ["letters", repeated(2_000, () => pick([...small, ...large]))],
    ["names in one", repeated(1_000, () => `${word(small, 6)}${pick(large)}${word(small, 6)}_`)],
    ["letters and digits", repeated(3_000, () => `${pick(small)}${pick(small)}${whole(10)}`)],
    ["white space at random", repeated(4_000, () => pick([" ", "\n", "\t", "\r"]))],
    [
      "a table",
      repeated(100, () => `| ${word(small, 5)}${" ".repeat(whole(20))} | ${whole(99)} |\n|${"-".repeat(whole(30))}|`)
    ],
    ["control characters", repeated(500, () => pick(["\u0000", "\u0001", "\u001b[3m", "\u007f"]))],
    ...blocks.map(
      ([name, first, last]) =>
        [`letters of ${name}`, repeated(600, () => String.fromCodePoint(first + whole(last - first + 1)))] as const
    ),
    ["letters with many marks", repeated(400, () => pick(small) + repeated(5, () => pick(letters(0x300, 0x70))))],
    ["capitals and small letters in turn", repeated(1_500, () => pick(large) + pick(small))],
    ["rare capitals and small letters in turn", repeated(1_500, () => pick([..."QZXJVKW"]) + pick([..."qzxjvkw"]))],
    [
      "GenBank",
      repeated(
        60,
        () => `\n${String(whole(9_999)).padStart(9)}${repeated(6, () => ` ${repeated(10, () => pick([..."acgt"]))}`)}`
      )
    ],
    ["a matrix of digits", repeated(100, () => `${repeated(20, () => `  ${whole(10)}`)}\n`)],
    ["columns of numbers", repeated(100, () => `${repeated(10, () => String(whole(100)).padStart(4))}\n`)],
    ["columns after tabs", repeated(100, () => `${repeated(10, () => `\t\t${whole(100)}`)}\n`)],
    ["signs apart", repeated(2_000, () => pick(signs), " ")],
    ["runs of blanks", repeated(1_000, () => pick([" ", "\t", "\n", "  ", "\n\n", "\t\t", "a", "1"]))],
    ...[2, 3, 5, 8, 12].flatMap((length) => [
      ...alphabets.flatMap(([name, from]) => words(name, length, () => repeated(length, () => pick(from)))),
      ...words("letters that can be spoken", length, () => pronounceable(length))
    ])
  ]
}
