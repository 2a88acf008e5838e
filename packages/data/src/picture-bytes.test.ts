import { test } from "uvu";
import * as assert from "uvu/assert";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { decodedBytes } from "./picture-bytes.ts";

const refused = (bytes: Uint8Array, most = 100) =>
  decodedBytes(bytes, most).then(
    () => "it was decoded",
    (error: Error) => error.message,
  );
const grey = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 9, g: 8, b: 7 } } });

test("picture bytes: RGB, whatever the format; transparent on white", async () => {
  const expected = { width: 2, height: 1, data: new Uint8Array([9, 8, 7, 9, 8, 7]) };
  assert.equal(await decodedBytes(await grey(2, 1).png().toBuffer(), 2), expected);
  assert.equal(await decodedBytes(await grey(2, 1).webp({ lossless: true }).toBuffer(), 2), expected);
  const clear = await sharp(Buffer.from([9, 8, 7, 0]), { raw: { width: 1, height: 1, channels: 4 } })
    .png()
    .toBuffer();
  assert.equal([...(await decodedBytes(clear, 1)).data], [255, 255, 255]);
});

test("picture bytes: one pixel too many", async () => {
  const bytes = await grey(11, 10).png().toBuffer();
  assert.is((await decodedBytes(bytes, 110)).width, 11);
  assert.match(await refused(bytes, 109), "has 11 × 10 pixels, expected at most 109");
});

/** A PNG whose head says so many pixels, with nothing but zeros behind it, as few bytes as deflate makes of them. */
function bomb(width: number, height: number, rows: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const whole = Buffer.alloc(body.length + 8);
    whole.writeUInt32BE(data.length, 0);
    whole.set(body, 4);
    whole.writeUInt32BE(crc32(body), body.length + 4);
    return whole;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.alloc((3 * width + 1) * rows), { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

test("picture bytes: a bomb is refused by its head, before it takes memory", async () => {
  const bytes = bomb(50_000, 50_000, 20);
  assert.ok(bytes.length < 10_000);
  const before = process.memoryUsage.rss();
  assert.match(await refused(bytes, 1e8), "has 50000 × 50000 pixels, expected at most 100,000,000");
  assert.ok(process.memoryUsage.rss() - before < 100e6);
});

test("picture bytes: what lies about its size, is cut short, or is no picture", async () => {
  assert.match(await refused(bomb(10, 10, 1)), /is not a readable picture \(/);
  const whole = await grey(10, 10).png().toBuffer();
  assert.match(await refused(whole.subarray(0, whole.length - 20)), "is not a readable picture");
  assert.match(await refused(Buffer.from("hello")), "is not a readable picture");
  assert.match(await refused(Buffer.alloc(0)), "is not a readable picture");
});

test("picture bytes: a drawing that a renderer would run is none", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"><image href="/etc/passwd"/></svg>';
  assert.match(await refused(Buffer.from(svg)), "format svg, expected PNG");
});

test.run();
