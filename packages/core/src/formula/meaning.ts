/** An expression that has been read (formula.ts), and what it means on numbers. */
export type Formula =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "negate"; readonly operand: Formula }
  | { readonly type: "binary"; readonly operator: BinaryOperator; readonly left: Formula; readonly right: Formula }
  | { readonly type: "call"; readonly function: FormulaFunction; readonly arguments: readonly Formula[] };

export type BinaryOperator = "+" | "-" | "*" | "/" | "^" | "<" | "<=" | ">" | ">=" | "==" | "!=";
export type FormulaFunction = "min" | "max" | "abs" | "exp" | "log" | "sqrt" | "sign" | "clamp" | "where" | "stopGradient";

/** The value of a formula that reads no name; undefined where it reads one. */
export function constantValue(formula: Formula): number | undefined {
  return readsName(formula) ? undefined : closureOf(formula)({});
}

function readsName(formula: Formula): boolean {
  return formula.type === "name" || operandsOf(formula).some(readsName);
}

/** The formulas that a formula is made of, in order; none of a number or a name. */
export function operandsOf(formula: Formula): readonly Formula[] {
  switch (formula.type) {
    case "number":
    case "name":
      return [];
    case "negate":
      return [formula.operand];
    case "binary":
      return [formula.left, formula.right];
    case "call":
      return formula.arguments;
  }
}

type Values = Readonly<Record<string, number>>;
type Closure = (values: Values) => number;

const operators: Readonly<Record<BinaryOperator, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
  "<": (left, right) => Number(left < right),
  "<=": (left, right) => Number(left <= right),
  ">": (left, right) => Number(left > right),
  ">=": (left, right) => Number(left >= right),
  "==": (left, right) => Number(left === right),
  "!=": (left, right) => Number(left !== right),
};

interface FunctionMeaning {
  readonly usage: string;
  readonly fewest: number;
  readonly most: number;
  readonly compute: (...values: number[]) => number;
}
/** By name: how it is written, how many arguments it takes, and what it computes of them. */
export const functions: Readonly<Record<FormulaFunction, FunctionMeaning>> = {
  min: { usage: "min(a, b, …)", fewest: 2, most: Infinity, compute: Math.min },
  max: { usage: "max(a, b, …)", fewest: 2, most: Infinity, compute: Math.max },
  abs: { usage: "abs(x)", fewest: 1, most: 1, compute: Math.abs },
  exp: { usage: "exp(x)", fewest: 1, most: 1, compute: Math.exp },
  log: { usage: "log(x), natural", fewest: 1, most: 1, compute: Math.log },
  sqrt: { usage: "sqrt(x)", fewest: 1, most: 1, compute: Math.sqrt },
  sign: { usage: "sign(x)", fewest: 1, most: 1, compute: Math.sign },
  clamp: { usage: "clamp(x, low, high)", fewest: 3, most: 3, compute: (x, low, high) => Math.min(Math.max(x!, low!), high!) },
  where: {
    usage: "where(condition, a, b): a where the condition is not 0, else b",
    fewest: 3,
    most: 3,
    compute: (condition, a, b) => (condition !== 0 ? a! : b!),
  },
  stopGradient: { usage: "stopGradient(x)", fewest: 1, most: 1, compute: (x) => x! },
};

/** Whether it is one of the operators between two operands. */
export function isBinary(operator: string): operator is BinaryOperator {
  return Object.hasOwn(operators, operator);
}

/** Whether it is the name of a function that a formula may call. */
export function isFunction(name: string): name is FormulaFunction {
  return Object.hasOwn(functions, name);
}

/** A formula as a function of its names' values. */
export function closureOf(formula: Formula): Closure {
  switch (formula.type) {
    case "number":
      return () => formula.value;
    case "name":
      return (values) => values[formula.name]!;
    case "negate": {
      const operand = closureOf(formula.operand);
      return (values) => -operand(values);
    }
    case "binary": {
      const [compute, left, right] = [operators[formula.operator], closureOf(formula.left), closureOf(formula.right)];
      return (values) => compute(left(values), right(values));
    }
    case "call": {
      const { compute } = functions[formula.function];
      const operands = formula.arguments.map(closureOf);
      return (values) => compute(...operands.map((operand) => operand(values)));
    }
  }
}
