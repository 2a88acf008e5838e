import type { Format } from "./format.ts";
import { RowProblem, type PictureGiven } from "./given.ts";

/**
 * mm-rlhf: pairs of MM-RLHF and its benchmark (huggingface.co/datasets/yifanzhang114/MM-RLHF-RewardBench): `id`, `prompt`, `chosen`, `rejected`, `chosen_reason`,
 * `rejected_reason`, and `image` or `video`. The pairs of one sample have one id, so it is their group; the kind is the word in the picture's path. VL-RewardBench as
 * R1-Reward publishes it has the same columns.
 */
export const mmRlhf: Format = {
  name: "mm-rlhf",
  summary: "MM-RLHF's pairs: id, prompt, chosen, rejected, chosen_reason, image or video",
  needs: ["prompt", "chosen", "rejected", "chosen_reason | rejected_reason | video"],
  before: () => ["trl"],
  read(columns) {
    const sample = columns.label("id");
    const image = columns.value("image");
    const video = columns.value("video");
    const pictures: PictureGiven[] = columns.pictures("image", "images");
    if (video !== undefined && pictures.length === 0) {
      if (typeof video !== "string") throw new RowProblem(`video is ${JSON.stringify(video)}, expected a folder of its frames`);
      pictures.push({ path: video });
    }
    const kind = kinds.find((name) => [image, video].some((path) => typeof path === "string" && path.includes(name)));
    return {
      ...(sample === undefined ? {} : { group: sample }),
      ...(kind === undefined ? {} : { kind }),
      pictures,
      question: columns.text("prompt"),
      responses: [columns.text("chosen"), columns.text("rejected")],
      preferred: 1,
      ordered: false,
    };
  },
};

const kinds = ["mcq", "long", "short", "safety", "video"];
