import { crc32, deflateSync } from "node:zlib";

/** Decoded pixels, RGB, row by row: width · height · 3 bytes. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture as a data URL, `data:image/png;base64,…`: what chat endpoints take. */
export function pictureUrl(picture: Picture): string {
  return `data:image/png;base64,${png(picture).toString("base64")}`;
}

/** A PNG file of 8-bit RGB pixels (PNG specification, third edition), its rows unfiltered. */
function png({ width, height, data }: Picture): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, filtering by row, not interlaced
  const row = width * 3;
  const scanlines = Buffer.alloc((row + 1) * height); // each row after a 0: no filter
  for (let y = 0; y < height; y++) scanlines.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(scanlines)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
