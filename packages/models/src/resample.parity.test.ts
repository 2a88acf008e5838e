import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { resampled } from "./resample.ts";
import type { ResampleFilter } from "./resample.ts";

type Size = readonly [width: number, height: number];
type Maker = (width: number, height: number, number: number) => Uint8Array;

/** Made by tools/oracles/pillow.py. */
interface Fixture {
  readonly pillow: string;
  readonly cases: readonly {
    readonly kind: keyof typeof makers;
    readonly number: number;
    readonly from: Size;
    readonly to: Size;
    readonly filter: ResampleFilter;
    readonly bytes?: string;
    readonly sha256?: string;
  }[];
}

const { pillow, cases } = JSON.parse(readFileSync(new URL("fixtures/pillow.json", import.meta.url), "utf8")) as Fixture;

/** The upper byte of x ← 1664525 x + 1013904223 (mod 2³²). */
const noise: Maker = (width, height, number) => {
  let state = number;
  return Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state >>> 24;
  });
};
const bars: Maker = (width, height, every) => {
  const colour = (x: number, y: number) =>
    x % every === every >> 1 ? [0, 0, 0] : y % every === every >> 1 ? [255, 0, 0] : [255, 255, 255];
  return Uint8Array.from(Array.from({ length: width * height }, (_, at) => colour(at % width, Math.floor(at / width))).flat());
};
const makers = { noise, bars, extremes: (...of: Parameters<Maker>) => noise(...of).map((byte) => (byte > 127 ? 255 : 0)) };

for (const filter of ["box", "bilinear", "hamming", "bicubic", "lanczos"] as const) {
  test(`resample: ${filter} gives the bytes of Pillow ${pillow}`, () => {
    const own = cases.filter((one) => one.filter === filter);
    assert.is(own.length, 33);
    for (const { kind, number, from, to, bytes, sha256 } of own) {
      const picture = { width: from[0], height: from[1], data: makers[kind](...from, number) };
      const { width, height, data } = resampled(picture, ...to, filter, "test");
      const what = `${kind} ${from.join("×")} to ${to.join("×")}`;
      assert.equal([width, height], [...to], what);
      if (bytes !== undefined) assert.equal([...data], [...Buffer.from(bytes, "base64")], what);
      else assert.is(createHash("sha256").update(data).digest("hex"), sha256, what);
    }
  });
}

test.run();
