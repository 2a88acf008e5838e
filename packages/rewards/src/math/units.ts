import { Unreadable } from "./unreadable.ts";

/** What an answer is measured in: its dimensions (m², m/s, apple, …), and what one of it is in their first unit. */
export interface Unit {
  readonly dimensions: string;
  readonly top: bigint;
  readonly bottom: bigint;
}

/** [names, dimension, size of one in the dimension's first unit]. Case counts where a name has one letter. */
const table: readonly (readonly [names: string, dimension: string, top: bigint, bottom?: bigint])[] = [
  ["m metre meter", "m", 1n],
  ["km kilometre kilometer kms", "m", 1000n],
  ["dm decimetre decimeter", "m", 1n, 10n],
  ["cm centimetre centimeter cms", "m", 1n, 100n],
  ["mm millimetre millimeter", "m", 1n, 1000n],
  ["nm nanometre nanometer", "m", 1n, 10n ** 9n],
  ["in inch", "m", 127n, 5000n],
  ["ft foot", "m", 381n, 1250n],
  ["yd yard yds", "m", 1143n, 1250n],
  ["mi mile", "m", 201_168n, 125n],
  ["g gram gm gms", "g", 1n],
  ["kg kilogram kilo kgs", "g", 1000n],
  ["mg milligram", "g", 1n, 1000n],
  ["tonne", "g", 1_000_000n],
  ["oz ounce", "g", 45_359_237n, 1_600_000n],
  ["lb pound lbs", "g", 45_359_237n, 100_000n],
  ["ton", "ton", 1n],
  ["s sec second secs", "s", 1n],
  ["ms millisecond", "s", 1n, 1000n],
  ["min minute mins", "s", 60n],
  ["h hr hour hrs", "s", 3600n],
  ["day", "s", 86_400n],
  ["week", "s", 604_800n],
  ["month", "month", 1n],
  ["year yr yrs", "month", 12n],
  ["decade", "month", 120n],
  ["century", "month", 1200n],
  ["L l litre liter", "L", 1n],
  ["mL ml millilitre milliliter", "L", 1n, 1000n],
  ["cl centilitre centiliter", "L", 1n, 100n],
  ["cup", "cup", 1n],
  ["pint", "cup", 2n],
  ["quart", "cup", 4n],
  ["gallon", "cup", 16n],
  ["°C", "°C", 1n],
  ["°F", "°F", 1n],
  ["° deg degree", "°", 1n],
  ["rad radian", "rad", 1n],
  ["$ dollar usd buck", "$", 1n],
  ["¢ cent", "$", 1n, 100n],
  ["€ euro eur", "€", 1n],
  ["£ gbp", "£", 1n],
  ["¥ yen jpy", "¥", 1n],
  ["yuan rmb cny", "yuan", 1n],
  ["₹ rupee inr", "₹", 1n],
  ["N newton", "N", 1n],
  ["J joule", "J", 1n],
  ["kJ kilojoule", "J", 1000n],
  ["W watt", "W", 1n],
  ["kW kilowatt", "W", 1000n],
  ["Pa pascal", "Pa", 1n],
  ["kPa kilopascal", "Pa", 1000n],
  ["Hz hertz", "Hz", 1n],
  ["kHz kilohertz", "Hz", 1000n],
  ["V volt", "V", 1n],
  ["A amp ampere", "A", 1n],
  ["ohm", "ohm", 1n],
  ["K kelvin", "K", 1n],
  ["mol mole", "mol", 1n],
  ["cal calorie", "cal", 1n],
  ["kcal kilocalorie", "cal", 1000n],
  ["acre", "acre", 1n],
  ["hectare", "hectare", 1n],
  ["bit", "bit", 1n],
  ["byte", "bit", 8n],
  // What a "unit" is, the question says: such an answer has no unit of its own.
  ["unit", "unit", 1n],
];
/** Things that are counted. */
const things =
  "apple orange banana pear peach plum cherry grape melon lemon fruit tree flower rose seed leaf student teacher child boy girl man woman people person adult kid friend member player worker employee guest customer passenger voter soldier way ball marble coin card chip token stamp book page word letter digit number integer solution root value element term factor divisor multiple prime point vertex edge face side line segment diagonal angle triangle square rectangle circle cube block tile box bag basket bottle can glass plate bowl cookie cake pie candy piece slice egg ticket seat chair table desk room house car bus truck train bike bicycle boat plane wheel pen pencil eraser crayon marker sticker toy doll game match goal team class group set pair row column step stair floor round turn trip lap mile meal sandwich pizza hamburger dog cat bird fish cow horse sheep chicken duck rabbit bee ant animal shirt shoe hat sock dress button bead rope stick stone rock brick paper sheet photo picture song movie question problem test quiz exam vote time hour penny nickel dime outcome combination permutation arrangement sequence subset function path route string pattern color colour handshake".split(
    " ",
  );
