import { decodedPicture } from "@rewardlab/data";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Pictures a CPU second of our own decoding. Arguments: JSONL file, pictures. Prints a JSON object. */
const [file, count] = [process.argv[2]!, Number(process.argv[3])];
const lines = readFileSync(file, "utf8")
  .split("\n", count)
  .filter((line) => line !== "");
const pictures = lines.map((line) => join(dirname(file), (JSON.parse(line) as { images: [string] }).images[0]));
const before = process.cpuUsage();
const began = performance.now();
let next = 0;
const worker = async () => {
  while (next < pictures.length) await decodedPicture(pictures[next++]!);
};
await Promise.all(Array.from({ length: 4 }, worker));
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    pictures: pictures.length,
    perCpuSecond: pictures.length / ((user + system) / 1e6),
    perSecond: pictures.length / ((performance.now() - began) / 1000),
  }),
);
