import type { ConfigResult, TaskResult } from "./measure.ts";
import { median } from "./medians.ts";
import { TASKS } from "./messages.ts";

const [BAR, GAP, LABEL, WIDTH, HEAD] = [14, 5, 190, 300, 34];
const colours = { ours: "#2a6fbb", trainer: "#123f73", peer: "#c9792b" };

/** Median times as bars, a panel for each config and task; a thin line from the smallest to the largest. SVG. */
export function chart(results: readonly ConfigResult[], title: string): string {
  const columns = TASKS.filter((task) => results.some(({ tasks }) => tasks.some((one) => one.task === task)));
  const heights = results.map(({ tasks }) => Math.max(...tasks.map(({ rows }) => HEAD + rows.length * (BAR + GAP))) + 20);
  const panelWidth = LABEL + WIDTH + 90;
  let top = 50;
  const panels = results.flatMap(({ config, tasks }, index) => {
    const at = top;
    top += heights[index]!;
    return tasks.map((task) => panel(task, `${config}: ${task.task}, ms`, columns.indexOf(task.task) * panelWidth + 10, at));
  });
  const width = columns.length * panelWidth + 20;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top + 10}" viewBox="0 0 ${width} ${top + 10}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    text(12, 24, title, "", 'font-size="15" font-weight="bold"'),
    ...panels,
    `</svg>\n`,
  ].join("\n");
}

function panel({ rows }: TaskResult, title: string, left: number, top: number): string {
  const most = Math.max(1, ...rows.map(({ ms }) => median(ms))) * 1.15;
  const x = (value: number) => left + LABEL + (WIDTH * Math.min(value, most)) / most;
  const bars = rows.map(({ contender, ms }, index) => {
    const y = top + HEAD + index * (BAR + GAP);
    const middle = median(ms);
    const colour =
      colours[contender.startsWith("trainer") ? "trainer" : /^(torch|trl|peft|vllm)/.test(contender) ? "peer" : "ours"];
    const [low, high] = [x(Math.min(...ms)), x(Math.max(...ms))];
    return [
      text(left + LABEL - 6, y + 11, contender, "end"),
      `<rect x="${left + LABEL}" y="${y}" width="${fixed(x(middle) - left - LABEL)}" height="${BAR}" fill="${colour}"/>`,
      `<line x1="${fixed(low)}" x2="${fixed(high)}" y1="${y + BAR / 2}" y2="${y + BAR / 2}" stroke="#222"/>`,
      text(left + LABEL + WIDTH + 8, y + 11, middle < 10 ? middle.toFixed(1) : middle.toFixed(0), ""),
    ].join("\n");
  });
  return [text(left + 10, top + 20, title, "", 'font-weight="bold"'), ...bars].join("\n");
}

function text(x: number, y: number, content: string, anchor: string, more = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}"${anchor === "" ? "" : ` text-anchor="${anchor}"`}${more === "" ? "" : ` ${more}`}>${escaped}</text>`;
}

const fixed = (value: number) => value.toFixed(1);
