import { functionNames, inverses } from "./functions.ts";
import type { MathFunction } from "./functions.ts";
import { Unreadable } from "./unreadable.ts";

/**
 * From LaTeX, or the plain notation people use, to expression text with every product, argument and power written out:
 *
 *     \frac12 x^2 → ((n0)/(n1))*v0^(n2)      2 \sin b \cos a → n0*sin(v0)*cos(v1)      1\frac12 → (n0+((n1)/(n2)))
 *
 * Numbers and names become places in `numbers` and `names`, so that nothing of the answer's own text is left. Where a notation has two readings
 * (1/2x, \sqrt12), it has none here: Unreadable.
 */
export interface ExpressionText {
  readonly text: string;
  readonly numbers: readonly string[];
  readonly names: readonly string[];
}

const longest = 500; // characters
const deepest = 25; // nested groups

/** `latex`: one scalar, as `cleaned` gives it. */
export function expressionText(latex: string): ExpressionText {
  if (latex.length > longest) throw new Unreadable(`${latex.length} characters, more than ${longest}`, "size");
  if (/\de[-+]\d/.test(latex)) throw new Unreadable("1e-3 could be 0.001 or e − 3");
  const reader = new Reader(tokensOf(latex));
  const text = reader.expression(null, 0);
  return { text, numbers: reader.numbers, names: reader.names };
}

// ---------------------------------------------------------------- tokens

interface MathToken {
  readonly type: "number" | "name" | "function" | "command" | "symbol";
  readonly text: string;
}

const greek = new Set(
  "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega".split(
    " ",
  ),
);
const operatorCommands: Readonly<Record<string, string>> = { "\\cdot": "*", "\\times": "*", "\\ast": "*", "\\div": "/" };
const pattern = /\s+|(?:\d+(?:\.\d*)?|\.\d+)(?:E[-+]?\d+|e\d+)?|\\?[A-Za-z]+|\\.|\*\*|[^]/gu;

function tokensOf(latex: string): MathToken[] {
  return (latex.match(pattern) ?? []).flatMap((text): MathToken[] => {
    if (/^\s/.test(text)) return [];
    if (/\d/.test(text)) return [{ type: "number", text }];
    if (text === "**") return [{ type: "symbol", text: "^" }];
    const word = text.replace("\\", "");
    if (Object.hasOwn(functionNames, word)) return [{ type: "function", text: functionNames[word]! }];
    if (word === "pi" || greek.has(word)) return [{ type: "name", text: word }];
    if (text.startsWith("\\")) {
      if (Object.hasOwn(operatorCommands, text)) return [{ type: "symbol", text: operatorCommands[text]! }];
      return [{ type: "command", text }];
    }
    if (!/^[A-Za-z]/.test(text)) return [{ type: "symbol", text }];
    // Letters side by side are a product; a word is not: "odd" is no o·d².
    if (text.length > 2 && !/^(?:[xyz]+|[abc]+)$/.test(text)) throw new Unreadable(`"${text.slice(0, 30)}" is a word`, "word");
    return [...text].map((letter) => ({ type: "name", text: letter }));
  });
}

// ---------------------------------------------------------------- reader

/** An operand as text, and what must be known of it to tell what follows: digits, an integer (for 1 1/2), a fraction of integers (for 1\frac12). */
interface Operand {
  readonly text: string;
  /** Digits, perhaps with a percent sign: 2 1.5 and 10 50% are no products. */
  readonly isNumber?: true;
  readonly integer?: bigint;
  readonly fraction?: readonly [bigint, bigint];
}

/** Whether two operands side by side are a product, and nothing else. */
function checkProduct(left: Operand, right: Operand): void {
  if (right.isNumber) throw new Unreadable("a number right after another factor");
  if (left.integer !== undefined && right.fraction !== undefined) throw new Unreadable("a number and a fraction side by side");
}

class Reader {
  readonly numbers: string[] = [];
  readonly names: string[] = [];
  readonly #tokens: MathToken[];
  #at = 0;

  constructor(tokens: MathToken[]) {
    this.#tokens = tokens;
  }

