import { inLatex } from "./characters.ts";
import { functionNames } from "./functions.ts";
import { withRepeating } from "./repeating.ts";

/**
 * An answer in one notation: without the marks of mathematics mode and of emphasis, sizes, spacing and boxes around the whole; with one command
 * where LaTeX, Unicode and plain text have several. What it means is not looked at here.
 */
export function cleaned(answer: string): string {
  let text = withRepeating(inLatex(withoutEmphasis(answer)));
  for (const [pattern, replacement] of rules) text = text.replace(pattern, replacement);
  text = text.replace(/\\(?:mathrm|mathit|mathsf|operatorname\*?)\s*\{([^{}]*)\}/g, (_, inside: string) => upright(inside));
  text = text.replace(
    /\\(?:textbf|textit|textrm|textnormal|mbox|mathbf|text)\s*\{([^{}]*)\}/g,
    (_, inside: string) => `\\text{${inside.trim()}}`,
  );
  for (let before = ""; before !== text;) {
    before = text;
    text = unwrapped(text.replace(/(?<!\\)[.,;:]+$/, "").trim());
  }
  return text.replace(/\s+/g, " ");
}

/** The same text, the difference between words and \text{words} aside, and spaces other than in 1 1/2. */
export function isSameText(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) =>
    text
      .replace(/\\text\{([^{}]*)\}/g, "$1")
      .replace(/(?<![\d.A-Za-z])\s+|\s+(?![\d.A-Za-z])|(?<=\d)\s+(?=[A-Za-z])|(?<=[A-Za-z])\s+(?=\d)/g, ""),
  );
  return one === other || (isWords(one!) && one!.toLowerCase() === other!.toLowerCase());
}

/** Words, and no product of letters: ABC and abc are two products, Even and even are one word. */
export function isWords(text: string): boolean {
  return /^[A-Za-z][A-Za-z'’. -]+$/.test(text) && !/^(?:[A-Za-z]{1,2}|[xyz]+|[abc]+)$/i.test(text.replace(/^no$/i, "none"));
}

/** Markdown's **73**, __73__, and *73*, _73_ or `73` around the whole. ~~73~~ is struck out, and stays. */
function withoutEmphasis(answer: string): string {
  const whole = /^\s*([*_`]{1,3})(?=\S)([^*_`]*[^\s*_`])\1\s*([.,;:]*)\s*$/.exec(answer);
  if (whole !== null) return whole[2]!;
  return answer.replace(/(?<![^\s([,;:$])(\*\*|__)(?=\S)([^*_]*[^\s*_])\1(?![^\s)\].,;:!?$])/g, "$2");
}

const rules: readonly (readonly [RegExp, string])[] = [
  [/^\s*(?:the\s+)?(?:final\s+)?answer(?:\s+is\s*:?|\s*:|\s*=)\s*/i, ""],
  [/\\left\s*\|/g, "\\lvert "],
  [/\\right\s*\|/g, "\\rvert "],
  [/\\(?:left|right)\s*\./g, ""],
  [/\\(?:left|right|displaystyle|textstyle|limits|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr)(?![A-Za-z])/g, ""],
  [/,\s*\\!\s*/g, ","], // 11,\! 111
  [/(?<=\d)\s*\{\s*,\s*\}\s*(?=\d{3}(?!\d))/g, ","], // 1{,}000
  [/(?<=\d)\s*\{\s*,\s*\}\s*(?=\d)/g, "\\decimalcomma "], // 3{,}14
  [/(?<=\d)\\[,!](?=\d{3}(?!\d))/g, ""], // 1\,000
  [/~~|^\s*~/g, "\\struck "], // ~~5~~, ~5: not simply 5
  [/\\\\(?=\s*$)/g, " "],
  [/(?<!\\)\\[,;:! ]|~|\\q?quad(?![A-Za-z])/g, " "],
  [/\\\$/g, "\\dollar "],
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
  [/\^\s*\{\s*\\circ\s*\}|\\degree(?:s)?(?![A-Za-z])/g, "^\\circ"],
  [/(?<![A-Za-z\\])(?:infinity|oo)(?![A-Za-z])/gi, "\\infty "],
  [/(?<=\d)\s*(?:\\text\s*\{\s*)?(?:percent|per cent|percentage|pct)\b(?!\s*point)\s*(?:(?<=\{[^{}]*)\})?/g, "%"],
];

/** \mathrm{e} is e, \operatorname{arcsin} a function; other upright letters are words. */
function upright(inside: string): string {
  const name = inside.trim();
  if (/^[ei]$/.test(name)) return ` ${name} `;
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
