/** A dotted path's parts, and whether a part stood in quotes: stages.rl.reward.rules."my.rule". A quote that isn't closed is a character like others. */
function partsOf(path: string): { readonly text: string; readonly quoted: boolean }[] {
  const parts = path.matchAll(/(?:^|\.)(?:"([^"]*)"(?=\.|$)|([^.]*))/g);
  return [...parts].map(([, quoted, plain]) => ({ text: quoted ?? plain!, quoted: quoted !== undefined }));
}

/**
 * The steps of a dotted path. A name may have dots itself: in quotes it is one step, and without them where it is there, the longest first. `inside` gives
 * what is under a key, undefined where nothing is.
 */
export function pathSteps<N>(path: string, root: N | undefined, inside: (node: N, key: string) => N | undefined): string[] {
  const parts = partsOf(path);
  const steps: string[] = [];
  let node = root;
  for (let from = 0; from < parts.length;) {
    const key = longestKey(parts.slice(from), (name) => node !== undefined && inside(node, name) !== undefined);
    node = node === undefined ? undefined : inside(node, key.text);
    steps.push(key.text);
    from += key.parts;
  }
  return steps;
}

function longestKey(rest: ReturnType<typeof partsOf>, isThere: (name: string) => boolean): { text: string; parts: number } {
  const quoted = rest.findIndex((part) => part.quoted);
  for (let parts = quoted === -1 ? rest.length : quoted; parts > 1; parts--) {
    const text = textOf(rest.slice(0, parts));
    if (isThere(text)) return { text, parts };
  }
  return { text: rest[0]!.text, parts: 1 };
}

/** A path without its quotes, as messages and reports write it. */
export function unquotedPath(path: string): string {
  return textOf(partsOf(path));
}

const textOf = (parts: ReturnType<typeof partsOf>) => parts.map(({ text }) => text).join(".");
