import { test } from "uvu";
import * as assert from "uvu/assert";
import sharp from "sharp";
import { pngOf } from "./png.ts";

function pixels(width: number, height: number) {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) % 251) };
}

test("png: another decoder reads the same pixels", async () => {
  for (const picture of [pixels(1, 1), pixels(36, 36), pixels(7, 3)]) {
    const { data, info } = await sharp(pngOf(picture)).raw().toBuffer({ resolveWithObject: true });
    assert.equal([info.width, info.height, info.channels], [picture.width, picture.height, 3]);
    assert.equal(new Uint8Array(data), picture.data);
  }
});

test("png: more bytes than one stored block holds (65,535)", async () => {
  const picture = pixels(200, 150); // 601 · 150 = 90,150
  assert.equal(new Uint8Array(await sharp(pngOf(picture)).raw().toBuffer()), picture.data);
});

test("png: nothing but the three chunks that must be there", () => {
  const file = pngOf(pixels(2, 2));
  const types: string[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) types.push(file.toString("latin1", at + 4, at + 8));
  assert.equal(types, ["IHDR", "IDAT", "IEND"]);
  // signature 8, IHDR 25, IEND 12, IDAT 12 + zlib 2 + 4 + block 5 + two rows of 1 + 6
  assert.is(file.length, 8 + 25 + 12 + 12 + 2 + 4 + 5 + 14);
});

test.run();
