/**
 * What the page can do beyond being read: filters for the samples, and the values under the pointer on a curve (or with the arrow keys).
 * Without it everything is there all the same.
 */
export const script = `
"use strict";
for (const plot of document.querySelectorAll(".plot[data-curve]")) {
  const { pixels, values, width, unit, x, lines } = JSON.parse(document.getElementById(plot.dataset.curve).textContent);
  const cursor = plot.appendChild(document.createElement("div"));
  const tip = plot.appendChild(document.createElement("div"));
  cursor.className = "cursor";
  tip.className = "tip";
  tip.setAttribute("role", "status");
  let at = -1;
  const hide = () => { cursor.hidden = tip.hidden = true; };
  const shown = (value) => unit === "share" ? (value * 100).toFixed(1) + " %" : String(Number(value.toPrecision(4)));
  const show = (index) => {
    at = Math.max(0, Math.min(x.length - 1, index));
    const left = (pixels[0] + (x[at] - values[0]) / (values[1] - values[0] || 1) * (pixels[1] - pixels[0])) / width * plot.clientWidth;
    cursor.style.left = left + "px";
    tip.replaceChildren();
    const head = tip.appendChild(document.createElement("div"));
    head.textContent = "Iteration " + x[at];
    for (const { name, colour, y } of lines) {
      if (y[at] === null) continue;
      const row = tip.appendChild(document.createElement("div"));
      const dot = row.appendChild(document.createElement("i"));
      dot.style.background = colour;
      row.append(shown(y[at]) + "  " + name);
    }
    cursor.hidden = tip.hidden = false;
    tip.style.left = Math.max(0, left + tip.offsetWidth + 14 > plot.clientWidth ? left - tip.offsetWidth - 8 : left + 8) + "px";
  };
  hide();
  plot.addEventListener("pointermove", (event) => {
    const share = (event.clientX - plot.getBoundingClientRect().left) / plot.clientWidth * width;
    const value = values[0] + (share - pixels[0]) / (pixels[1] - pixels[0]) * (values[1] - values[0]);
    let nearest = 0;
    for (let index = 1; index < x.length; index++) if (Math.abs(x[index] - value) < Math.abs(x[nearest] - value)) nearest = index;
    show(nearest);
  });
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hide();
    if (step === undefined) return;
    event.preventDefault();
    show(at + step);
  });
}

window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("#answer details, #results details")) details.open = true;
});

const filters = document.querySelector(".filters");
if (filters) {
  const PAGE = 8;
  const samples = [...document.querySelectorAll(".sample")];
  const more = document.querySelector(".more");
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
