/**
 * Grouped digits without their marks: 1 000, 1'000, 1_000, 1.000.000, and a decimal comma behind such: 1.234,5. Commas are left, since 1,000 may
 * be two things (answer.ts). 1 125/200 is a mixed number, 204_5 a number in base 5.
 */
export function ungrouped(text: string): string {
  return text
    .replace(/(?<![\d.,'’_ ]|\d )\d{1,3}(?: \d{3})+(?!\d|\s*\/|,\d)/g, (number) => number.replaceAll(" ", ""))
    .replace(/(?<![\d.,'’_])\d{1,3}(?:['’]\d{3})+(?!\d)/g, (number) => number.replace(/['’]/g, ""))
    .replace(/(?<![\w.,])\d{1,3}(?:_\d{3})+(?!\w)/g, (number) => number.replaceAll("_", ""))
    .replace(/(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?:,(\d+))?(?![\d.,])/g, european)
    .replace(/(?<![\d.,])\d{1,3}(?:\.\d{3})+,(\d+)(?![\d.,])/g, european)
    .replace(/(\d)\\decimalcomma (?=\d)/g, "$1.");
}

function european(number: string, decimals: string | undefined): string {
  const whole = decimals === undefined ? number : number.slice(0, -decimals.length - 1);
  return `${whole.replaceAll(".", "")}${decimals === undefined ? "" : `.${decimals}`}`;
}

/** Every group of three digits, or of two before the last three as in India, behind a comma. */
export const commaGrouped = String.raw`[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}`;
