import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { check } from "./commands/check.ts";
import { dataConvert } from "./commands/data-convert.ts";
import { dataSplit } from "./commands/data-split.ts";
import { removeFolder, temporaryFolder, write } from "./testing/files.ts";
import { printed } from "./testing/printed.ts";

const test = suite("data commands", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => removeFolder(folder));

const rows = Array.from({ length: 10 }, (_, index) => ({
  id: index,
  prompt: `q ${index}`,
  chosen: "good",
  rejected: "bad",
  note: "x",
}));
const lines = (all: readonly object[]) => all.map((row) => `${JSON.stringify(row)}\n`).join("");
const read = (folder: string, name: string) =>
  readFileSync(join(folder, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("convert: any format to our rows; what was recognised and left out is told", async ({ folder }) => {
  write(folder, { "a.jsonl": lines([...rows, { ...rows[0], id: "y", chosen: 5 }]) });
  const [from, to] = [join(folder, "a.jsonl"), join(folder, "b.jsonl")];
  const refused = await dataConvert(from, to, {}).catch((error: unknown) => String(error));
  assert.match(String(refused), /a\.jsonl:11: chosen is 5 and rejected "bad", expected two texts or two chats/);
  const said = await printed(() => dataConvert(from, to, { skipBroken: true, order: "chosen-first" }));
  assert.match(
    said,
    /a\.jsonl: JSON lines, trl, 10 rows; left out: 1 broken\n {2}.*a\.jsonl:11: .*\n.*b\.jsonl: 10 rows, 0 pictures/,
  );
  assert.equal(read(folder, "b.jsonl")[3], {
    id: "3",
    images: [],
    question: "q 3",
    responses: ["good", "bad"],
    preferred: 1,
    note: "x",
  });
  const mapping = '{"question": "note", "chosen": "rejected", "rejected": "prompt"}';
  await printed(() => dataConvert(from, join(folder, "c.jsonl"), { mapping, order: "chosen-first" }));
  assert.equal(read(folder, "c.jsonl")[0]!["responses"], ["bad", "q 0"]);
  assert.match(String(await dataConvert(from, join(folder, "d.jsonl"), { mapping: "{" }).catch(String)), /--mapping: is no JSON/);
});

test("split: shares of the rows, as files beside; without a part, or all of them, it is told", async ({ folder }) => {
  write(folder, { "a.jsonl": lines(rows) });
  const file = join(folder, "a.jsonl");
  const said = JSON.parse(await printed(() => dataSplit(file, { test: 0.2, by: "picture", seed: 1, json: true }))) as {
    rows: number;
  }[];
  assert.equal(
    said.map((part) => part.rows),
    [2, 8],
  );
  const ids = [...read(folder, "a-test.jsonl"), ...read(folder, "a-train.jsonl")].map(({ id }) => id);
  assert.equal(new Set(ids).size, 10);
  assert.match(String(await dataSplit(file, { by: "row", seed: 1 }).catch(String)), /no part is named/);
  assert.match(
    String(await dataSplit(file, { test: 0.6, validation: 0.5, by: "row", seed: 1 }).catch(String)),
    /expected less than 1/,
  );
});

test("check: says as what each file of preferences was recognised, and all that is wrong with its rows", async ({ folder }) => {
  const experiment = (options: string) =>
    `name: own\nmodel: tiny-vlm\ndata: { use: preferences, ${options} }\nstages:\n  - test: { use: evaluate, on: [data.test], maxNewTokens: 4 }\n`;
  write(folder, { "a.jsonl": lines(rows), "e.yaml": experiment("file: a.jsonl, split: { test: 0.5 }") });
  const here = process.cwd();
  process.chdir(folder);
  try {
    const said = await printed(() => check("e.yaml", { set: [] }));
    assert.match(said, /main: a\.jsonl: JSON lines, trl, 10 rows of train/);
    const json = JSON.parse(await printed(() => check("e.yaml", { set: [], json: true }))) as {
      data: { details: { files: object[] } }[];
    };
    assert.is(json.data[0]!.details.files.length, 1);
    write(folder, { "a.jsonl": lines([{ question: "q", a: 1 }]) });
    assert.match(
      String(await check("e.yaml", { set: [] }).catch(String)),
      /a\.jsonl: its columns are question, a, which is no format known here/,
    );
  } finally {
    process.chdir(here);
  }
});

test.run();
