import type { Format } from "./format.ts";

/**
 * rlaif-v: rows of RLAIF-V and RLHF-V (huggingface.co/datasets/openbmb/RLAIF-V-Dataset): `question`, `chosen`, `rejected`, `image` as `{ bytes, path }`,
 * `idx`, `ds_name`, `origin_dataset`.
 */
export const rlaifV: Format = {
  name: "rlaif-v",
  summary: "RLAIF-V's rows: question, chosen, rejected, image",
  needs: ["question", "chosen", "rejected"],
  before: (has) => [...(has("prompt") ? [] : ["trl"]), ...(has("responses") ? [] : ["rewardlab"])],
  read(columns) {
    const id = columns.label("idx", "id");
    const kind = columns.label("origin_dataset");
    return {
      ...(id === undefined ? {} : { id }),
      ...(kind === undefined ? {} : { kind }),
      pictures: columns.pictures("image", "images"),
      question: columns.text("question"),
      responses: [columns.text("chosen"), columns.text("rejected")],
      preferred: 1,
      ordered: false,
    };
  },
};
