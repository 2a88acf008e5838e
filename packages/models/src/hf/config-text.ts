/**
 * A configuration as JSON in which what `like` spells with a point keeps it: 1.0 is a number with a fraction to Python, and Transformers 5 refuses a whole one
 * in its place. JavaScript knows one kind of number, so the spelling is looked up by the field's name.
 */
export function configText(config: object, like: readonly (string | Uint8Array | undefined)[]): string {
  const pointed = new Set(
    like.flatMap((text) =>
      [
        ...String(text === undefined ? "" : Buffer.from(text as string).toString("utf8")).matchAll(
          /"(\w+)"\s*:\s*-?\d+(?:\.\d|[eE])/g,
        ),
      ].map(([, name]) => name!),
    ),
  );
  const text = JSON.stringify(config, null, 2).replace(/^( *"(\w+)": -?\d+)(?=,?$)/gm, (line, _, name: string) =>
    pointed.has(name) ? `${line}.0` : line,
  );
  return `${text}\n`;
}
