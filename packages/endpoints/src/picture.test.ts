import { inflateSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { requestKey } from "./messages.ts";
import { pictureUrl } from "./picture.ts";

const picture = { width: 2, height: 2, data: Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7]) };

test("picture: a PNG whose rows are the pixels", () => {
  const [head, base64] = pictureUrl(picture).split(",");
  assert.is(head, "data:image/png;base64");
  const png = Buffer.from(base64!, "base64");
  assert.is(png.subarray(1, 4).toString(), "PNG");
  assert.equal([png.readUInt32BE(16), png.readUInt32BE(20)], [2, 2]); // IHDR's width and height
  const at = png.indexOf("IDAT");
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  assert.equal([...rows], [0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 8, 7]);
  assert.is(png.subarray(-8, -4).toString(), "IEND");
});

test("picture: a request is known by the pixels, their order, and the pictures' shape", () => {
  const to = { url: "http://x/v1", model: "m" };
  const keyOf = (one: typeof picture) => requestKey(to, { messages: [{ role: "user", content: [{ picture: one }] }] });
  assert.is(keyOf(picture), keyOf({ ...picture, data: Uint8Array.from(picture.data) }));
  const others = [
    { ...picture, data: picture.data.toReversed() },
    { ...picture, width: 4, height: 1 },
  ];
  for (const other of others) assert.is.not(keyOf(other), keyOf(picture));
});

test.run();
