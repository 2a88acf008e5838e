import { parse } from "acorn";
import type { Node, Program } from "acorn";
import { simple } from "acorn-walk";
import type { SyntaxProblem } from "./typescript.ts";

/** What a source loads, as far as it says so literally. */
export interface Imports {
  readonly specifiers: readonly Specifier[];
  /** The line of the first import whose name is only known when it runs; null: there is none. */
  readonly unseen: number | null;
}
export interface Specifier {
  readonly name: string;
  /** `file`: named by `new URL("…", import.meta.url)`, to be read or started. */
  readonly how: "import" | "require" | "file";
}
export type ReadImports = { readonly imports: Imports } | { readonly problem: SyntaxProblem };

/** What JavaScript imports: static and dynamic `import`, `require`, `import.meta.resolve` and `new URL("…", import.meta.url)`. */
export function importsOf(code: string): ReadImports {
  const program = parsed(code);
  if ("problem" in program) return program;
  const specifiers: Specifier[] = [];
  let unseen: number | null = null;
  const add = (how: Specifier["how"], source: Node | null | undefined) => {
    const name = literal(source);
    if (name !== null) specifiers.push({ name, how });
    else if (source && how !== "file") unseen = Math.min(unseen ?? Infinity, source.loc!.start.line);
  };
  const declared = ({ source }: { source?: Node | null | undefined }) => add("import", source);
  simple(program.program, {
    ImportDeclaration: declared,
    ExportNamedDeclaration: declared,
    ExportAllDeclaration: declared,
    ImportExpression: declared,
    CallExpression: ({ callee, arguments: [first] }) => {
      if (isNamed(callee, "require") || isMember(callee, "require", "resolve") || isMember(callee, "module", "require"))
        add("require", first);
      else if (callee.type === "MemberExpression" && callee.object.type === "MetaProperty" && isNamed(callee.property, "resolve"))
        add("import", first);
    },
    NewExpression: ({ callee, arguments: [first, second] }) => {
      const ofThisFile = second?.type === "MemberExpression" && second.object.type === "MetaProperty";
      if (isNamed(callee, "URL") && ofThisFile && /^\.{0,2}\//.test(literal(first) ?? "")) add("file", first);
    },
  });
  return { imports: { specifiers, unseen } };
}

/** Whether JavaScript is written as a module: `import`, `export`, `import.meta` or `await` at its top. */
export function isModule(code: string): boolean {
  const program = parsed(code);
  if ("problem" in program) return true; // Node then tells what is wrong with it
  let found = false;
  const yes = () => void (found = true);
  simple(program.program, {
    ImportDeclaration: yes,
    ExportNamedDeclaration: yes,
    ExportAllDeclaration: yes,
    ExportDefaultDeclaration: yes,
    MetaProperty: ({ meta }) => void (found ||= meta.name === "import"),
  });
  return found || !("program" in script(code));
}

type Parsed = { readonly program: Program } | { readonly problem: SyntaxProblem };

/** As a module, else as a script: what one can't be, `with` or a name like `await`, the other can. */
function parsed(code: string): Parsed {
  const asModule = attempt(code, "module");
  if ("program" in asModule) return asModule;
  const asScript = script(code);
  return "program" in asScript ? asScript : asModule;
}

const script = (code: string): Parsed => attempt(code, "script");

function attempt(code: string, sourceType: "module" | "script"): Parsed {
  try {
    return {
      program: parse(code, {
        sourceType,
        ecmaVersion: "latest",
        locations: true,
        allowHashBang: true,
        ...(sourceType === "script" ? { allowReturnOutsideFunction: true } : {}),
      }),
    };
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    return { problem: { message: message.replace(/ \(\d+:\d+\)$/, ""), line: loc?.line ?? 1, column: (loc?.column ?? 0) + 1 } };
  }
}

function literal(node: Node | null | undefined): string | null {
  const given = node as {
    type?: string;
    value?: unknown;
    expressions?: unknown[];
    quasis?: { value: { cooked?: string } }[];
  } | null;
  if (given?.type === "Literal" && typeof given.value === "string") return given.value;
  if (given?.type === "TemplateLiteral" && given.expressions!.length === 0) return given.quasis![0]!.value.cooked ?? null;
  return null;
}

function isNamed(node: Node, name: string): boolean {
  return node.type === "Identifier" && (node as Node & { name: string }).name === name;
}

function isMember(node: Node, object: string, property: string): boolean {
  if (node.type !== "MemberExpression") return false;
  const member = node as Node & { object: Node; property: Node };
  return isNamed(member.object, object) && isNamed(member.property, property);
}
