// Where a source can be changed, and into what. Messages are left alone: whatever stands in an error, a description or a note.

import { parseSync } from "oxc-parser";

export interface Mutant {
  /** Where the changed expression stands, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly operator: string;
  readonly original: string;
  readonly replacement: string;
  /** The change within its line: `x = a [+ → -] b`. */
  readonly change: string;
}

/** A node of the syntax tree (ESTree with TypeScript's), as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const arithmetic: Record<string, string> = { "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "**": "*" };
const boundary: Record<string, string> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };
const equality: Record<string, string> = { "===": "!==", "!==": "===", "==": "!=", "!=": "==" };
const logical: Record<string, string> = { "&&": "||", "||": "&&", "??": "&&" };
const assignment: Record<string, string> = { "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=", "||=": "&&=", "&&=": "||=" };

/** Operations on tensors and of Math, and what takes their place. */
const functions: Record<string, string> = {
  "tf.add": "tf.sub",
  "tf.sub": "tf.add",
  "tf.mul": "tf.div",
  "tf.div": "tf.mul",
  "tf.maximum": "tf.minimum",
  "tf.minimum": "tf.maximum",
  "tf.greater": "tf.greaterEqual",
  "tf.greaterEqual": "tf.greater",
  "tf.less": "tf.lessEqual",
  "tf.lessEqual": "tf.less",
  "tf.equal": "tf.notEqual",
  "tf.notEqual": "tf.equal",
  "tf.logicalAnd": "tf.logicalOr",
  "tf.logicalOr": "tf.logicalAnd",
  "tf.sum": "tf.mean",
  "tf.mean": "tf.sum",
  "Math.max": "Math.min",
  "Math.min": "Math.max",
  "Math.floor": "Math.ceil",
  "Math.ceil": "Math.floor",
};
/** f(x, …) → x */
const skipped = new Set([
  "tf.neg",
  "tf.exp",
  "tf.log",
  "tf.square",
  "tf.abs",
  "Math.abs",
  "Math.round",
  "Math.trunc",
  "Math.sqrt",
]);
/** x.f(…) → x */
const skippedMethods = new Set([
  "filter",
  "slice",
  "sort",
  "toSorted",
  "reverse",
  "flat",
  "trim",
  "toLowerCase",
  "replaceAll",
  "replace",
]);
const swappedMethods: Record<string, string> = { some: "every", every: "some", startsWith: "endsWith", endsWith: "startsWith" };

/** Names of properties and methods whose values are read by people alone. */
const told = new Set([
  "summary",
  "message",
  "describe",
  "source",
  "sources",
  "reason",
  "note",
  "title",
  "label",
  "detail",
  "refine",
]);
const tellers = /(Error|NonFinite|Interrupted|refused|wrong|checkShapes)$/;

/** Everything one change away from the source, in the order it is written. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const parsed = parseSync(file, text, { preserveParens: false });
  if (parsed.errors.length > 0) throw new SyntaxError(`${file}: ${parsed.errors[0]!.message}`);
  const found: Mutant[] = [];
  const lines = lineStarts(text);
  const textOf = ({ start, end }: Node) => text.slice(start, end);
  const add = (operator: string, node: Node, replacement: string) => {
    const original = textOf(node);
    if (
      replacement === original ||
      found.some((one) => one.start === node.start && one.end === node.end && one.replacement === replacement)
    )
      return;
    const change = changeOf(text, node, replacement);
    found.push({ start: node.start, end: node.end, line: lineAt(lines, node.start), operator, original, replacement, change });
  };

  const visit = (node: Node, parent: Node | null, inChain: boolean): void => {
    if (isType(node) || isMessage(node, textOf)) return;
    change(node, parent, inChain);
    for (const [field, child] of childrenOf(node))
      if (!isName(node, field) && !isTold(node, field))
        visit(child, node, node.type === "ChainExpression" || (inChain && continuesChain(node, field)));
  };

  /** A condition turned around, or always or never true. */
  const condition = (test: Node, loop: boolean) => {
    if (test.type === "Literal") return;
    if (!loop) add("condition", test, "true");
    add("condition", test, "false");
  };

  const change = (node: Node, parent: Node | null, inChain: boolean): void => {
    const part = (field: string) => node[field] as Node;
    switch (node.type) {
      case "BinaryExpression": {
        const sign = node.operator as string;
        const [left, right] = [part("left"), part("right")];
        const joined = (other: string) => `(${textOf(left)}) ${other} (${textOf(right)})`;
        if (Object.hasOwn(arithmetic, sign) && !(sign === "+" && (isText(left) || isText(right))))
          add("arithmetic", node, joined(arithmetic[sign]!));
        if (Object.hasOwn(boundary, sign)) add("boundary", node, joined(boundary[sign]!));
        if (Object.hasOwn(equality, sign)) add("comparison", node, joined(equality[sign]!));
        if ((sign === "===" || sign === "!==") && isText(right) && right.type === "Literal") add("key", right, '"mutant"');
        return;
      }
      case "LogicalExpression":
        add("boolean", node, `(${textOf(part("left"))}) ${logical[node.operator as string]} (${textOf(part("right"))})`);
        return;
      case "IfStatement":
      case "ConditionalExpression":
        condition(part("test"), false);
        return;
      case "WhileStatement":
        condition(part("test"), true);
        return;
      case "ForStatement":
        if (node.test) condition(part("test"), true);
        return;
      case "UnaryExpression":
        if (node.operator === "!" || node.operator === "-") add("unary", node, textOf(part("argument")));
        return;
      case "UpdateExpression": {
        const [target, other] = [textOf(part("argument")), node.operator === "++" ? "--" : "++"];
        add("arithmetic", node, node.prefix ? `${other}${target}` : `${target}${other}`);
        return;
      }
      case "AssignmentExpression": {
        const sign = node.operator as string;
        if (Object.hasOwn(assignment, sign))
          add("arithmetic", node, `${textOf(part("left"))} ${assignment[sign]} ${textOf(part("right"))}`);
        return;
      }
      case "Literal":
        if (typeof node.value === "boolean") add("boolean", node, String(!node.value));
        if (typeof node.value === "number")
          for (const other of [node.value + 1, node.value - 1, 0]) if (other !== node.value) add("constant", node, number(other));
        if (typeof node.value === "string" && isKey(node, parent)) add("key", node, '"mutant"');
        return;
      case "TemplateLiteral":
        if (isKey(node, parent)) add("key", node, '"mutant"');
        return;
      case "CallExpression":
        if (!inChain || parent?.type === "ChainExpression") changeCall(node);
        return;
      case "ExpressionStatement": {
        const done = part("expression");
        const inner = done.type === "AwaitExpression" ? (done.argument as Node) : done;
        if (inner.type === "CallExpression" || inner.type === "ChainExpression") add("call removal", done, "undefined");
        return;
      }
      case "ReturnStatement":
        if (node.argument) add("return value", part("argument"), "undefined");
        return;
      case "ArrowFunctionExpression":
        if (part("body").type !== "BlockStatement") add("return value", part("body"), "undefined");
        return;
    }
  };

  const changeCall = (node: Node) => {
    const callee = node.callee as Node;
    const given = node.arguments as readonly Node[];
    const name = textOf(callee);
    const rest = text.slice(callee.end, node.end);
    if (Object.hasOwn(functions, name)) add("function", node, `${functions[name]}${rest}`);
    if (skipped.has(name) && given.length > 0) add("call removal", node, textOf(given[0]!));
    if (callee.type !== "MemberExpression" || callee.computed) return;
    const [object, property] = [callee.object as Node, textOf(callee.property as Node)];
    if (skippedMethods.has(property)) add("call removal", node, textOf(object));
    if (Object.hasOwn(swappedMethods, property)) add("function", node, `${textOf(object)}.${swappedMethods[property]}${rest}`);
  };

  visit(parsed.program as unknown as Node, null, false);
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