  get #next(): MathToken | undefined {
    return this.#tokens[this.#at];
  }

  #isNext(text: string): boolean {
    return this.#next?.text === text && this.#next.type !== "name";
  }

  #take(): MathToken {
    const token = this.#next;
    if (token === undefined) throw new Unreadable("it ends too early");
    this.#at += 1;
    return token;
  }

  #expect(text: string): void {
    if (!this.#isNext(text)) throw new Unreadable(`no ${text} where one is expected`);
    this.#at += 1;
  }

  /** Up to `close`, which is taken; null: to the end. */
  expression(close: string | null, depth: number): string {
    let made = "";
    let last: Operand | null = null;
    let divided = false; // after a / with nothing but factors since
    let isFactor = false; // the last operand stands after * or /
    for (;;) {
      const token = this.#next;
      if (token === undefined || (close !== null && this.#isNext(close))) {
        if (close !== null) this.#expect(close);
        if (made === "" && last === null) throw new Unreadable("an empty expression");
        return made + (last?.text ?? "");
      }
      if (token.type === "symbol" && "+-*/".includes(token.text)) {
        this.#at += 1;
        made += `${last?.text ?? ""}${token.text}`;
        last = null;
        divided = token.text === "/" || (divided && token.text === "*");
        isFactor = token.text === "*" || token.text === "/";
        continue;
      }
      const operand: Operand = this.#operand(depth);
      if (last === null) last = operand;
      else {
        const mixed: Operand | null = isFactor ? null : this.#mixedNumber(last, operand);
        if (mixed !== null) last = mixed;
        else {
          checkProduct(last, operand);
          if (divided) throw new Unreadable("a product after a / could be above or below it");
          made += `${last.text}*`;
          last = operand;
        }
      }
    }
  }

  /** 1\frac12 and 1 1/2: a whole number and a proper fraction. */
  #mixedNumber(whole: Operand, part: Operand): Operand | null {
    if (whole.integer === undefined) return null;
    const isProper = ([top, bottom]: readonly [bigint, bigint]) => 0n < top && top < bottom;
    if (part.fraction !== undefined) return isProper(part.fraction) ? { text: `(${whole.text}+${part.text})` } : null;
    if (part.integer === undefined || !this.#isNext("/")) return null;
    const below = this.#tokens[this.#at + 1];
    if (below?.type !== "number" || !/^\d+$/.test(below.text) || !isProper([part.integer, BigInt(below.text)])) return null;
    this.#at += 2;
    return { text: `(${whole.text}+${part.text}/${this.#number(below.text)})` };
  }

  /** A factor with what is written behind it: powers, !, %. */
  #operand(depth: number): Operand {
    let operand = this.#factor(depth);
    for (;;) {
      if (this.#isNext("^")) {
        this.#at += 1;
        operand = { text: `${operand.text}^(${this.#argument(depth)})` };
      } else if (this.#isNext("!")) {
        this.#at += 1;
        if (this.#isNext("!")) throw new Unreadable("!! could be a double factorial");
        operand = { text: `(${operand.text})!` };
      } else if (this.#isNext("%")) {
        this.#at += 1;
        if (this.#isNext("%")) throw new Unreadable("%% is not read");
        operand = { ...(operand.isNumber && { isNumber: true }), text: `(${operand.text}/${this.#number("100")})` };
      } else return operand;
    }
  }

  #factor(depth: number): Operand {
    if (depth > deepest) throw new Unreadable(`nested more than ${deepest} deep`, "size");
    const token = this.#take();
    if (token.type === "number") {
      const integer = /^\d+$/.test(token.text) ? { integer: BigInt(token.text) } : {};
      return { text: this.#number(token.text), isNumber: true, ...integer };
    }
    if (token.type === "name") return { text: this.#name(token.text) };
    if (token.type === "function") return { text: this.#call(token.text as MathFunction, depth) };
    if (token.text === "(") return { text: `(${this.expression(")", depth + 1)})` };
    if (token.text === "[") return { text: `(${this.expression("]", depth + 1)})` };
    if (token.text === "{") return { text: `(${this.expression("}", depth + 1)})` };
    if (token.text === "|") return { text: `abs(${this.expression("|", depth + 1)})` };
    if (token.text === "\\lvert") return { text: `abs(${this.expression("\\rvert", depth + 1)})` };
    if (token.text === "\\frac") return this.#fraction(depth);
    throw new Unreadable(`${token.text} is not read`);
  }

  #fraction(depth: number): Operand {
    const [top, topInteger] = this.#short(depth);
    const [bottom, bottomInteger] = this.#short(depth);
    const fraction = topInteger !== null && bottomInteger !== null ? { fraction: [topInteger, bottomInteger] as const } : {};
    return { text: `((${top})/(${bottom}))`, ...fraction };
  }

  /** An argument of \frac or \sqrt: a group, or a single digit or letter, as TeX takes it. Digits left over would be read by each reader differently. */
  #short(depth: number): readonly [string, bigint | null] {
    const token = this.#next;
    if (token?.type === "number") {
      const digit = token.text[0]!;
      if (token.text.length > 2 || token.text.includes("."))
        throw new Unreadable(`\\frac or \\sqrt of ${token.text} without braces`);
      const left = token.text.slice(1);
      this.#tokens.splice(this.#at, 1, ...(left === "" ? [] : [{ type: "number", text: left } as const]));
      return [this.#number(digit), BigInt(digit)];
    }
    if (this.#isNext("{")) {
      const [inner, after] = [this.#tokens[this.#at + 1], this.#tokens[this.#at + 2]];
      const integer = inner?.type === "number" && /^\d+$/.test(inner.text) && after?.text === "}" ? BigInt(inner.text) : null;
      this.#at += 1;
      return [this.expression("}", depth + 1), integer];
    }
    return [this.#factor(depth + 1).text, null];
  }

  /** What ^ raises to: a group, or a signed factor. */
  #argument(depth: number): string {
    const sign = this.#isNext("-") || this.#isNext("+") ? this.#take().text : "";
    const base = `${sign}${this.#factor(depth).text}`;
    if (!this.#isNext("^")) return base;
    this.#at += 1; // 2^3^2 = 2^(3^2), 2^-3^2 = 2^(-(3^2))
    return `${base}^(${this.#argument(depth + 1)})`;
  }

  /** A function with its argument: \sin x, \sin(x), \sin^2 2x, \sqrt[3]{x}, \log_2 8. */
  #call(called: MathFunction, depth: number): string {
    if (called === "sqrt") return this.#root(depth);
    let [name, base] = [called as string, ""];
    let power = "";
    while (this.#isNext("^") || this.#isNext("_")) {
      if (this.#take().text === "_") {
        if (called !== "log" || base !== "") throw new Unreadable(`a subscript of ${called}`);
        base = this.#argument(depth);
        continue;
      }
      if (power !== "") throw new Unreadable(`two powers of ${called}`);
      const inverse = inverses[called];
      const start = this.#at;
      power = this.#argument(depth);
      const written = this.#tokens
        .slice(start, this.#at)
        .map((token) => token.text)
        .join("");
      if (/^\{?-1\}?$/.test(written)) {
        if (inverse === undefined) throw new Unreadable(`${called} to the power of −1 could be the inverse function`);
        [name, power] = [inverse, ""];
      }
    }
    const argument = this.#functionArgument(depth);
    const call = base === "" ? `${name}(${argument})` : `logBase(${argument},${base})`;
    return power === "" ? call : `${call}^(${power})`;
  }

  #root(depth: number): string {
    if (!this.#isNext("[")) return `sqrt(${this.#short(depth)[0]})`;
    this.#at += 1;
    const order = this.expression("]", depth + 1);
    return `root(${this.#short(depth)[0]},${order})`;
  }

  /** In brackets, or the factors up to an operator or another function: sin 2x cos y = sin(2x)·cos(y). */
  #functionArgument(depth: number): string {
    for (const [open, close] of [
      ["(", ")"],
      ["{", "}"],
      ["[", "]"],
    ] as const)
      if (this.#isNext(open)) {
        this.#at += 1;
        return this.expression(close, depth + 1);
      }
    const factors: Operand[] = [];
    while (this.#next !== undefined && this.#startsFactor(this.#next)) {
      const factor = this.#operand(depth + 1);
      if (factors.length > 0) checkProduct(factors.at(-1)!, factor);
      factors.push(factor);
    }
    if (factors.length === 0) throw new Unreadable("a function of nothing");
    return factors.map(({ text }) => text).join("*");
  }

  #startsFactor(token: MathToken): boolean {
    return (
      token.type === "number" ||
      token.type === "name" ||
      token.text === "\\frac" ||
      (token.type === "function" && token.text === "sqrt")
    );
  }

  #number(digits: string): string {
    this.numbers.push(digits);
    return `n${this.numbers.length - 1}`;
  }

  #name(letter: string): string {
    let name = letter;
    if (this.#isNext("_")) {
      this.#at += 1;
      name += `_${this.#subscript()}`;
    }
    if (/^[fgh]/.test(name) && this.#isNext("(")) throw new Unreadable(`${name}(…) could be a function or a product`);
    const known = this.names.indexOf(name);
    return `v${known === -1 ? this.names.push(name) - 1 : known}`;
  }

  #subscript(): string {
    if (!this.#isNext("{")) {
      const token = this.#take();
      if (token.type === "number" || token.type === "name") return token.text;
      throw new Unreadable(`a subscript ${token.text}`);
    }
    this.#at += 1;
    let made = "";
    while (!this.#isNext("}")) {
      const token = this.#take();
      if (token.type !== "number" && token.type !== "name") throw new Unreadable(`a subscript with ${token.text}`);
      made += token.text;
    }
    this.#at += 1;
    return made;
  }
}
