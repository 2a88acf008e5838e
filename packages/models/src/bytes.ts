/**
 * Text as UTF-8, and back. Unlike TextEncoder, a surrogate without its other half is kept (as WTF-8 has it: three bytes, like any code
 * point of its size), so that every JavaScript string comes back as it was.
 */
export function bytesOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!).flatMap((point) => {
    if (point < 0x80) return [point];
    if (point < 0x800) return [0xc0 | (point >> 6), tail(point)];
    if (point < 0x10000) return [0xe0 | (point >> 12), tail(point >> 6), tail(point)];
    return [0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point)];
  });
}

/** The text of a run of nibbles, two a byte. A policy may sample any run: what is no text becomes U+FFFD. */
export function nibblesText(nibbles: readonly number[]): string {
  const bytes = Array.from({ length: nibbles.length >> 1 }, (_, at) => (nibbles[2 * at]! << 4) | nibbles[2 * at + 1]!);
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!;
    const length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const rest = bytes.slice(at + 1, at + length);
    const point = rest.reduce((high, byte) => (high << 6) | (byte & 0x3f), length < 2 ? first : first & (0xff >> (length + 1)));
    const sound = length > 0 && rest.length === length - 1 && rest.every((byte) => byte >> 6 === 2) && point <= 0x10ffff;
    text += sound ? String.fromCodePoint(point) : "\ufffd";
    at += sound ? length : 1;
  }
  return nibbles.length % 2 === 0 ? text : `${text}\ufffd`;
}

const tail = (bits: number) => 0x80 | (bits & 0x3f);
