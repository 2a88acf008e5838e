/**
 * Repeating decimals in one notation, \repeating{whole}{once}{again}: 0.1\overline{6}, 0.1\dot{6}, 0.1(6), 0.16̅, 0.1666… The last one only
 * where the digits shown repeat: a digit three times, a longer block twice. 3.14159… is some number near it, and stays unread.
 */
export function withRepeating(text: string): string {
  return text
    .replace(/(\d*)\.(\d*)\{\s*(\\(?:overline|bar)\s*(?:\{\d+\}|\d))\s*\}/g, "$1.$2$3")
    .replace(/(\d*)\.(\d*)\\(?:overline|bar)\s*(?:\{\s*(\d+)\s*\}|(\d))/g, (_, whole: string, once: string, many, one) =>
      mark(whole, once, (many ?? one) as string),
    )
    .replace(
      /(\d*)\.(\d*)\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?/g,
      (_, whole: string, once: string, first: string, middle = "", last = "") => mark(whole, once, `${first}${middle}${last}`),
    )
    .replace(/(\d*)\.(\d*?)((?:\d[\u0305\u0304])+)/g, (_, whole: string, once: string, again: string) =>
      mark(whole, once, again.replace(/[\u0305\u0304]/g, "")),
    )
    .replace(
      /(\d*)\.(\d*)(\d)\u0307(?:(\d*)(\d)\u0307)?/g,
      (_, whole: string, once: string, first: string, middle = "", last = "") => mark(whole, once, `${first}${middle}${last}`),
    )
    .replace(/(\d*)\.(\d*)\((\d+)\)/g, (_, whole: string, once: string, again: string) => mark(whole, once, again))
    .replace(/(\d*)\.(\d+)\s*(?:\.\.\.+|\\[lc]?dots(?![A-Za-z]))/g, (given, whole: string, decimals: string) => {
      const shown = /^(\d*?)(?:(\d)\2{2,}|(\d{2,}?)\3+)$/.exec(decimals);
      return shown === null ? (given as string) : mark(whole, shown[1]!, shown[2] ?? shown[3]!);
    })
    .replace(/\.\.\.+/g, "\\ldots ");
}

function mark(whole: string, once: string, again: string): string {
  return `\\repeating{${whole}}{${once}}{${again}}`;
}

/** 0.1(6) = (16 − 1)/90. */
export function unrepeated(text: string): string {
  return text.replace(/\\repeating\{(\d*)\}\{(\d*)\}\{(\d+)\}/g, (_, whole: string, once: string, again: string) => {
    const top = BigInt(`${whole}${once}${again}`) - BigInt(`${whole}${once}` || "0");
    return `(${top}/${10n ** BigInt(once.length) * (10n ** BigInt(again.length) - 1n)})`;
  });
}
