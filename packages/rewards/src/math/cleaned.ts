import { functionNames } from "./functions.ts";

/**
 * An answer in one notation: without the marks of mathematics mode, sizes, spacing and boxes around the whole; with one command where LaTeX,
 * Unicode and plain text have several. What it means is not looked at here.
 */
export function cleaned(answer: string): string {
  let text = answer;
  for (const [character, latex] of characters) text = text.replaceAll(character, latex);
  text = text.replace(
    /[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+/g,
    (run) =>
      `^{${[...run]
        .map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻".indexOf(digit))
        .map((at) => (at === 10 ? "-" : at))
        .join("")}}`,
  );
  text = text.normalize("NFKC");
  for (const [pattern, replacement] of rules) text = text.replace(pattern, replacement);
  text = text.replace(/\\(?:mathrm|mathit|mathsf|operatorname\*?)\s*\{([^{}]*)\}/g, (_, inside: string) => upright(inside));
  text = text.replace(
    /\\(?:textbf|textit|textrm|textnormal|mbox|mathbf|text)\s*\{([^{}]*)\}/g,
    (_, inside: string) => `\\text{${inside.trim()}}`,
  );
  for (let before = ""; before !== text;) {
    before = text;
    text = unwrapped(
      text
        .trim()
        .replace(/(?<!\\)[.,;:]+$/, "")
        .trim(),
    );
  }
  return text.replace(/\s+/g, " ");
}

/** The same text, spaces and the difference between words and \text{words} aside. */
export function isSameText(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => text.replace(/\\text\{([^{}]*)\}/g, "$1").replace(/\s+/g, ""));
  const isWords = /^[A-Za-z]{2,}$/.test(one!) && /^[A-Za-z]{2,}$/.test(other!);
  return one === other || (isWords && one!.toLowerCase() === other!.toLowerCase());
}

const characters: readonly (readonly [string, string])[] = [
  ..."½ 1/2,⅓ 1/3,⅔ 2/3,¼ 1/4,¾ 3/4".split(",").map((pair) => [pair[0]!, pair.slice(1)] as const),
  ...Object.entries({
    "×": "\\times ",
    "·": "\\cdot ",
    "⋅": "\\cdot ",
    "÷": "\\div ",
    "−": "-",
    "–": "-",
    "√": "\\sqrt ",
    "∞": "\\infty ",
  }),
  ...Object.entries({
    "∪": "\\cup ",
    "≤": "\\le ",
    "≥": "\\ge ",
    "≠": "\\ne ",
    "±": "\\pm ",
    "∓": "\\mp ",
    "°": "^\\circ ",
    "∈": "\\in ",
    "≈": "\\approx ",
  }),
  ...Object.entries({
    π: "\\pi ",
    θ: "\\theta ",
    α: "\\alpha ",
    β: "\\beta ",
    γ: "\\gamma ",
    λ: "\\lambda ",
    φ: "\\phi ",
    "∅": "\\emptyset ",
  }),
];

const rules: readonly (readonly [RegExp, string])[] = [
  [/\\left\s*\|/g, "\\lvert "],
  [/\\right\s*\|/g, "\\rvert "],
  [/\\(?:left|right)\s*\./g, ""],
  [/\\(?:left|right|displaystyle|textstyle|limits|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr)(?![A-Za-z])/g, ""],
  [/,\s*\\!\s*/g, ","], // 11,\! 111
  [/(?<=\d)\s*\{\s*,\s*\}\s*(?=\d{3}(?!\d))/g, ","], // 1{,}000
  [/(?<=\d)\\[,!](?=\d{3}(?!\d))/g, ""], // 1\,000
  [/(?<!\\)\\[,;:! ]|~|\\q?quad(?![A-Za-z])/g, " "],
  [/\\\$/g, ""],
  [/\$+/g, " "],
  [/\\[()]/g, " "],
  [/\\%/g, "%"],
  [/\\[dtc]frac(?![A-Za-z])/g, "\\frac"],
  [/\\lbrace(?![A-Za-z])/g, "\\{"],
  [/\\rbrace(?![A-Za-z])/g, "\\}"],
  [/\\(?:emptyset|varnothing)(?![A-Za-z])/g, "\\{\\}"],
  [/\\leq(?:slant)?(?![A-Za-z])|<=/g, "\\le "],
  [/\\geq(?:slant)?(?![A-Za-z])|>=/g, "\\ge "],
  [/\\neq(?![A-Za-z])|!=/g, "\\ne "],
  [/\\lt(?![A-Za-z])/g, "<"],
  [/\\gt(?![A-Za-z])/g, ">"],
  [/\^\s*\{\s*\\circ\s*\}|\\degree(?![A-Za-z])/g, "^\\circ"],
  [/(?<![A-Za-z\\])(?:infinity|oo)(?![A-Za-z])/gi, "\\infty "],
  [/(?<=\d)\s*(?:percent|percentage|pct)\b/g, "%"],
  [/(\d*)\.(\d*)\\overline\s*\{(\d+)\}/g, "\\repeating{$1}{$2}{$3}"], // 0.1\overline{6}
];

/** \mathrm{e} is e, \operatorname{arcsin} a function; other upright letters are words. */
function upright(inside: string): string {
  const name = inside.trim();
  if (/^[A-Za-z]$/.test(name)) return ` ${name} `;
  return Object.hasOwn(functionNames, name) ? `\\${name} ` : `\\text{${name}}`;
}

/** Without a box, or \[ \], around the whole. */
function unwrapped(text: string): string {
  if (text.startsWith("\\[") && text.endsWith("\\]")) return text.slice(2, -2);
  const box = /^\\f?box(?:ed)?\s*(?=\{)/.exec(text);
  if (box !== null && closingBrace(text, box[0].length) === text.length - 1) return text.slice(box[0].length + 1, -1);
  const only = /^\\text\{([^{}]*)\}$/.exec(text);
  return only === null ? text : only[1]!;
}

/** Where the brace that opens at `open` closes; -1 where it doesn't. Braces that are written, \{ and \}, don't count. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "{") depth += 1;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}
