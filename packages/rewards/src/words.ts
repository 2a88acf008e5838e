/**
 * The words of a text, as open-r1 counts them: what white space separates, in lower case. Scripts that are written without spaces between words
 * (Chinese, Japanese, Thai, Lao, Khmer, Burmese) count by the character, where open-r1 asks a segmenter. Code points, never halves of one.
 */
export function wordsOf(text: string): string[] {
  return text
    .normalize("NFC")
    .toLowerCase()
    .split(/\s+/u)
    .flatMap((run) => run.match(word) ?? []);
}

const spaceless = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
/** Signs that combine (accents, vowel signs) stay with the character that they stand on. */
const word = new RegExp(String.raw`[${spaceless}]\p{M}*|[^${spaceless}]+`, "gu");
