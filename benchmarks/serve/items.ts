import { deflateSync, crc32 } from "node:zlib";

/** A body of /v1/reward. */
export interface RewardBody {
  readonly question: string;
  readonly images: readonly string[];
  readonly responses: readonly [string, string];
  readonly seed: number;
}

/** Questions about pictures of 180² noisy pixels, each with a picture and a seed of its own. */
export function makeItems(count: number): RewardBody[] {
  return Array.from({ length: count }, (_, seed) => ({
    question: ["how many red shapes are there ?", "what colour is the shape at b2 ?", "is there a cross ?"][seed % 3]!,
    images: [`data:image/png;base64,${picture(seed).toString("base64")}`],
    responses: [
      ["one", "two"],
      ["red", "green"],
      ["yes", "no"],
    ][seed % 3] as [string, string],
    seed,
  }));
}

const SIDE = 180;

function picture(seed: number): Buffer {
  const rows = Buffer.alloc((3 * SIDE + 1) * SIDE);
  let state = seed + 1;
  for (let index = 0; index < rows.length; index++)
    if (index % (3 * SIDE + 1) !== 0) rows[index] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
