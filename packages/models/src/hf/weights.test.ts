import { rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newFolder, refusal, safetensorsOf, write } from "./testing/folder.ts";
import { checkTensors, openSafetensorsFolder } from "./weights.ts";

const test = suite("weights", { folder: "" });
test.before.each((context) => void (context.folder = newFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const INDEX = "model.safetensors.index.json";
const shards = {
  "a.safetensors": safetensorsOf({ x: [1, 2], y: [3] }),
  "b.safetensors": safetensorsOf({ z: [4, 5, 6], extra: [9] }),
  [INDEX]: { metadata: {}, weight_map: { z: "b.safetensors", x: "a.safetensors", y: "a.safetensors" } },
};

test("one file: names, shapes, numbers, into memory that is given", ({ folder }) => {
  write(folder, { "model.safetensors": safetensorsOf({ x: [1, 2], y: [3] }) });
  const weights = openSafetensorsFolder(folder);
  assert.equal(
    [...weights.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape]),
    [
      ["x", "F32", [2]],
      ["y", "F32", [1]],
    ],
  );
  const memory = new Float32Array(2);
  assert.is(weights.read("x", memory), memory);
  assert.equal([...memory], [1, 2]);
  assert.match(
    refusal(() => weights.read("y", memory)),
    /RL_SAFETENSORS .*tensor y has 1 numbers, memory is given for 2/,
  );
  assert.match(
    refusal(() => weights.read("X")),
    /RL_WEIGHTS .*there is no tensor X\. Did you mean "x"\?/,
  );
  weights.close();
});

test("shards: each tensor from its own; what the index doesn't name isn't there", ({ folder }) => {
  write(folder, shards);
  const weights = openSafetensorsFolder(folder);
  assert.equal([...weights.tensors.keys()], ["z", "x", "y"]);
  assert.equal([...weights.read("z")], [4, 5, 6]);
  assert.equal([...weights.read("y")], [3]);
  weights.close();
});

test("the hash is of the contents, whatever the folder's name and the time; one number changes it", ({ folder }) => {
  const hashes = [shards, shards, { ...shards, "b.safetensors": safetensorsOf({ z: [4, 5, 7], extra: [9] }) }].map((files) => {
    const other = newFolder();
    write(other, files);
    const weights = openSafetensorsFolder(other);
    const hash = weights.sha256();
    weights.close();
    rmSync(other, { recursive: true });
    return hash;
  });
  assert.is(hashes[0], hashes[1]);
  assert.is.not(hashes[0], hashes[2]);
  write(folder, { "model.safetensors": safetensorsOf({ x: [1] }) });
  const whole = openSafetensorsFolder(folder);
  const before = whole.sha256();
  whole.close();
  write(folder, { "model.safetensors": safetensorsOf({ x: [2, 3] }) });
  const changed = openSafetensorsFolder(folder);
  assert.is.not(changed.sha256(), before);
  changed.close();
});

test("refused: shards missing, an index that lies or leads out of the folder, no weights, other forms", ({ folder }) => {
  const open = () => refusal(() => openSafetensorsFolder(folder));
  assert.match(open(), /RL_WEIGHTS .*there are no weights, expected model\.safetensors or .* The folder is empty/);
  write(folder, { "pytorch_model.bin": "x" });
  assert.match(open(), /pickle, which isn't read: load the folder with Transformers/);
  const { "b.safetensors": _, ...lacking } = shards;
  write(folder, lacking);
  assert.match(open(), /1 of 2 shards is missing: b\.safetensors\. .*index\.json names them/);
  write(folder, { ...shards, [INDEX]: { weight_map: { w: "a.safetensors" } } });
  assert.match(open(), /a\.safetensors: has no tensor w, which model\.safetensors\.index\.json says is there/);
  write(folder, { [INDEX]: { weight_map: { x: "../a.safetensors" } } });
  assert.match(open(), /tensor x is in "\.\.\/a\.safetensors", expected a file of the same folder/);
  write(folder, { [INDEX]: {} });
  assert.match(open(), /has no weight_map/);
  write(folder, { [INDEX]: "{" });
  assert.match(open(), /RL_JSON .*index\.json: not valid JSON/);
});

test("what a model needs is compared at once: missing, left over, another shape", ({ folder }) => {
  write(folder, { "model.safetensors": safetensorsOf({ a: [1], b: [1, 2], buffer: [1] }) });
  const weights = openSafetensorsFolder(folder);
  const check = (expected: Record<string, number[]>, unused?: (name: string) => boolean) =>
    checkTensors(weights, new Map(Object.entries(expected)), unused);
  check({ a: [1], b: [2], buffer: [1] });
  check({ a: [1], b: [2] }, (name) => name === "buffer");
  assert.match(
    refusal(() => check({ a: [1, 1], b: [2], c: [3], d: [3] })),
    /lacks 2 of 4 tensors: c, d; has 1 tensor that the model doesn't use: buffer; 1 tensor of another shape: a has shape \[1\], expected \[1, 1\]\. Its config\.json/,
  );
  weights.close();
});

test.run();
