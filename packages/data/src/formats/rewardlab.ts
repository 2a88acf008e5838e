import { checkedRow, Problems } from "../rows.ts";
import { rowSchema } from "../row.ts";
import type { Format } from "./format.ts";
import { RowProblem } from "./given.ts";
import { picturesGiven } from "./pictures-given.ts";

/** rewardlab: our own rows, as the dataset jsonl reads them. `images` may also hold what other formats' columns hold. */
export const rewardlab: Format = {
  name: "rewardlab",
  summary: "our own rows: question, responses, preferred; id, images; or a question and its answer",
  needs: ["question", "responses | answer", "preferred | answer"],
  read(columns) {
    const given = Object.keys(rowSchema.shape).flatMap((name) => {
      const value = columns.value(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const { images, id, ...row } = Object.fromEntries(given);
    const problems = new Problems();
    const name = typeof id === "number" ? String(id) : id;
    const checked = checkedRow({ images: [], ...row, id: name ?? "-" }, "", problems, { otherFields: "refuse" });
    if (checked === undefined) throw new RowProblem(problems.messages.map((message) => message.slice(2)).join("; "));
    const { id: _, images: __, ...rest } = checked;
    return {
      ...rest,
      ...(name === undefined ? {} : { id: checked.id }),
      pictures: picturesGiven(images, "images"),
      ordered: true,
    };
  },
};
