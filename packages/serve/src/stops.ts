/** A text up to the first of some stop texts, and whether there was one. */
export function cutAtStop(text: string, stops: readonly string[]): { readonly text: string; readonly stopped: boolean } {
  const at = Math.min(...stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0), Infinity);
  return at === Infinity ? { text, stopped: false } : { text: text.slice(0, at), stopped: true };
}

/**
 * How much of a text that still grows can be shown: not what may be the beginning of a stop text, and no character that isn't whole yet (decoders write U+FFFD, or
 * half of a surrogate pair, for it).
 */
export function settledLength(text: string, stops: readonly string[]): number {
  let settled = text.length;
  while (settled > 0 && /[\ufffd\ud800-\udbff]/.test(text[settled - 1]!)) settled--;
  for (const stop of stops)
    for (let length = Math.min(stop.length - 1, text.length); length > 0; length--)
      if (text.endsWith(stop.slice(0, length))) {
        settled = Math.min(settled, text.length - length);
        break;
      }
  return settled;
}
