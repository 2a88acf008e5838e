import { greatestCommonDivisor } from "./integers.ts";

/**
 * Number words as numbers: 5 million → 5000000, three dozen → 36, twenty-one → 21, two thirds → \frac{2}{3}, 3 and a half → \frac{7}{2},
 * 7 squared → 7^{2}. A word that isn't understood stays where it is, and makes the answer unreadable: it may scale the number, or deny it.
 */
export function withNumberWords(given: string): string {
  if (!anyWord.test(given)) return given;
  return squared(replaced(given.replace(/\\text\{([^{}]*)\}/g, withoutText)));
}

const ones =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen";
const small = new Map<string, bigint>([
  ...ones.split(" ").map((word, value) => [word, BigInt(value)] as const),
  ..."twenty thirty forty fifty sixty seventy eighty ninety".split(" ").map((word, at) => [word, BigInt(at + 2) * 10n] as const),
]);
const scales: Readonly<Record<string, bigint>> = {
  thousand: 10n ** 3n,
  million: 10n ** 6n,
  mln: 10n ** 6n,
  billion: 10n ** 9n,
  bn: 10n ** 9n,
  trillion: 10n ** 12n,
  quadrillion: 10n ** 15n,
  quintillion: 10n ** 18n,
  lakh: 10n ** 5n,
  crore: 10n ** 7n,
  dozen: 12n,
  score: 20n,
  gross: 144n,
};
const denominators: Readonly<Record<string, bigint>> = {
  half: 2n,
  halves: 2n,
  quarter: 4n,
  ...Object.fromEntries(
    "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(" ").map((word, at) => [word, BigInt(at + 3)]),
  ),
  twentieth: 20n,
  hundredth: 100n,
  thousandth: 1000n,
  millionth: 10n ** 6n,
};
const anyWord = new RegExp(
  `(?<![A-Za-z\\\\])(?:${[...small.keys(), "hundred", ...Object.keys(scales), ...Object.keys(denominators), "squared", "cubed"].join("|")})s?(?![A-Za-z])`,
  "i",
);

const scaleOf = (word: string) => lookedUp(scales, word);
const denominatorOf = (word: string) => lookedUp(denominators, word);
function lookedUp(table: Readonly<Record<string, bigint>>, word: string): bigint | null {
  const singular = Object.hasOwn(table, word) ? word : word.replace(/s$/, "");
  return Object.hasOwn(table, singular) ? table[singular]! : null;
}
const isCounting = (word: string) =>
  small.has(word) || word === "hundred" || scaleOf(word) !== null || denominatorOf(word) !== null;
const isConnecting = (word: string) => /^(?:and|an?|minus|negative|squared|cubed)$/.test(word);

/** \text{ million dollars} → million \text{dollars}: number words leave it, if nothing else stands before them. */
function withoutText(whole: string, inside: string): string {
  const words = inside.trim().split(/(?<=[\s-])(?=[^\s-])/);
  const bare = words.map((word) => word.replace(/[\s-]+$/, "").toLowerCase());
  const start = bare.findIndex((word) => !isCounting(word) && !isConnecting(word));
  const counted = start === -1 ? bare.length : start;
  if (!bare.slice(0, counted).some((word) => isCounting(word) || word.endsWith("ed"))) return whole;
  return ` ${words.slice(0, counted).join("")} ${counted === words.length ? "" : `\\text{${words.slice(counted).join("")}}`}`;
}

// ---------------------------------------------------------------- quantities

type Ratio = readonly [top: bigint, bottom: bigint];
const pieces = /\\?[A-Za-z]+|\\.|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?|\.\d+|\s+|[^]/gu;

function replaced(text: string): string {
  const tokens = text.match(pieces) ?? [];
  let made = "";
  for (let at = 0; at < tokens.length;) {
    const read = new Quantity(tokens, at).read(/[/^_.\d}]\s*$/.test(made));
    made += read?.text ?? tokens[at]!;
    at = read?.end ?? at + 1;
  }
  return made;
}

/** A quantity in words, or in digits with words behind it, from a token on. */
class Quantity {
  readonly #tokens: readonly string[];
  #at: number;

  constructor(tokens: readonly string[], start: number) {
    this.#tokens = tokens;
    this.#at = start;
  }

  /** The word at a token, or behind spaces or a hyphen there; not behind both: twenty - one is 19. */
  #word(at: number): { word: string; end: number } | null {
    const next = /^(?:\s+|-)$/.test(this.#tokens[at] ?? "") ? at + 1 : at;
    const token = this.#tokens[next];
    return token !== undefined && /^[A-Za-z]+$/.test(token) ? { word: token.toLowerCase(), end: next + 1 } : null;
  }

