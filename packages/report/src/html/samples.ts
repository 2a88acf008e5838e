import { seedLabel } from "@rewardlab/core/host";
import type { Grid } from "../read-grid.ts";
import { plainNumber } from "../wording.ts";
import { cellColour } from "./colours.ts";
import { gatherSamples } from "./gather-samples.ts";
import type { Attempt, SampleGroup } from "./gather-samples.ts";
import { imageReader } from "./images.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** Questions with their picture, and what each variant thought and answered, side by side. */
export function samplesSection(grid: Grid): Markup | null {
  const groups = gatherSamples(grid);
  if (groups.length === 0) return null;
  const names = grid.cells.map(({ name }) => name);
  const frame = { names, imageOf: imageReader(grid), seedLevels: grid.seedLevels };
  return html`<section id="samples" aria-labelledby="samples-title">
    <h2 id="samples-title">Samples</h2>
    <p class="lead">
      The same question in every variant: a picture, two responses of which one is better, and the model’s thought and answer.
      From the test after RL, and from training as it went on. These are the first questions of each set; nobody chose them.
    </p>
    ${filters(groups, names)} ${groups.map((group, index) => sample(group, index, frame))}
    <div class="more" hidden><button type="button">Show more</button></div>
  </section>`;
}

function filters(groups: readonly SampleGroup[], names: readonly string[]): Markup {
  const iterations = [...new Set(groups.map(({ iteration }) => iteration))];
  const kinds = [...new Set(groups.flatMap(({ kind }) => kind ?? []))].sort();
  return html`<form class="filters samples" hidden aria-label="Choose samples">
    ${select("when", "From", [["", "everything"], ...iterations.map((iteration) => [whenValue(iteration), whenText(iteration)] as const)])}
    ${select("kind", "Kind", [["", "all kinds"], ...kinds.map((kind) => [kind, kind] as const)])}
    ${select("cell", "Variant", [["", "all variants"], ...names.map((name, index) => [String(index), name] as const)])}
    ${select("verdict", "Answers", [
      ["", "right or wrong"],
      ["right", "all right"],
      ["wrong", "some wrong"],
      ["disagree", "only where variants disagree"],
    ])}
    <output></output>
  </form>`;
}

function select(name: string, label: string, options: readonly (readonly [string, string])[]): Markup {
  return html`<label
    >${label}<select name="${name}" autocomplete="off">
      ${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}
    </select></label
  >`;
}

const whenValue = (iteration: number | null) => (iteration === null ? "test" : String(iteration));
const whenText = (iteration: number | null) => (iteration === null ? "test, after RL" : `RL, iteration ${iteration}`);

interface Frame {
  readonly names: readonly string[];
  readonly imageOf: (path: string) => string | null;
  readonly seedLevels: Grid["seedLevels"];
}

function sample(group: SampleGroup, index: number, frame: Frame): Markup {
  const { question, responses, preferred, kind, iteration } = group;
  const image = group.image === null ? null : frame.imageOf(group.image);
  const seeds = new Set(group.attempts.map(({ seed }) => seed)).size > 1;
  return html`<article
    class="sample panel"
    tabindex="-1"
    data-when="${whenValue(iteration)}"
    data-kind="${kind ?? ""}"
    aria-labelledby="sample-${index}"
  >
    <div>
      ${image === null ? html`<div class="noimage">picture not found</div>` : html`<img src="${image}" alt="The picture of the question “${question}”" />`}
      <h3 id="sample-${index}">${question}</h3>
      <ol class="choices">
        ${responses.map((response, position) => html`<li class="${position + 1 === preferred ? "preferred" : ""}"><b>${position + 1}</b> ${response}${position + 1 === preferred && html`<small>the better one</small>`}</li>`)}
      </ol>
      <p class="quiet" style="margin:.6rem 0 0">${[kind, whenText(iteration), group.item].filter(Boolean).join(" · ")}</p>
    </div>
    <div>${attempts(group.attempts.map((one) => attempt(one, frame, seeds)))}</div>
  </article>`;
}

/** Of many the first stand there, and the rest is folded. */
function attempts(all: readonly Markup[]): Markup {
  if (all.length <= SHOWN) return html`${all}`;
  return html`${all.slice(0, SHOWN)}
    <details>
      <summary>${all.length - SHOWN} more answers</summary>
      ${all.slice(SHOWN)}
    </details>`;
}
const SHOWN = 16;

function attempt(
  { cell, seed, right, thought, answer, response, rules, score }: Attempt,
  { names, seedLevels }: Pick<Frame, "names" | "seedLevels">,
  showSeed: boolean,
): Markup {
  const who = cell === null ? "before RL" : names[cell]!;
  const outcomes = [...Object.entries(rules), ...(score === null ? [] : [["score", score] as const])];
  return html`<div
    class="attempt"
    data-cell="${cell ?? "before"}"
    data-seed="${seed ?? ""}"
    data-verdict="${right ? "right" : "wrong"}"
  >
    <div>
      <span class="who"
        ><span class="dot" style="background:${cell === null ? "var(--before)" : cellColour(cell)}"></span
        >${who}${showSeed && seed !== null && html` <span class="quiet">${seedLabel(seedLevels, seed)}</span>`}</span
      >
      <span class="badge ${right ? "right" : "wrong"}"
        >${right ? "✓ right" : "✗ wrong"}${answer === null ? ", no answer" : `: ${answer}`}</span
      >
      <span class="rules"
        >${outcomes.map(([name, value]) => html`<span>${name} ${typeof value === "number" ? plainNumber(value) : html`<span class="flag">${value}</span>`}</span> `)}</span
      >
    </div>
    ${thought === null ? html`<blockquote class="raw"><code>${response || "(empty)"}</code></blockquote>` : html`<blockquote>${thought || "(no thought)"}</blockquote>`}
  </div>`;
}
