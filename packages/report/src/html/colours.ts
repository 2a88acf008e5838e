/** Colours are CSS variables, so that one picture serves light and dark. Okabe and Ito's palette, in an order that keeps neighbours apart. */
export function cellColour(index: number): string {
  return `var(--series-${index % COLOURS})`;
}
const COLOURS = 7;

/** More variants than there are colours: the next round is dashed. */
export function cellDash(index: number): number[] {
  return [[], [6, 3], [2, 3], [8, 3, 2, 3]][Math.floor(index / COLOURS) % 4]!;
}

/** More variants than can be told apart by colour and dash: pictures then show them faintly, against the baseline. */
export function isCrowded({ length }: { readonly length: number }): boolean {
  return length > MOST_APART;
}
const MOST_APART = 12;
