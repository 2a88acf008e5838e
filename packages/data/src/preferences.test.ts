import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError, outlineOf, type Dataset, type PreferenceItem } from "@rewardlab/core";
import { pngOf } from "./png.ts";
import { preferences } from "./preferences.ts";
import { preferencesDataset, type PreferencesOptions } from "./preferences-dataset.ts";

let folder = "";
const notes: string[] = [];
const png = (red: number) => pngOf({ width: 1, height: 1, data: Uint8Array.from([red, 0, 0]) });
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "rewardlab-preferences-"));
  for (let red = 0; red < 9; red++) put(`images/${red}.png`, png(red));
  notes.length = 0;
});
test.after.each(() => rmSync(folder, { recursive: true }));

function put(name: string, content: string | Uint8Array): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
}
const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
function data(options: Partial<PreferencesOptions>): Dataset {
  const parsed = preferences.options.parse(options) as PreferencesOptions;
  return preferencesDataset(
    { ...parsed, ...options, base: folder, cache: join(folder, "cache"), cacheBytes: 2 ** 20 } as PreferencesOptions,
    { update: () => {}, note: (message) => void notes.push(message.replaceAll(`${folder}/`, "")) },
  );
}
async function itemsOf(options: Partial<PreferencesOptions>, split = "train"): Promise<PreferenceItem[]> {
  const { length, item, outline } = await data(options).open(split);
  const items = await Promise.all(Array.from({ length }, (_, index) => item(index)));
  for (const [index, one] of items.entries()) assert.equal(await outline(index), outlineOf(one));
  return items;
}
async function problemsOf(options: Partial<PreferencesOptions>): Promise<string[]> {
  const error = await data(options)
    .open("train")
    .catch((caught: unknown) => caught);
  assert.instance(error, InputError);
  return (error as InputError).message.replaceAll(`${folder}/`, "").replaceAll(folder, "FOLDER").split("\n");
}
const seen = (items: readonly PreferenceItem[]) =>
  items.map(({ id, question, responses, preferred, images }) => ({
    id,
    question,
    better: preferred === "tie" ? "tie" : responses[preferred - 1],
    worse: preferred === "tie" ? "tie" : responses[2 - preferred],
    red: images.map(({ pixels }) => pixels.data[0]),
  }));
const own = (id: string, more: object = {}) => ({
  id,
  images: ["images/1.png"],
  question: "which ?",
  responses: ["yes", "no"],
  preferred: 1,
  ...more,
});

test("preferences: our own rows, as jsonl reads them", async () => {
  const targets = { caption: { question: "what ?", response: "that" } };
  put("train.jsonl", lines([own("a", { thought: "b", targets, kind: "count" }), own("b", { preferred: 2, images: [] })]));
  const [first, second] = await itemsOf({ file: "train.jsonl" });
  assert.equal(first, {
    ...own("a", { thought: "b", targets, kind: "count" }),
    where: `${join(folder, "train.jsonl")}:1`,
    images: [{ path: join(folder, "images/1.png"), pixels: { width: 1, height: 1, data: Uint8Array.from([1, 0, 0]) } }],
  } as unknown as PreferenceItem);
  assert.equal(second!.images, []);
  assert.is(second!.preferred, 2);
});

test("preferences: a question and its answer alone is no tie; a picture of too many pixels is told before it is decoded", async () => {
  put("a.jsonl", lines([{ id: "q", question: "how many ?", answer: "two" }]));
  const [item] = await itemsOf({ file: "a.jsonl" });
  assert.equal([item!.answer, item!.responses, item!.preferred], ["two", ["", ""], "tie"]);
  put("b.jsonl", lines([own("a")]));
  put("images/1.png", pngOf({ width: 20, height: 10, data: new Uint8Array(600) }));
  assert.match(
    (await problemsOf({ file: "b.jsonl", pictureMegapixels: 0.0001 }))[0]!,
    /^b\.jsonl:1: images\[0\] images\/1\.png: has 20 × 10 pixels/,
  );
  assert.is((await itemsOf({ file: "b.jsonl" }))[0]!.images[0]!.pixels.width, 20);
});

