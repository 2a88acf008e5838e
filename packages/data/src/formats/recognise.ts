import { llava } from "./llava.ts";
import { mmRlhf } from "./mm-rlhf.ts";
import { multimodalRewardBench } from "./multimodal-rewardbench.ts";
import type { Format } from "./format.ts";
import { r1Reward } from "./r1-reward.ts";
import { rewardlab } from "./rewardlab.ts";
import { rlaifV } from "./rlaif-v.ts";
import { trl } from "./trl.ts";
import { vlRewardBench } from "./vl-rewardbench.ts";

/** Every format by its name, as `format:` takes it. */
export const formats: readonly Format[] = [rewardlab, r1Reward, trl, llava, rlaifV, vlRewardBench, mmRlhf, multimodalRewardBench];
export const formatNames = formats.map(({ name }) => name);

/** The one format that columns of these names can be; else why there is none, as a message without its place. */
export function recognised(columns: readonly string[]): Format | { readonly problem: string } {
  const has = (column: string) => columns.includes(column);
  const lacks = ({ needs }: Format) => needs.filter((need) => !need.split(" | ").some(has));
  const fitting = formats.filter((format) => lacks(format).length === 0);
  const better = new Set(fitting.flatMap((format) => format.before?.(has) ?? []));
  const [first, ...others] = fitting.filter(({ name }) => !better.has(name));
  if (first !== undefined && others.length === 0) return first;
  const found = `its columns are ${columns.join(", ")}`;
  if (first !== undefined)
    return {
      problem: `${found}, which fit several formats: say which, format: ${[first, ...others].map(({ name }) => name).join(" | ")}`,
    };
  const each = formats.map((format) => `  ${format.name} needs ${format.needs.join(", ")}; it lacks ${lacks(format).join(", ")}`);
  return {
    problem: [
      `${found}, which is no format known here:`,
      ...each,
      "A mapping says which column is what, e.g.",
      ...start(columns),
    ].join("\n"),
  };
}

/** A mapping to start from, by what the columns are called. */
function start(columns: readonly string[]): string[] {
  const like = (pattern: RegExp) => columns.find((column) => pattern.test(column));
  const guesses = {
    id: like(/^_?(u?id|idx|index)$/i),
    images: like(/image|picture|photo|img/i),
    question: like(/question|query|prompt|instruction|input|text/i) ?? "COLUMN",
    chosen: like(/chosen|prefer|better|win|accept|positive|best/i) ?? "COLUMN",
    rejected: like(/reject|wors|los|negative/i) ?? "COLUMN",
  };
  return [
    "  mapping:",
    ...Object.entries(guesses).flatMap(([field, column]) => (column === undefined ? [] : [`    ${field}: ${column}`])),
  ];
}
