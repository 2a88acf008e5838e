/** Steps of a chain by name. One that is there twice is whiten#1 and whiten#2, in their order. */
export function stepLabels(names: readonly string[]): string[] {
  return names.map((name, index) => {
    if (names.indexOf(name) === names.lastIndexOf(name)) return name;
    return `${name}#${names.slice(0, index + 1).filter((one) => one === name).length}`;
  });
}

/** A resolved chain, as plain data: a list of components. */
export type Chain = readonly { readonly use: string }[];

/** Whether a value is a chain: a list of at least one resolved step. */
export function isChain(value: unknown): value is Chain {
  const isStep = (one: unknown) => typeof one === "object" && one !== null && "use" in one && typeof one.use === "string";
  return Array.isArray(value) && value.length > 0 && value.every(isStep);
}

/** The step of a chain that is called so. */
export function stepCalled(chain: Chain, label: string): unknown {
  return chain[stepLabels(chain.map(({ use }) => use)).indexOf(label)];
}
