/** A key that stands twice in an object of a JSON text, and where (in characters) the second one begins. */
export interface RepeatedKey {
  readonly key: string;
  readonly offset: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * The first key that an object has twice, at any depth; null where there is none. JSON.parse takes the last of them without a word, so that of
 * { "preferred": 1, "preferred": 2 } one is lost. `text` is valid JSON.
 */
export function repeatedKey(text: string): RepeatedKey | null {
  const open: (Set<string> | null)[] = []; // the keys of the objects around, null for a list
  let atKey = false;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [token] = match;
    const keys = open.at(-1);
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      atKey = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      atKey = false;
    } else if (token === ",") atKey = keys instanceof Set;
    else if (atKey && keys instanceof Set) {
      const key = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
      if (keys.has(key)) return { key, offset: match.index };
      keys.add(key);
      atKey = false;
    }
  }
  return null;
}
