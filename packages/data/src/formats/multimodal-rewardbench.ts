import { quoted } from "../quoted.ts";
import type { Format } from "./format.ts";
import { RowProblem } from "./given.ts";

/**
 * multimodal-rewardbench: rows of Multimodal RewardBench (github.com/facebookresearch/multimodal_rewardbench, data/all_data.json): `ID`, `Category`, `Text`, `Image`,
 * `Output1`, `Output2`, `Better` ("Output1" or "Output2"). The kind is the category, safety and reasoning in their halves, as its scoring has them.
 */
export const multimodalRewardBench: Format = {
  name: "multimodal-rewardbench",
  summary: "Multimodal RewardBench's rows: Text, Image, Output1, Output2, Better",
  needs: ["Text", "Output1", "Output2", "Better"],
  read(columns) {
    const better = columns.value("Better");
    const preferred =
      better === "Output1"
        ? 1
        : better === "Output2"
          ? 2
          : typeof better === "string" && /^tie$/i.test(better)
            ? "tie"
            : undefined;
    if (preferred === undefined) throw new RowProblem(`Better is ${quoted(better)}, expected "Output1" or "Output2"`);
    const id = columns.label("ID", "id");
    const kind = kindOf(columns.label("Category"), id ?? "");
    return {
      ...(id === undefined ? {} : { id }),
      ...(kind === undefined ? {} : { kind }),
      pictures: columns.pictures("Image"),
      question: columns.text("Text"),
      responses: [columns.text("Output1"), columns.text("Output2")],
      preferred,
      ordered: true,
    };
  },
};

function kindOf(category: string | undefined, id: string): string | undefined {
  if (category === "safety") return /^pairs/i.test(id) ? "safety/bias" : "safety/toxicity";
  if (category === "reasoning") return /^math/i.test(id) ? "reasoning/math" : "reasoning/coding";
  return category;
}
