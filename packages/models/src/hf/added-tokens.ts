/** A token that is found in the text as it is, before anything else happens to it: tokenizer.json's `added_tokens`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Only where no letter, digit or underscore stands beside it. */
  readonly single_word: boolean;
  /** Takes the white space before it, or after it, along. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Looked for after the text was normalised, and in its own normalised form. */
  readonly normalized: boolean;
  /** A control token: `<|im_end|>`. */
  readonly special: boolean;
}

/** A part of a text: a token that was found, or what lies between two. */
export type Part =
  | { readonly token: AddedToken; readonly text?: undefined }
  | { readonly text: string; readonly start: number; readonly token?: undefined };

const WORD = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]";
const endsWithWord = new RegExp(`${WORD}$`, "u");
const startsWithWord = new RegExp(`^${WORD}`, "u");
const spaceAtEnd = /\p{White_Space}*$/u;
const spaceAtStart = /^\p{White_Space}*/u;

/**
 * Splits texts at these tokens as Rust's AddedVocabulary does: from the left, the longest that fits. `form` is how a token's content looks in the texts that
 * are split; tokens that `skipped` names are text like any other.
 */
export function splitterAt(
  tokens: readonly AddedToken[],
  form: (content: string) => string = (content) => content,
): (text: string, skipped: (token: AddedToken) => boolean) => Part[] {
  const byForm = new Map(tokens.map((token) => [form(token.content), token]));
  const forms = [...byForm.keys()].filter((text) => text !== "").sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => [{ text, start: 0 }];
  const pattern = new RegExp(forms.map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|"), "gu");

  return (text, skipped) => {
    const parts: Part[] = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      const token = byForm.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (skipped(token)) continue;
      if (token.single_word && (endsWithWord.test(text.slice(0, start)) || startsWithWord.test(text.slice(end)))) continue;
      if (token.lstrip) start = Math.max(done, start - spaceAtEnd.exec(text.slice(0, start))![0].length);
      if (token.rstrip) end += spaceAtStart.exec(text.slice(end))![0].length;
      if (start > done) parts.push({ text: text.slice(done, start), start: done });
      parts.push({ token });
      done = end;
    }
    if (done < text.length) parts.push({ text: text.slice(done), start: done });
    return parts;
  };
}