function number(value: number): string {
  return value < 0 ? `(${value})` : String(value);
}

function isText({ type, value }: Node): boolean {
  return type === "TemplateLiteral" || (type === "Literal" && typeof value === "string");
}

/** Text that says which of something is meant: an index, a case, the name of a random stream or a file. All other text is for people. */
function isKey(node: Node, parent: Node | null): boolean {
  if (parent === null) return false;
  if (parent.type === "SwitchCase") return true;
  if (parent.type === "MemberExpression") return parent.computed === true && parent.property === node;
  if (parent.type !== "CallExpression") return false;
  const callee = parent.callee as Node;
  const name = ((callee.type === "MemberExpression" ? (callee.property as Node) : callee).name ?? "") as string;
  return /^(stream|randomStream|share|sum|max|add|get|has|set|includes|startsWith|join|load)$/.test(name);
}

function isType({ type }: Node): boolean {
  return (
    (type.startsWith("TS") && !/^TS(As|Satisfies|NonNull|Instantiation)/.test(type)) ||
    type === "ImportDeclaration" ||
    type === "ExportAllDeclaration"
  );
}

function isMessage(node: Node, textOf: (node: Node) => string): boolean {
  if (node.type === "NewExpression" || node.type === "CallExpression") return tellers.test(textOf(node.callee as Node));
  if (node.type === "Property" && !node.computed) return told.has(textOf(node.key as Node));
  return node.type === "ThrowStatement";
}

/** The arguments of z.number().describe("…"), progress.note("…"). */
function isTold(node: Node, field: string): boolean {
  const callee = node.callee as Node | undefined;
  return (
    node.type === "CallExpression" &&
    field === "arguments" &&
    callee!.type === "MemberExpression" &&
    told.has((callee!.property as Node).name as string)
  );
}

/** Fields that name something, or are bound, rather than worked out. */
function isName(node: Node, field: string): boolean {
  if (
    ["typeAnnotation", "typeArguments", "typeParameters", "returnType", "id", "params", "label", "exported", "imported"].includes(
      field,
    )
  )
    return true;
  if ((node.type === "Property" || node.type === "PropertyDefinition") && field === "key") return node.computed !== true;
  if (node.type === "AssignmentExpression" || node.type === "ForOfStatement") return field === "left";
  return node.type === "UpdateExpression";
}

/** a?.b.c(d): a, b and c are one chain, d is not. */
function continuesChain(node: Node, field: string): boolean {
  return (
    (node.type === "MemberExpression" && field === "object") ||
    (node.type === "CallExpression" && field === "callee") ||
    node.type === "TSNonNullExpression"
  );
}

function* childrenOf(node: Node): Generator<[field: string, child: Node]> {
  for (const [field, value] of Object.entries(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child === "object" && child !== null && typeof (child as Node).type === "string") yield [field, child as Node];
}

/** With up to 40 characters of the line before and behind it; what is longer is cut. */
function changeOf(text: string, { start, end }: Node, replacement: string): string {
  const short = (part: string) => part.replaceAll(/\s+/g, " ").trim();
  const cut = (part: string) => (part.length > 80 ? `${part.slice(0, 78)} …` : part);
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start).trimStart();
  const behind = text.slice(end, Math.max(end, text.indexOf("\n", end)));
  return `${before.slice(-40)}[${cut(short(text.slice(start, end)))} → ${cut(short(replacement))}]${behind.slice(0, 40)}`;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let line = 0;
  while (line < starts.length && starts[line]! <= offset) line += 1;
  return line;
}
