import { randomStream } from "@rewardlab/statistics/random";
import type { RandomStream } from "@rewardlab/statistics/random";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import sharp from "sharp";

/** What the data are, in numbers. */
export interface DataSize {
  readonly rows: number;
  /** Pictures that are drawn; every row has a file with bytes of its own all the same: one of these, and a comment with the row's number in its head. */
  readonly drawn: number;
  /** Width and height of a picture. */
  readonly side: number;
}

const FILES_A_FOLDER = 1000;

/**
 * Preference rows with a JPEG picture each, as a camera's look to a decoder: colours that change over few and over many pixels, grain, quality 85 with
 * halved chroma; about 40 kB at 512². Made once for a size; what was cut off is made anew. Returns the JSONL file.
 */
export async function madeData(folder: string, { rows, drawn, side }: DataSize): Promise<string> {
  const file = join(folder, "train.jsonl");
  const done = join(folder, "made.json");
  const size = JSON.stringify({ rows, drawn, side });
  if (existsSync(done) && readFileSync(done, "utf8") === size) return file;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const random = randomStream(1, "pictures");
  const pictures: Buffer[] = [];
  while (pictures.length < Math.min(drawn, rows)) pictures.push(await picture(side, random));
  const lines = createWriteStream(file);
  for (let row = 0; row < rows; row++) {
    const inFolder = join("images", String(Math.floor(row / FILES_A_FOLDER)).padStart(4, "0"));
    if (row % FILES_A_FOLDER === 0) mkdirSync(join(folder, inFolder), { recursive: true });
    const image = join(inFolder, `${String(row).padStart(6, "0")}.jpg`);
    writeFileSync(join(folder, image), withComment(pictures[row % pictures.length]!, `row ${row}`));
    if (!lines.write(`${JSON.stringify(rowOf(row, image, random))}\n`)) await once(lines, "drain");
  }
  lines.end();
  await once(lines, "close");
  writeFileSync(done, size);
  return file;
}

const words = "the a man woman dog holds sits beside under red green umbrella table window street two three bright old and".split(
  " ",
);
const text = (length: number, random: RandomStream) => Array.from({ length }, () => words[random.below(words.length)]).join(" ");

/** Texts as long as those of RLAIF-V and R1-Reward's data are in the middle. */
function rowOf(row: number, image: string, random: RandomStream) {
  return {
    id: `row-${row}`,
    images: [image],
    question: `${text(12, random)} ?`,
    responses: [`${text(60, random)} 1`, `${text(60, random)} 2`],
    preferred: 1 + random.below(2),
    thought: text(120, random),
  };
}

/** Grain, −4 to 4; a prime number of values, so that no line repeats the one above. */
const grain = ((random) => Int8Array.from({ length: 1_000_003 }, () => random.below(9) - 4))(randomStream(1, "grain"));

/** Noise of several widths, one on the other, as a JPEG. */
async function picture(side: number, random: RandomStream): Promise<Buffer> {
  const sum = new Float32Array(side * side * 3).fill(128);
  for (const [cells, height] of [
    [3, 90],
    [12, 45],
    [48, 22],
    [160, 10],
  ] as const) {
    const grid = Uint8Array.from({ length: cells * cells * 3 }, () => random.below(256));
    const layer = await sharp(grid, { raw: { width: cells, height: cells, channels: 3 } })
      .resize(side, side, { kernel: "cubic", fit: "fill" })
      .raw()
      .toBuffer();
    for (let at = 0; at < sum.length; at++) sum[at]! += ((layer[at]! - 128) / 128) * height;
  }
  const from = random.below(grain.length - 1);
  const pixels = Uint8ClampedArray.from(sum, (value, at) => value + grain[(from + at) % grain.length]!);
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/** The JPEG with a comment segment after its first marker. */
function withComment(jpeg: Buffer, comment: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(comment), jpeg.subarray(2)]);
}
