const place = /\{\{\s*(\w+)\s*\}\}/g;

/** A template's text with each {{name}} replaced by its value. A value is put in as it is: what stands in double braces in it stays. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(place, (whole, name: string) => (Object.hasOwn(values, name) ? values[name]! : whole));
}

/** What is wrong with a template, in words: a name that there isn't, or one without which it asks nothing; null: nothing. */
export function templateProblem(template: string, known: readonly string[], needed: readonly string[] = []): string | null {
  const named = new Set([...template.matchAll(place)].map(([, name]) => name!));
  const unknown = [...named].find((name) => !known.includes(name));
  const shown = known.map((name) => `{{${name}}}`).join(", ");
  if (unknown !== undefined) return `{{${unknown}}} stands for nothing, expected any of ${shown}`;
  const missing = needed.find((name) => !named.has(name));
  return missing === undefined
    ? null
    : `{{${missing}}} isn't in it, so nothing would be asked about it; expected any of ${shown}`;
}
