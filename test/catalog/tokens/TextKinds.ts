/** The same numbers each time, in 0 to 1. */
const draws = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const draw = draws(7)
const pick = (letters: ReadonlyArray<string>): string => letters[Math.floor(draw() * letters.length)] ?? ""
const repeated = (count: number, make: () => string, between = ""): string =>
  Array.from({ length: count }, make).join(between)
const whole = (below: number): number => Math.floor(draw() * below)
const letters = (from: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, nth) => String.fromCodePoint(from + nth))
const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => whole(256)))

const small = letters(0x61, 26)
const large = letters(0x41, 26)
const ascii = letters(0x21, 94)
const signs = ascii.filter((letter) => /[^A-Za-z0-9]/.test(letter))
const uuid = (): string =>
  bytes(16)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
const word = (from: ReadonlyArray<string>, most: number): string => repeated(1 + whole(most), () => pick(from))

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

/** Texts of every kind that has been seen to have many tokens for its length, and of those that are usual. The longest a counter counts whole is 32,000 letters. */
export const textKinds: ReadonlyArray<readonly [kind: string, text: string]> = [
  ["English", english.repeat(4)],
  ["German", german.repeat(4)],
  ["Chinese", chinese.repeat(10)],
  ...languages.map((language) => [`names in ${language}`, displayNames(language)] as const),
  ["code", code.repeat(5)],
  ["code made small", minified.repeat(10)],
  ["base64", bytes(6_000).toString("base64")],
  ["base64 in lines", bytes(6_000).toString("base64").replace(/.{76}/g, "$&\n")],
  ["hexadecimal", bytes(4_000).toString("hex")],
  ["hexadecimal in capitals", bytes(4_000).toString("hex").toUpperCase()],
  ["bytes apart", bytes(2_000).toString("hex").replace(/../g, "$& ")],
  ["UUIDs", repeated(200, uuid, "\n")],
  ["CSV of numbers", repeated(300, () => repeated(6, () => (draw() * 1000).toFixed(whole(4)), ","), "\n")],
  ["CSV of digits", repeated(300, () => repeated(12, () => String(whole(10)), ","), "\r\n")],
  ["CSV of words", repeated(300, () => `${word(small, 8)},"${word(large, 3)}",${whole(9999)},,${draw() < 0.5}`, "\n")],
  ["JSON of numbers", JSON.stringify(Array.from({ length: 800 }, () => draw() * 10 ** whole(6)))],
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
  ["digits", repeated(6_000, () => String(whole(10)))],
  ["numbers of one digit", repeated(2_000, () => String(whole(10)), " ")],
  ["signs", repeated(6_000, () => pick(signs))],
  ["any ASCII", repeated(6_000, () => pick(ascii))],
  ...signs.map((sign) => [`${sign} again and again`, sign.repeat(500)] as const),
  ["emoji", repeated(800, () => pick(emoji))],
  ["emoji apart", repeated(800, () => pick(emoji), " ")],
  ["small letters", repeated(6_000, () => pick(small))],
  ["capitals", repeated(6_000, () => pick(large))],
  ["letters", repeated(6_000, () => pick([...small, ...large]))],
  ["names in one", repeated(1_000, () => `${word(small, 6)}${pick(large)}${word(small, 6)}_`)],
  ["letters and digits", repeated(3_000, () => `${pick(small)}${pick(small)}${whole(10)}`)],
  ["blanks", " ".repeat(5_000)],
  ["ends of lines", "\n".repeat(2_000)],
  ["ends of lines of Windows", "\r\n".repeat(2_000)],
  ["carriage returns", "\r".repeat(500)],
  ["tabs", "\t".repeat(2_000)],
  ["white space at random", repeated(4_000, () => pick([" ", "\n", "\t", "\r"]))],
  [
    "a table",
    repeated(100, () => `| ${word(small, 5)}${" ".repeat(whole(20))} | ${whole(99)} |\n|${"-".repeat(whole(30))}|`)
  ],
  ["box drawing", repeated(200, () => "├── │   └── ═══╬")],
  ["control characters", repeated(500, () => pick(["\u0000", "\u0001", "\u001b[3m", "\u007f"]))],
  ["one letter", "x"],
  ["a dot", "."],
  ["nothing", ""]
]
