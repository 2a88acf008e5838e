import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import sharp from "sharp";
import { concurrently, decodedPicture, pictureSize } from "./pictures.ts";

const folder = mkdtempSync(join(tmpdir(), "rewardlab-pictures-"));
test.after(() => rmSync(folder, { recursive: true }));

async function decoded(bytes: Uint8Array) {
  await writeFile(join(folder, "picture"), bytes);
  const { width, height, data } = await decodedPicture(join(folder, "picture"));
  return { width, height, data: [...data] };
}
function raw(channels: 1 | 2 | 3 | 4, ...values: number[]) {
  return sharp(Buffer.from(values), { raw: { width: values.length / channels, height: 1, channels } });
}

test("pictures: RGB is given as it is, at its own size", async () => {
  assert.equal(await decoded(await raw(3, 1, 2, 3, 4, 5, 6).png().toBuffer()), { width: 2, height: 1, data: [1, 2, 3, 4, 5, 6] });
});

test("pictures: grey, a palette and 16 bits come as 8-bit RGB", async () => {
  assert.equal((await decoded(await raw(1, 0, 128).toColourspace("b-w").png().toBuffer())).data, [0, 0, 0, 128, 128, 128]);
  assert.equal((await decoded(await raw(1, 0, 128).toColourspace("grey16").png().toBuffer())).data, [0, 0, 0, 128, 128, 128]);
  assert.equal((await decoded(await raw(3, 9, 8, 7, 200, 0, 0).png({ palette: true }).toBuffer())).data, [9, 8, 7, 200, 0, 0]);
});

test("pictures: what is transparent lies on white", async () => {
  assert.equal((await decoded(await raw(4, 9, 8, 7, 0, 9, 8, 7, 255).png().toBuffer())).data, [255, 255, 255, 9, 8, 7]);
});

test("pictures: turned as the EXIF tag says", async () => {
  const { width, height } = await decoded(await raw(3, 1, 2, 3, 4, 5, 6).withMetadata({ orientation: 6 }).jpeg().toBuffer());
  assert.equal([width, height], [1, 2]);
});

test("pictures: what is no picture, or half of one, is an error", async () => {
  const whole = await raw(3, ...Array.from({ length: 3000 }, (_, index) => (index * 7919) % 251))
    .png()
    .toBuffer();
  for (const broken of [Buffer.from("hello"), whole.subarray(0, whole.length / 2), Buffer.alloc(0)]) {
    assert.match(await decoded(broken).then(String, String), /Error: not a readable picture/);
  }
});

test("pictures: more pixels than are let in are refused by the head, before anything is decoded", async () => {
  const plain = raw(3, ...Array.from({ length: 300 }, () => 7)); // 100 × 1
  const file = join(folder, "plain.png");
  await writeFile(file, await plain.png().toBuffer());
  assert.is((await decodedPicture(file, 100)).data.length, 300);
  assert.equal(await pictureSize(file, 100), { width: 100, height: 1 });
  for (const read of [decodedPicture, pictureSize])
    assert.match(
      await read(file, 99).then(String, String),
      /has 100 × 1 pixels, 0\.0001 megapixels, expected at most 0\.000099: shrink it, or let the data's option pictureMegapixels be larger/,
    );
});

test("pictures: concurrently keeps the order and the limit", async () => {
  let running = 0;
  let most = 0;
  const results = await concurrently([5, 1, 3, 2], 2, async (wait, index) => {
    most = Math.max(most, ++running);
    await new Promise((done) => setTimeout(done, wait));
    running -= 1;
    return [wait, index];
  });
  assert.equal(results, [
    [5, 0],
    [1, 1],
    [3, 2],
    [2, 3],
  ]);
  assert.is(most, 2);
});

test.run();
