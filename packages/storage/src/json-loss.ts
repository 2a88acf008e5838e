import { lossOf } from "./number-text.ts";

/** Something in a JSON text that reading it would lose, and where (in characters) it stands. */
export interface JsonLoss {
  readonly offset: number;
  /** What is wrong and what was expected, without the place. */
  readonly message: string;
}

/** What a token of JSON begins with, and what it is but for the rest of a text. */
const TOKEN = /"|-?\d[\d.eE+-]*|[{}[\],]/g;

/**
 * The first thing that JSON.parse takes of a text without a word and that is not what was written, at any depth; null where nothing is:
 *
 *     { "preferred": 1, "preferred": 2 }   of a key that is there twice one value is lost
 *     1e400, 1e-400, 9007199254740993      numbers that a double doesn't hold (number-text.ts)
 *     "\ud83d"                             half a character: no text that can be written again
 *
 * `text` is valid JSON. Whatever JSON.stringify writes of texts that are whole loses nothing.
 */
export function lossInJson(text: string): JsonLoss | null {
  const open: (Set<string> | null)[] = []; // the keys of the objects around, null for a list
  let atKey = false;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [token] = match;
    const [first] = token;
    const offset = match.index;
    const keys = open.at(-1);
    if (first === "{" || first === "[") {
      open.push(first === "{" ? new Set() : null);
      atKey = first === "{";
    } else if (first === "}" || first === "]") {
      open.pop();
      atKey = false;
    } else if (first === ",") atKey = keys instanceof Set;
    else if (first === '"') {
      TOKEN.lastIndex = endOfText(text, offset);
      const written = text.slice(offset, TOKEN.lastIndex);
      const read = written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
      const half = halfCharacter(read);
      if (half !== null) return { offset, message: `${half} is half a character, expected its other half beside it` };
      if (!atKey || !(keys instanceof Set)) continue;
      if (keys.has(read)) return { offset, message: `the key ${JSON.stringify(read)} is there twice; expected each key once` };
      keys.add(read);
      atKey = false;
    } else {
      const lost = lossOf(token, Number(token));
      if (lost !== null) return { offset, message: lost };
    }
  }
  return null;
}

/** Behind the quote that closes the text begun at `start`. No regular expression: on a text of millions of escapes it runs out of stack. */
function endOfText(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text[quote - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
}

/** The first UTF-16 surrogate of a text that is not one of a pair, as JSON escapes it. */
function halfCharacter(text: string): string | null {
  const found = /\p{Surrogate}/u.exec(text);
  return found === null ? null : JSON.stringify(found[0]).slice(1, -1);
}