test("preferences: R1-Reward's rows: responses from the prompt in the message, the picture by its path or as base64", async () => {
  const prompt =
    "You are a highly skilled evaluator…\n###### **Input:**  \n###### [Question]:\nWhich ?  \n\n###### [Response 1]:\nA [thing].\n\n- and more  \n\n###### [Response 2]:\nNothing.  \n\n###### **Output Format (strictly follow):**  \n<think>…</think><answer>1/2</answer>";
  const message = (path: string) =>
    JSON.stringify([
      {
        role: "user",
        content: [
          { type: "text", text: prompt },
          { type: "image", image: path },
        ],
      },
    ]);
  const row = { message: message("/far/away/images/3.png"), question: "Which ?", answer: ["<answer>2</answer>"] };
  put("r1.jsonl", lines([row, { ...row, message: message("/far/away/images/4.png"), answer: ["<answer>1</answer>"] }]));
  const read = await itemsOf({ file: "r1.jsonl", picturePrefix: "/far/away" });
  assert.equal(read[0]!.responses, ["A [thing].\n\n- and more", "Nothing."]);
  assert.equal(seen(read), [
    { id: "r1-1", question: "Which ?", better: "Nothing.", worse: "A [thing].\n\n- and more", red: [3] },
    { id: "r1-2", question: "Which ?", better: "A [thing].\n\n- and more", worse: "Nothing.", red: [4] },
  ]);
  assert.match(
    (await problemsOf({ file: "r1.jsonl" }))[0]!,
    /^r1\.jsonl:1: images\[0\]: "\/far\/away\/images\/3\.png" is outside FOLDER; expected a path inside it \(pictureFolder/,
  );
  const large = pngOf({ width: 40, height: 40, data: new Uint8Array(4800).fill(7) }).toString("base64");
  put(
    "hub.jsonl",
    lines([
      { ...row, image: large },
      { ...row, answer: ["3"] },
      { ...row, message: "[" },
      { ...row, message: message("x").replace("[Response 2]", "[2]") },
    ]),
  );
  assert.equal(seen(await itemsOf({ file: "hub.jsonl", broken: "skip" }))[0]!.red, [7]);
  assert.equal(
    (await problemsOf({ file: "hub.jsonl" })).map((line) => line.slice(0, 60)),
    [
      'hub.jsonl:2: answer is ["3"], expected ["<answer>1</answer>"',
      'hub.jsonl:3: message is "[", expected a chat as JSON (Unexpe',
      "hub.jsonl:4: message has no [Response 2]:, expected both res",
    ],
  );
});

test("preferences: TRL's rows: plain, with the prompt in both, as chats, with pictures in lists", async () => {
  const say = (role: string, text: string) => ({ role, content: text });
  put("trl.jsonl", lines([{ prompt: "The sky is", chosen: " blue.", rejected: " green." }]));
  put("implicit.jsonl", lines([{ chosen: "The sky is blue.", rejected: "The sky is green." }]));
  const [user, good, bad] = [say("user", "Which ?"), say("assistant", "It is blue."), say("assistant", "It is green.")];
  put(
    "chat.jsonl",
    lines([
      { prompt: [say("system", "Be short."), user], chosen: [good], rejected: [bad], images: ["images/2.png", "images/5.png"] },
    ]),
  );
  put("chat-implicit.jsonl", lines([{ chosen: [user, good], rejected: [user, bad] }]));
  put("turns.jsonl", lines([{ prompt: [user, good, say("user", "Sure ?")], chosen: [good], rejected: [bad] }]));
  const read = seen(
    await itemsOf({ files: ["trl.jsonl", "implicit.jsonl", "chat.jsonl", "chat-implicit.jsonl", "turns.jsonl"] }),
  );
  const pair = { better: "It is blue.", worse: "It is green." };
  assert.equal(read, [
    { id: "trl-1", question: "The sky is", better: " blue.", worse: " green.", red: [] },
    { id: "implicit-1", question: "The sky is", better: " blue.", worse: " green.", red: [] },
    { id: "chat-1", question: "Be short.\n\nWhich ?", ...pair, red: [2, 5] },
    { id: "chat-implicit-1", question: "Which ?", ...pair, red: [] },
    { id: "turns-1", question: "user: Which ?\n\nassistant: It is blue.\n\nuser: Sure ?", ...pair, red: [] },
  ]);
});

test("preferences: Parquet with embedded pictures, of RLAIF-V's and TRL's columns", async () => {
  for (const name of ["rlaif-v.parquet", "trl-zstd.parquet"])
    copyFileSync(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)), join(folder, name));
  const rlaif = await itemsOf({ file: "rlaif-v.parquet" });
  assert.equal(
    seen(rlaif).map(({ id, better, red }) => [id, better, red]),
    [0, 1, 2, 3, 4].map((i) => [String(i), `thing ${i}`, [10 * i]]),
  );
  assert.equal(rlaif[4]!.images[0]!.pixels.width, 6);
  assert.is(rlaif[3]!.where, `${join(folder, "rlaif-v.parquet")}, row 4`);
  assert.equal(rlaif[0]!.extra, { ds_name: "RLAIF-V", origin_split: '{"model": "none"}', image_path: "0.png" });
  const trl = await itemsOf({ file: "trl-zstd.parquet" });
  assert.equal(
    seen(trl).map(({ id, question, better, red }) => [id, question, better, red]),
    [0, 1, 2, 3].map((i) => [
      String(9007199254740993n + BigInt(i)),
      `Which ${i} ?`,
      `good ${i}`,
      Array.from({ length: i }, () => i),
    ]),
  );
  assert.equal(trl[2]!.extra, { score: 0.5, when: "2023-11-14T22:13:20.000Z", tags: ["a", "b"], seen: true });
});

