/** Words before an answer that the released code leaves out. */
const prefixes = /The (?:best|correct) (?:answer|option) is|The answer is|The answer: |Answer: |Best (?:answer|option):/g;

/**
 * The answer that R1-Reward's released accuracy check reads in a response: the text of the first <answer>, or the whole response, and of it the last number as a number
 * is written shortest ("2.0" is 2, "4/2" as well); a text without one as it is. null: nothing to be read, neither a number nor a word.
 */
export function releasedReading(response: string): string | null {
  const given = (/<answer>([^]*?)<\/answer>/.exec(response)?.[1] ?? response).trim().replaceAll(prefixes, "").trim();
  const plain = given
    .normalize("NFKC")
    .replaceAll("$", "")
    .replaceAll(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, "$1/$2")
    .replaceAll(/\\(?:text|boxed)\s*\{([^{}]*)\}/g, "$1")
    .replace(/^[([]([^()[\]]*)[)\]]$/, "$1");
  const last = [...plain.matchAll(number)].at(-1);
  if (last !== undefined) {
    const value = Number(last[1]) / Number(last[2] ?? 1);
    return Number.isFinite(value) ? String(value) : null;
  }
  return /^\p{L}+$/u.test(given) ? given : null;
}

/** What stands by itself: after white space, an equals sign or emphasis. */
const number = /(?<=^|[\s=*])([-+]?\d+(?:\.\d+)?)(?:\/(\d+))?(?![\d/])/g;