const irregular: Readonly<Record<string, string>> = {
  feet: "foot",
  inches: "inch",
  centuries: "century",
  pennies: "penny",
  children: "child",
  men: "man",
  women: "woman",
  people: "person",
  leaves: "leaf",
  vertices: "vertex",
  geese: "goose",
  hertz: "hertz",
  boxes: "box",
  buses: "bus",
  cherries: "cherry",
  candies: "candy",
  classes: "class",
  matches: "match",
  glasses: "glass",
  dresses: "dress",
  sandwiches: "sandwich",
  branches: "branch",
};

const known = new Map<string, { readonly dimension: string; readonly top: bigint; readonly bottom: bigint }>([
  ...things.map((thing) => [thing, { dimension: `#${singular(thing)}`, top: 1n, bottom: 1n }] as const),
  ...table.flatMap(([names, dimension, top, bottom = 1n]) =>
    names.split(" ").map((name) => [name, { dimension, top, bottom }] as const),
  ),
]);

function singular(word: string): string {
  if (Object.hasOwn(irregular, word)) return irregular[word]!;
  return word.replace(/(?<=[^s])s$/, "");
}

function entryOf(written: string) {
  const word = written.length > 1 ? written.toLowerCase() : written;
  const exact = known.get(written) ?? known.get(word);
  return exact ?? (word.length > 3 ? known.get(singular(word)) : undefined) ?? null;
}

/** cm, cm^2, square feet, m/s, miles per hour, °. Throws Unreadable where a word isn't known: it may change the number. */
export function unitOf(written: string): Unit {
  const plain = written
    .replace(/\^\\circ\s*/g, "°")
    .replace(/\\text\{([^{}]*)\}/g, " $1 ")
    .replace(/\\(?:cdot|times)|[*·]/g, " ");
  const words =
    plain
      .replace(/\bmph\b/gi, "miles per hour")
      .replace(/\bk(?:m|ph)\/?h\b|\bkph\b/gi, "km per hour")
      .match(/[A-Za-z]+\.?|°\s*[CF]?|[$€£¥₹¢]|\^\s*\{?\s*-?\d+\s*\}?|\/|\d+|\S/g) ?? [];
  const powers = new Map<string, number>();
  let [top, bottom, sign, before] = [1n, 1n, 1, 1];
  let isPer = false; // nothing behind the last one yet
  let last: { name: string; power: number } | null = null;
  const put = (name: string, power: number) => {
    const entry = entryOf(name);
    if (entry === null)
      throw new Unreadable(`the word ${JSON.stringify(name.slice(0, 30))} may change what stands before it`, "word");
    if (Math.abs(power) > 9) throw new Unreadable(`a unit to the power of ${power}`);
    powers.set(entry.dimension, (powers.get(entry.dimension) ?? 0) + power);
    const [up, down] = power > 0 ? [entry.top, entry.bottom] : [entry.bottom, entry.top];
    [top, bottom] = [top * up ** BigInt(Math.abs(power)), bottom * down ** BigInt(Math.abs(power))];
  };
  for (const given of words) {
    const word = given.replace(/\.$/, "").replace(/\s/g, "");
    const lower = word.toLowerCase();
    if (word === "/" || lower === "per") [sign, isPer] = [-1, true];
    else if (/^(?:square|sq)$/.test(lower) && words.length > 1) before = 2;
    else if (/^(?:cubic|cu)$/.test(lower)) before = 3;
    else if (last !== null && (word.startsWith("^") || lower === "squared" || lower === "cubed")) {
      const power = lower === "squared" ? 2 : lower === "cubed" ? 3 : Number(/-?\d+/.exec(word)![0]);
      put(last.name, last.power * (power - 1));
      last = null;
    } else {
      put(word, sign * before);
      last = { name: word, power: sign };
      [before, isPer] = [1, false];
    }
  }
  if (before !== 1) throw new Unreadable("a power of no unit");
  if (isPer) throw new Unreadable("a unit that ends with per");
  const dimensions = [...powers]
    .filter(([, power]) => power !== 0)
    .sort()
    .map(([name, power]) => `${name}^${power}`);
  return { dimensions: dimensions.join(" ") || "none", top, bottom };
}

/** What a letter behind a number and a space is taken for: 15 m is a length, 15 x a product. */
export const unitLetters = "mgsLhNJWVAK";

/** Written right behind a number they are no product of letters. */
export const gluedUnits = /^(?:cm|km|kg|lbs|hrs|kHz|kPa|[A-Za-z]{3,})$/;

/** Whether text can be read as a unit. */
export function isUnit(written: string): boolean {
  try {
    unitOf(written);
    return true;
  } catch (error) {
    if (error instanceof Unreadable) return false;
    throw error;
  }
}