  /** `behindFactor`: behind /, ^, a brace, …: a scale is then a factor of the whole that stands before. */
  read(behindFactor: boolean): { text: string; end: number } | null {
    const first = this.#tokens[this.#at]!;
    const isNumber = /^[.\d]/.test(first);
    if (isNumber ? behindFactor : !/^[A-Za-z]+$/.test(first)) return null;
    if (behindFactor && denominatorOf(first.toLowerCase()) !== null) return null; // 2 half is no 2½
    if (!isNumber && scaleOf(first.toLowerCase()) !== null)
      return { text: ` \\cdot ${scaleOf(first.toLowerCase())!} `, end: this.#at + 1 };
    let negative = false;
    let total: bigint | null = null;
    let current: Ratio | null = null;
    let lastScale: bigint | null = null;
    if (isNumber) {
      current = ratioOf(first);
      this.#at += 1;
    } else if (/^(?:minus|negative)$/i.test(first)) {
      negative = true;
      this.#at += 1;
    }
    let found = false; // a word that counts
    for (;;) {
      const next = this.#word(this.#at);
      if (next === null) break;
      let { word, end } = next;
      const article = /^an?$/.test(word) && current === null && total === null;
      const joined = word === "and" && (found || isNumber);
      if (article || joined) {
        const after = this.#word(end);
        if (after === null) break;
        const part = joined ? this.#partAt(after) : null;
        if (part !== null) {
          current = sum(current ?? [0n, 1n], part.value);
          this.#at = part.end;
          found = true;
          break;
        }
        ({ word, end } = after);
        if (article && word !== "hundred" && scaleOf(word) === null && denominatorOf(word) === null) break;
        if (joined && !(small.has(word) && (total !== null || isHundreds(current)))) break;
      }
      const value = small.get(word);
      const scale = word === "hundred" || word === "hundreds" ? 100n : scaleOf(word);
      const denominator = denominatorOf(word);
      if (value !== undefined) {
        if (!found && isNumber) break;
        if (current === null) current = [value, 1n];
        else if (isHundreds(current) || (isTens(current) && value > 0n && value < 10n)) current = sum(current, [value, 1n]);
        else break;
      } else if (scale === 100n) {
        if (current === null && !article) break;
        if (current !== null && (current[0] >= 100n * current[1] || current[0] === 0n) && !isNumber) break;
        current = times(current ?? [1n, 1n], 100n);
      } else if (scale !== null) {
        if (current === null && !article) break;
        if (lastScale !== null && scale >= lastScale) break;
        const product: Ratio = times(current ?? [1n, 1n], scale);
        if (product[1] !== 1n) {
          if (total !== null) break;
          current = product;
          this.#at = end;
          found = true;
          break;
        }
        total = (total ?? 0n) + product[0];
        current = null;
        lastScale = scale;
      } else if (denominator !== null && total === null && (current === null ? article || word === "half" : current[1] === 1n)) {
        const isPlural = word.endsWith("s");
        if (current !== null && (current[0] === 1n) === isPlural) break;
        current = [current?.[0] ?? 1n, denominator];
        this.#at = end;
        found = true;
        const scaled = this.#scaleBehind();
        if (scaled !== null) current = times(current, scaled);
        break;
      } else break;
      this.#at = end;
      found = true;
    }
    if (!found) return null;
    const value = sum(current ?? [0n, 1n], [total ?? 0n, 1n]);
    return { text: ` ${negative ? "-" : ""}${textOf(value)} `, end: this.#at };
  }

  /** half, a half, three quarters. */
  #partAt({ word, end }: { word: string; end: number }): { value: Ratio; end: number } | null {
    if (word === "half") return { value: [1n, 2n], end };
    const next = this.#word(end);
    if (next === null) return null;
    const top = /^an?$/.test(word) ? 1n : small.get(word);
    const bottom = denominatorOf(next.word);
    return top === undefined || bottom === null ? null : { value: [top, bottom], end: next.end };
  }

  /** half a million, half a dozen, half million. */
  #scaleBehind(): bigint | null {
    let next = this.#word(this.#at);
    if (next !== null && /^an?$/.test(next.word)) next = this.#word(next.end);
    const scale = next === null ? null : next.word === "hundred" ? 100n : scaleOf(next.word);
    if (scale !== null) this.#at = next!.end;
    return scale;
  }
}

const isTens = ([top, bottom]: Ratio) => bottom === 1n && top % 100n >= 20n && top % 10n === 0n;
const isHundreds = (ratio: Ratio | null) => ratio !== null && ratio[1] === 1n && ratio[0] > 0n && ratio[0] % 100n === 0n;
const times = ([top, bottom]: Ratio, factor: bigint): Ratio => reduced(top * factor, bottom);
const sum = ([a, b]: Ratio, [c, d]: Ratio): Ratio => reduced(a * d + c * b, b * d);

function reduced(top: bigint, bottom: bigint): Ratio {
  const common = greatestCommonDivisor(top, bottom);
  return [top / common, bottom / common];
}

function ratioOf(digits: string): Ratio {
  const [whole, decimals = ""] = digits.replaceAll(",", "").split(".") as [string, string?];
  return [BigInt(`${whole}${decimals}`), 10n ** BigInt(decimals.length)];
}

function textOf([top, bottom]: Ratio): string {
  return bottom === 1n ? String(top) : `\\frac{${top}}{${bottom}}`;
}

/** 7 squared, x cubed: of a number, a letter or brackets alone. Of −3 or 2/3 it has two readings, and none here. */
function squared(text: string): string {
  return text.replace(
    /^\s*(\d+(?:\.\d+)?|[A-Za-z]|\([^()]*\))\s*(squared|cubed)\s*$/i,
    (_, base: string, word: string) => `${base}^{${/^s/i.test(word) ? 2 : 3}}`,
  );
}
