import type { Benchmark, Figure, Figures } from "./benchmark.ts";
import { choiceOf, judgedRows, RowProblem, textIn } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { framesIn, pairsOf, pictureIn, wordsIn } from "./pair.ts";
import type { LocatedRow } from "./rows.ts";
import { accuracyInterval, accuracyOf, groupsOf, ratioInterval } from "./score.ts";

const CATEGORIES = ["mcq", "long", "short", "safety", "video"];

/** The first category whose name stands in the path of the picture or the video. */
function categoryOf(row: LocatedRow["row"]): string | null {
  const paths = [row.image, row.video].filter((path) => path !== undefined && path !== null && path !== "");
  const texts = paths.filter((path) => typeof path === "string");
  if (texts.length < paths.length || texts.length === 0)
    throw new RowProblem('there is no picture or video by path, expected "image" or "video", whose path names the category');
  return CATEGORIES.find((name) => texts.some((path) => path.includes(name))) ?? null;
}

/** ACC+: the share of samples of which every pair is judged rightly; each order by itself. */
const whole = (judged: readonly Judged[]) =>
  groupsOf(judged.map((one) => ({ ...one, group: JSON.stringify([one.group, one.order]) }))).map(
    (group) => [Number(group.every(({ right }) => right === 1)), 1] as const,
  );

function figuresOf(judged: readonly Judged[], seed: number): Figures {
  const of = (name: string | null) => {
    const part = name === null ? judged : judged.filter(({ category }) => category === name);
    const samples = whole(part);
    const plus = samples.length === 0 ? 0 : samples.reduce((sum, [right]) => sum + right, 0) / samples.length;
    const prefix = name === null ? "" : `${name} `;
    const accuracy: Figure = {
      name: `${prefix}ACC`,
      value: accuracyOf(part),
      interval: accuracyInterval([part], seed),
      count: part.length,
    };
    return {
      accuracy,
      plus: {
        name: `${prefix}ACC+`,
        value: plus,
        interval: ratioInterval([samples], seed),
        count: samples.length,
      } satisfies Figure,
    };
  };
  const all = of(null);
  const each = CATEGORIES.map((name) => [name, of(name)] as const);
  return {
    values: {
      accuracy: all.accuracy.value,
      accuracyPlus: all.plus.value,
      categories: Object.fromEntries(
        each.map(([name, { accuracy, plus }]) => [
          name,
          { accuracy: accuracy.value, accuracyPlus: plus.value, count: accuracy.count },
        ]),
      ),
    },
    lines: [all, ...each.map(([, both]) => both)].flatMap(({ accuracy, plus }) => [accuracy, plus]),
  };
}

/** MM-RLHF-RewardBench (arXiv 2502.10391): 170 pairs of 46 samples; ACC over pairs, ACC+ over samples. */
export const mmRlhfRewardBench: Benchmark = {
  name: "mm-rlhf-rewardbench",
  title: "MM-RLHF-RewardBench",
  source: "arXiv 2502.10391; cal_performance_mmreweard_bench.py of Kwai-YuanQi/MM-RLHF, get_acc.py of yfzhang114/r1_reward",
  judged: (rows, problems) =>
    judgedRows(rows, problems, true, (row) => ({ id: textIn(row, "id"), category: categoryOf(row), choice: choiceOf(row) })),
  pairs: (rows, folder, problems) =>
    pairsOf(rows, problems, (row) => {
      const { image, video } = row;
      categoryOf(row);
      return {
        id: textIn(row, "id"),
        question: wordsIn(row, "prompt"),
        chosen: wordsIn(row, "chosen"),
        rejected: wordsIn(row, "rejected"),
        pictures: [...pictureIn(folder, image), ...framesIn(folder, video)],
        keep: { id: row.id, ...(image === undefined ? {} : { image }), ...(video === undefined ? {} : { video }) },
      };
    }),
  score: figuresOf,
};
