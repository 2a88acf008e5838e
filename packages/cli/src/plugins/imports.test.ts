import { test } from "uvu";
import * as assert from "uvu/assert";
import { importsOf, isModule } from "./imports.ts";
import type { Imports } from "./imports.ts";
import { withoutTypes } from "./typescript.ts";

const read = (code: string): Imports => {
  const found = importsOf(code);
  assert.ok("imports" in found, JSON.stringify(found));
  return found.imports;
};
const names = (code: string) => read(code).specifiers.map(({ how, name }) => `${how} ${name}`);

test("imports: all that is said literally", () => {
  assert.equal(
    names(`import a from "./a.js"; import "./b.js"; export * from "./c.js"; export { d } from "./d.js";
      const e = await import("./e.js"), f = await import(\`./f.js\`);
      const g = import.meta.resolve("./g.js"), h = new URL("./h.json", import.meta.url);
      import i from "./i.json" with { type: "json" };`),
    ["import ./a.js", "import ./b.js", "import ./c.js", "import ./d.js", "import ./e.js", "import ./f.js", "import ./g.js", "file ./h.json", "import ./i.json"], // prettier-ignore
  );
  assert.equal(names(`const a = require("./a.cjs"); with ({}) { require.resolve("b"); } module.require("c")`), [
    "require ./a.cjs",
    "require b",
    "require c",
  ]);
  assert.equal(names(`// import "x"\nconst text = 'import "y"'; new URL("https://z", import.meta.url); new URL("./q")`), []);
});

test("imports: what is only known when it runs has its line", () => {
  assert.is(read(`const a = 1;\nimport(a);\nimport("./" + a);`).unseen, 2);
  assert.is(read("require(`./${1}.js`)").unseen, 1);
  assert.is(read("new URL(somewhere, import.meta.url); require()").unseen, null);
});

test("imports: a problem's place; blanks keep it in TypeScript", () => {
  assert.equal(importsOf("const a = 1;\n  export default {,};"), {
    problem: { message: "Unexpected token", line: 2, column: 19 },
  });
  assert.equal(withoutTypes("const a: number = 1;\nlet b!: string;", "x.ts"), {
    code: "const a         = 1;\nlet b         ;",
  });
  const enums = withoutTypes("const a = 1;\n enum E { a }", "x.ts");
  assert.ok("problem" in enums);
  assert.equal([enums.problem.line, enums.problem.column], [2, 2]);
  assert.match(enums.problem.message, /enum is not supported/);
});

test("imports: a module by what is written in it", () => {
  for (const code of ["export default 1", "import 'x'", "import.meta.url", "await 1", "export * from 'x'"])
    assert.ok(isModule(code), code);
  for (const code of ["module.exports = 1", "import('x')", "", "return 1"]) assert.not.ok(isModule(code), code);
});

test.run();