test("preferences: LLaVA's conversations: two outputs and which is preferred, or chosen and rejected", async () => {
  const ask = { from: "human", value: "<image>\nWhich ?" };
  const out = (value: string) => ({ from: "llava", value });
  const row = { conversations: [ask], image: "images/6.png", output_1: out("one"), output_2: out("two") };
  put(
    "a.json",
    JSON.stringify([
      { ...row, id: 7, preference: 2 },
      { ...row, id: 8, preference: 1 },
    ]),
  );
  put(
    "b.json",
    JSON.stringify([
      { conversations: [ask, { from: "gpt", value: "old" }], chosen: "one", rejected: { from: "gpt", value: "two" } },
    ]),
  );
  assert.equal(seen(await itemsOf({ files: ["a.json", "b.json"] })), [
    { id: "7", question: "Which ?", better: "two", worse: "one", red: [6] },
    { id: "8", question: "Which ?", better: "one", worse: "two", red: [6] },
    { id: "b-1", question: "Which ?", better: "one", worse: "two", red: [] },
  ]);
});

test("preferences: rows of the benchmarks, with their kinds and groups", async () => {
  const vl = { query: "Which ?", response: ["one", "two"], image: "images/1.png", query_source: "RLAIF-V" };
  put(
    "vl.jsonl",
    lines([
      { ...vl, id: "RLAIF-V-5", human_ranking: [1, 0] },
      { ...vl, id: "mathverse_1", human_ranking: [0, 1] },
    ]),
  );
  const mm = { id: "s", prompt: "Which ?", chosen: "one", rejected: "two", chosen_reason: "good", rejected_reason: "bad" };
  for (let frame = 0; frame < 5; frame++) put(`video/clip/${frame}.png`, png(frame));
  put("images/mcq/1.png", png(1));
  put(
    "mm.jsonl",
    lines([
      { ...mm, image: "images/mcq/1.png" },
      { ...mm, video: "video/clip" },
    ]),
  );
  const fb = { Text: "Which ?", Image: "images/2.png", Output1: "one", Output2: "two", Better: "Output2" };
  put(
    "fb.json",
    JSON.stringify([
      { ...fb, ID: "pairs-1", Category: "safety" },
      { ...fb, ID: "vqa-1", Category: "vqa" },
    ]),
  );
  const items = await itemsOf({ files: ["vl.jsonl", "mm.jsonl", "fb.json"], videoFrames: 3 });
  assert.equal(
    seen(items).map(({ id, better, red }, index) => [id, better, red, items[index]!.kind, items[index]!.group]),
    [
      ["RLAIF-V-5", "two", [1], "hallucination", undefined],
      ["mathverse_1", "one", [1], "reasoning", undefined],
      ["mm-1", "one", [1], "mcq", "s"],
      ["mm-2", "one", [0, 2, 4], "video", "s"],
      ["pairs-1", "two", [2], "safety/bias", undefined],
      ["vqa-1", "two", [2], "vqa", undefined],
    ],
  );
  assert.equal(items[2]!.extra, { chosen_reason: "good", rejected_reason: "bad" });
});

