import { curvesScript } from "./script-curves.ts";
import { listsScript } from "./script-lists.ts";

/**
 * What the page can do beyond being read: filters for the samples, long lists folded and searched, and the values under the
 * pointer on a curve (or with the arrow keys), over iterations, tokens or time.
 * Without it everything is there all the same.
 */
export const script = `
"use strict";
${curvesScript}${listsScript}
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("#answer details, #results details, #robust details")) details.open = true;
});

const filters = document.querySelector(".filters.samples");
if (filters) {
  const PAGE = 8;
  const samples = [...document.querySelectorAll(".sample")];
  const more = document.querySelector("#samples > .more");
  const button = more.querySelector("button");
  const chosen = Object.fromEntries([...filters.querySelectorAll("select")].map((select) => [select.name, select]));
  let limit = PAGE;
  filters.hidden = false;
  const update = () => {
    let matching = 0;
    for (const sample of samples) {
      const verdicts = [];
      const answers = new Map();
      for (const attempt of sample.querySelectorAll(".attempt")) {
        attempt.hidden = chosen.cell.value !== "" && attempt.dataset.cell !== chosen.cell.value && attempt.dataset.cell !== "before";
        if (attempt.hidden || attempt.dataset.cell === "before") continue;
        verdicts.push(attempt.dataset.verdict);
        const { cell, seed, verdict } = attempt.dataset;
        answers.set(seed, (answers.get(seed) || new Map()).set(cell, verdict));
      }
      const right = verdicts.filter((verdict) => verdict === "right").length;
      const disagree = [...answers.values()].some((cells) => new Set(cells.values()).size > 1);
      const verdict = { "": true, right: right === verdicts.length, wrong: right < verdicts.length, disagree }[chosen.verdict.value];
      const match = verdicts.length > 0 && verdict && (chosen.when.value === "" || sample.dataset.when === chosen.when.value) && (chosen.kind.value === "" || sample.dataset.kind === chosen.kind.value);
      if (match) matching += 1;
      sample.hidden = !match || matching > limit;
    }
    const visible = Math.min(limit, matching);
    filters.querySelector("output").textContent = matching === 0 ? "No question matches." : visible + " of " + matching + " questions shown";
    more.hidden = visible === matching;
    button.textContent = "Show " + Math.min(PAGE, matching - visible) + " more";
  };
  filters.addEventListener("change", () => { limit = PAGE; update(); });
  button.addEventListener("click", () => {
    const first = samples.filter((sample) => !sample.hidden).length;
    limit += PAGE;
    update();
    samples.filter((sample) => !sample.hidden)[first]?.focus();
  });
  window.addEventListener("beforeprint", () => { limit = PAGE; update(); });
  update();
}
`;
