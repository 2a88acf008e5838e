import { Tensor } from "@tensorflow/tfjs-core";

/** How tensors lie in nested arrays and plain objects, and all that isn't a tensor. */
export interface Structure {
  readonly shape: Node;
  /** Equal where shapes and dtypes of the tensors and the values of everything else are. */
  readonly signature: string;
}

type Node =
  | { readonly kind: "tensor"; readonly index: number }
  | { readonly kind: "array"; readonly items: readonly Node[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Node])[] }
  | { readonly kind: "value"; readonly value: unknown };

/** Adds the tensors in `value` to `tensors`, in the order of their places; keys in alphabetical order, since parameters from a file come in another order than new ones. */
export function flatten(value: unknown, tensors: Tensor[]): Structure {
  const parts: string[] = [];
  const walk = (one: unknown): Node => {
    if (one instanceof Tensor) {
      parts.push(`${one.dtype}[${one.shape.join()}]`);
      return { kind: "tensor", index: tensors.push(one) - 1 };
    }
    if (Array.isArray(one)) {
      parts.push("(");
      const items = one.map(walk);
      parts.push(")");
      return { kind: "array", items };
    }
    if (isPlainObject(one)) {
      parts.push("{");
      const entries = Object.keys(one)
        .sort()
        .map((key) => {
          parts.push(JSON.stringify(key));
          return [key, walk(one[key])] as const;
        });
      parts.push("}");
      return { kind: "object", entries };
    }
    parts.push(textOf(one));
    return { kind: "value", value: one };
  };
  const shape = walk(value);
  return { shape, signature: parts.join(" ") };
}

/** The value again, with other tensors in the same places. */
export function unflatten({ shape }: Pick<Structure, "shape">, tensors: readonly Tensor[]): unknown {
  const build = (node: Node): unknown => {
    switch (node.kind) {
      case "tensor":
        return tensors[node.index];
      case "array":
        return node.items.map(build);
      case "object":
        return Object.fromEntries(node.entries.map(([key, item]) => [key, build(item)]));
      default:
        return node.value;
    }
  };
  return build(shape);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const numbers = new WeakMap<object, number>();
let last = 0;

/** Plain values by what they are; functions and objects with a class by which they are. */
function textOf(value: unknown): string {
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : `${typeof value}:${String(value)}`;
  const number = numbers.get(value) ?? ++last;
  numbers.set(value, number);
  return `#${number}`;
}