test("preferences: a mapping: dotted paths, several pictures, values and formulas that say what is better", async () => {
  const row = {
    meta: { uid: 12 },
    pics: ["images/1.png"],
    more: { pic: "images/2.png" },
    ask: "Which ?",
    out: [
      { text: "one", n: 3 },
      { text: "two", n: 4 },
    ],
    label: "B",
  };
  put("m.jsonl", lines([row]));
  const mapping = {
    id: "meta.uid",
    images: ["pics", "more.pic"],
    question: "ask",
    responses: ["out.0.text", "out.1.text"] as [string, string],
  };
  const better = async (preferred: NonNullable<PreferencesOptions["mapping"]>["preferred"], ties: "refuse" | "keep" = "refuse") =>
    seen(await itemsOf({ file: "m.jsonl", mapping: { ...mapping, preferred }, ties }))[0]!;
  assert.equal(await better({ path: "label", first: "A", second: ["B", "b"] }), {
    id: "12",
    question: "Which ?",
    better: "two",
    worse: "one",
    red: [1, 2],
  });
  assert.is((await better({ formula: "2 * a - b", with: { a: "out.0.n", b: "out.1.n" } })).better, "one");
  assert.is((await better({ formula: "4 * a - 3 * b", with: { a: "out.0.n", b: "out.1.n" } }, "keep")).better, "tie");
  assert.match(
    (await problemsOf({ file: "m.jsonl", mapping: { ...mapping, preferred: "label" } }))[0]!,
    /^m\.jsonl:1: preferred: label is "B", expected 1, 2 or "tie"/,
  );
  const problems = (given: object) =>
    preferences
      .checks![1]!.find(preferences.options.parse({ file: "m.jsonl", ...given }) as never)
      .map(({ path, message }) => `${path.join(".")} ${message}`);
  assert.equal(problems({ mapping: { question: "a", chosen: "b", rejected: "c" } }), []);
  assert.match(problems({ mapping: { question: "a", chosen: "b" } })[0]!, /mapping has no rejected, expected both/);
  assert.match(problems({ mapping: { question: "a" } })[0]!, /doesn't say which response is better/);
  assert.match(
    problems({ mapping: { question: "a", responses: "b", preferred: { formula: "process.exit()", with: { a: "b" } } } })[0]!,
    /mapping\.preferred\.formula column 8: properties are not allowed/,
  );
  assert.match(
    problems({ format: "trl", mapping: { question: "a", chosen: "b", rejected: "c" } })[0]!,
    /format is trl beside a mapping/,
  );
});

test("preferences: columns that fit no format, or several, are told with what each lacks and a mapping to start from", async () => {
  put("x.jsonl", lines([{ uid: 1, instruction: "a", img: "b", better_answer: "c", worse_answer: "d" }]));
  const problem = await problemsOf({ file: "x.jsonl" });
  assert.is(
    problem[0],
    "x.jsonl: its columns are uid, instruction, img, better_answer, worse_answer, which is no format known here:",
  );
  assert.ok(problem.includes("  trl needs chosen, rejected; it lacks chosen, rejected"));
  assert.equal(problem.slice(-6), [
    "  mapping:",
    "    id: uid",
    "    images: img",
    "    question: instruction",
    "    chosen: better_answer",
    "    rejected: worse_answer",
  ]);
  put("x.jsonl", lines([{ question: "a", prompt: "b", chosen: "c", rejected: "d" }]));
  assert.match(
    (await problemsOf({ file: "x.jsonl" }))[0]!,
    /which fit several formats: say which, format: (trl \| rlaif-v|rlaif-v \| trl)$/,
  );
  assert.is((await itemsOf({ file: "x.jsonl", format: "rlaif-v" }))[0]!.question, "a");
});

test("preferences: which of chosen and rejected is shown first is drawn for each id; half of them either way", async () => {
  const rows = Array.from({ length: 400 }, (_, index) => ({
    id: `r${index}`,
    prompt: "Which ?",
    chosen: "good",
    rejected: "bad",
  }));
  put("trl.jsonl", lines(rows));
  const drawn = (await itemsOf({ file: "trl.jsonl" })).map(({ preferred }) => preferred);
  const firsts = drawn.filter((preferred) => preferred === 1).length;
  assert.ok(firsts > 160 && firsts < 240, `${firsts} of 400`); // 4 standard deviations of a fair coin
  put("trl.jsonl", lines(rows.slice(0, 100).toReversed()));
  assert.equal((await itemsOf({ file: "trl.jsonl" })).map(({ preferred }) => preferred).toReversed(), drawn.slice(0, 100));
  assert.is.not(
    (await itemsOf({ file: "trl.jsonl", seed: 2 }))
      .map(({ preferred }) => preferred)
      .toReversed()
      .join(),
    drawn.slice(0, 100).join(),
  );
  assert.ok((await itemsOf({ file: "trl.jsonl", order: "chosen-first" })).every(({ preferred }) => preferred === 1));
});

test("preferences: data URLs; the same bytes are one picture; HTML and half a picture are told with their row", async () => {
  const url = (bytes: Uint8Array) => `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
  put("a.jsonl", lines([own("a", { images: [url(png(8)), "images/8.png"] }), own("b", { images: url(png(8)) })]));
  assert.equal(
    seen(await itemsOf({ file: "a.jsonl" })).map(({ red }) => red),
    [[8, 8], [8]],
  );
  put(
    "b.jsonl",
    lines([
      own("a", { images: [url(Buffer.from("<html>"))] }),
      own("b", { images: [url(png(8).subarray(0, 40))] }),
      own("c", { images: ["data:text/html,x"] }),
      own("d"),
    ]),
  );
  const problems = await problemsOf({ file: "b.jsonl" });
  assert.is(problems.length, 1); // pictures are looked at when all rows are right
  assert.match(problems[0]!, /^b\.jsonl:3: images\[0\] is "data:text\/html,x", expected a data URL of base64/);
  assert.equal(
    seen(await itemsOf({ file: "b.jsonl", broken: "skip" })).map(({ id }) => id),
    ["d"],
  );
  assert.match(
    notes.join("\n"),
    /b\.jsonl \(rewardlab\): 3 rows; left out: 1 broken\nb\.jsonl:3: .*\nleft out: the rows of 2 pictures that can't be used\nb\.jsonl:1: images\[0\]: not a readable picture/,
  );
});

test("preferences: all that is wrong with rows is told at once, with file and line; skipped where allowed, and counted", async () => {
  put(
    "a.jsonl",
    lines([
      own("a"),
      own("a"),
      own("b", { question: 5 }),
      own("c", { images: ["none.png"] }),
      own("d", { responses: ["x", "x"] }),
      own("e", { preferred: "tie" }),
      own("f", { images: ["https://x/y.png"] }),
    ]),
  );
  assert.equal(await problemsOf({ file: "a.jsonl" }), [
    'a.jsonl:2: id is "a", which a.jsonl:1 has already; expected each id once in a split (repeatedIds: number counts them)',
    "a.jsonl:3: question is 5, expected a text",
    'a.jsonl:4: images[0]: "none.png": no such file in FOLDER',
    'a.jsonl:5: both responses are "x", and 1 is preferred; expected two that differ (identical: keep takes them as they are)',
    "a.jsonl:6: neither response is preferred, expected one that is better (ties: drop leaves such rows out, keep takes them as ties)",
    'a.jsonl:7: images[0] is "https://x/y.png", expected a file; addresses are fetched where download: true says so',
  ]);
  const items = await itemsOf({ file: "a.jsonl", broken: "skip", ties: "keep", identical: "drop", repeatedIds: "number" });
  assert.equal(
    items.map(({ id, preferred }) => [id, preferred]),
    [
      ["a", 1],
      ["a#2", 1],
      ["e", "tie"],
    ],
  );
  assert.is(notes[0], "a.jsonl (rewardlab): 3 rows; left out: 3 broken, 1 of two responses that are one text");
  const { details } = data({ file: "a.jsonl", broken: "skip", ties: "keep", identical: "drop", repeatedIds: "number" });
  const found = {
    file: "a.jsonl",
    split: "train",
    kind: "JSON lines",
    format: "rewardlab",
    rows: 3,
    broken: 3,
    ties: 0,
    identical: 1,
  };
  assert.equal((details as { files: unknown }).files, [found]);
  assert.match((details as { problems: string[] }).problems[0]!, /^a\.jsonl:3: question is 5/);
  put("b.jsonl", lines(Array.from({ length: 30 }, (_, index) => own(`${index}`, { preferred: 0 }))));
  const many = await problemsOf({ file: "b.jsonl" });
  assert.is(many.length, 21);
  assert.is(many[20], "… and 10 more");
  assert.match((await problemsOf({ file: "b.jsonl", broken: "skip" })).at(-1)!, /… and 10 more/);
  assert.equal(
    readdirSync(join(folder, "cache")).filter((name) => name.startsWith(".")),
    [],
    "nothing half made is left",
  );
});

test("preferences: a Parquet file that is cut short, isn't one, or isn't there, whether or not broken rows are skipped", async () => {
  const bytes = readFileSync(fileURLToPath(new URL("fixtures/rlaif-v.parquet", import.meta.url)));
  put("cut.parquet", bytes.subarray(0, bytes.length - 100));
  put("html.parquet", "<html>not found</html>");
  const damaged = Buffer.from(bytes);
  damaged.fill(0xff, 4, 2000);
  put("damaged.parquet", damaged);
  for (const broken of ["refuse", "skip"] as const) {
    assert.match(
      (await problemsOf({ file: "cut.parquet", broken })).join(),
      /^cut\.parquet: doesn't end as a Parquet file does \(with "PAR1"\): it is cut short/,
    );
    assert.match(
      (await problemsOf({ file: "html.parquet", broken })).join(),
      /^html\.parquet: begins with "<htm", expected a Parquet file/,
    );
    assert.match((await problemsOf({ file: "none.parquet", broken })).join(), /^none\.parquet: no such file$/);
    assert.match(
      (await problemsOf({ file: "damaged.parquet", broken }))[0]!,
      /^damaged\.parquet: row group 1 of \d \(rows 1 to 2\): column \w+ can't be read/,
    );
  }
});

test("preferences: splits of files, of a folder by its names, and of train by picture", async () => {
  for (const [name, count] of [
    ["data/train-00000-of-00002.jsonl", 2],
    ["data/train-00001-of-00002.jsonl", 1],
    ["data/test-00000-of-00001.jsonl", 1],
    ["validation/a.jsonl", 1],
  ] as const)
    put(`set/${name}`, lines(Array.from({ length: count }, (_, index) => own(`${name}${index}`, { images: [] }))));
  put("set/dataset_infos.json", "{}");
  const folderData = data({ folder: "set" });
  assert.equal(folderData.splits, ["train", "test", "validation"]);
  assert.is((await folderData.open("train")).length, 3);
  assert.match(String(await folderData.open("tset").catch(String)), /no split tset; the splits are train, test, validation$/);
  put("all.jsonl", lines(Array.from({ length: 60 }, (_, index) => own(`${index}`, { images: [`images/${index % 9}.png`] }))));
  const divided = data({ file: "all.jsonl", split: { test: 0.3, by: "picture", seed: 1 } });
  assert.equal(divided.splits, ["train", "test"]);
  const reds = await Promise.all(
    ["train", "test"].map(async (split) => {
      const { length, item } = await divided.open(split);
      return new Set(
        (await Promise.all(Array.from({ length }, (_, index) => item(index)))).map(({ images }) => images[0]!.pixels.data[0]),
      );
    }),
  );
  assert.equal(
    [...reds[0]!].filter((red) => reds[1]!.has(red)),
    [],
  );
  assert.is(reds[0]!.size + reds[1]!.size, 9);
});

test("preferences: label noise, fraction and held-out kinds: of train alone, nested, the same each time", async () => {
  put(
    "all.jsonl",
    lines(Array.from({ length: 200 }, (_, index) => own(`i${index}`, { kind: index % 4 === 0 ? "rare" : "usual" }))),
  );
  const flipped = async (labelNoise: number) =>
    new Set((await itemsOf({ file: "all.jsonl", labelNoise })).filter(({ preferred }) => preferred === 2).map(({ id }) => id));
  const [few, many] = [await flipped(0.1), await flipped(0.25)];
  assert.equal([few.size, many.size, (await flipped(0)).size], [20, 50, 0]);
  assert.ok([...few].every((id) => many.has(id)));
  const part = async (fraction: number) => new Set((await itemsOf({ file: "all.jsonl", fraction })).map(({ id }) => id));
  const [small, large] = [await part(0.2), await part(0.5)];
  assert.equal([small.size, large.size, (await part(1)).size], [40, 100, 200]);
  assert.ok([...small].every((id) => large.has(id)));
  const held = data({ file: "all.jsonl", heldOut: ["rare"], fraction: 0.5, labelNoise: 0.5 });
  assert.equal(held.splits, ["train", "heldOut"]);
  assert.equal([(await held.open("train")).length, (await held.open("heldOut")).length], [75, 50]);
  assert.ok(
    (await itemsOf({ file: "all.jsonl", heldOut: ["rare"], labelNoise: 1 }, "heldOut")).every(({ preferred }) => preferred === 1),
  );
  assert.match((await problemsOf({ file: "all.jsonl", heldOut: ["rrae"] }))[0]!, /heldOut is rrae, which no item is of/);
});

test("preferences: the hash follows rows, pictures and options, not where they lie; what was prepared is taken again", async () => {
  put("a.jsonl", lines([own("a")]));
  const hash = (more: Partial<PreferencesOptions> = {}) => data({ file: "a.jsonl", ...more }).hash;
  const before = hash();
  const folders = () => readdirSync(join(folder, "cache")).length;
  assert.is(hash(), before);
  assert.is(folders(), 1);
  assert.is(hash({ fraction: 1 }) === before, false);
  put("elsewhere/a.jsonl", lines([own("a")]));
  put("elsewhere/images/1.png", png(1));
  assert.is(hash({ file: "elsewhere/a.jsonl" }), before);
  assert.is(hash({ format: "rewardlab" }), before);
  put("images/1.png", png(2));
  const changed = hash();
  assert.is.not(changed, before);
  assert.equal((await itemsOf({ file: "a.jsonl" }))[0]!.images[0]!.pixels.data[0], 2);
  put("images/1.png", png(1));
  assert.is(hash(), before);
  put("a.jsonl", lines([own("a", { preferred: 2 })]));
  assert.is.not(hash(), before);
  assert.ok(existsSync(join(folder, "cache")));
});

test("preferences: options that name nothing, or one thing twice", () => {
  const check = (options: object) =>
    preferences.checks![0]!.find(preferences.options.parse(options) as never).map(({ message }) => message);
  assert.match(check({})[0]!, /names no rows, expected file, files or folder/);
  assert.match(check({ file: "a.jsonl", folder: "b" })[0]!, /is given beside file/);
  assert.match(check({ file: "a.jsonl", train: "b.jsonl" })[0]!, /is given beside file, which is train already/);
  assert.match(check({ file: "a.jsonl", test: "b.jsonl", split: { test: 0.1 } })[0]!, /test has files of its own/);
  assert.match(check({ file: "a.jsonl", split: { test: 0.6, validation: 0.5 } })[0]!, /leaves nothing for train/);
  assert.match(check({ file: "a.jsonl", split: {} })[0]!, /names no part/);
  assert.equal(check({ train: ["a.jsonl", "b.jsonl"], test: { folder: "c" } }), []);
});

test.run();
