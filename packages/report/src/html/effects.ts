import type { Effect } from "../effects.ts";
import type { ComparedMetric } from "../metric.ts";
import { intervalText, signedDifference } from "../metric-wording.ts";
import type { Summary } from "../summary.ts";
import { listing, plainNumber, points, pText } from "../wording.ts";
import { forest } from "./forest.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** A factorial's main effects and interactions. */
export function effectsSection({ effects, metrics: [metric] }: Summary): Markup | null {
  if (effects === null) return null;
  const main = effects.effects.filter(({ factors }) => factors.length === 1);
  const interactions = effects.effects.filter(({ factors }) => factors.length > 1);
  const strong = interactions.filter(({ distinguishable }) => distinguishable);
  return html`<section id="effects" aria-labelledby="effects-title">
    <h2 id="effects-title">Effects of the factors</h2>
    <p class="lead">
      The grid is a full factorial of ${listing(effects.factors.map(({ name, levels }) => `${name} (${levels.join(", ")})`))},
      over ${effects.seeds.length} seeds that every cell has. A main effect is what a factor does on average over all the others:
      every run counts in it. ${effects.noVerdict !== null && `No effect is called different from 0, since ${effects.noVerdict}.`}
      ${strong.length > 0 ? "Some factors depend on one another (below): then read the single cells, not the averages." : effects.noVerdict === null && interactions.length > 0 && "No interaction is distinguishable from 0; that is not proof that there is none."}
    </p>
    <h3>Main effects</h3>
    ${effectForest(main, metric)}
    ${
      interactions.length > 0 &&
      html`<h3>Interactions of two</h3>
        ${effectForest(interactions, metric)}`
    }
    <p class="quiet below">
      A factor of two levels: the mean with the second level less that with the first; an interaction is half of what one factor’s
      effect changes with the other’s level. With more levels each is its deviation from what fewer factors explain. Intervals: 95
      %, over paired seeds and
      ${effects.effects.every(({ over }) => over === "seeds and items") ? "new test questions" : "these test questions"}. p: after
      Holm’s correction over all effects shown.
    </p>
  </section>`;
}

/** null without a spread, and where nothing may be said. */
const boundsOf = ({ spreadless, low, high }: Effect) => (spreadless || low === null || high === null ? null : { low, high });

function saidOf(effect: Effect, metric: ComparedMetric): Markup {
  if (effect.adjusted === null) return html`no verdict`;
  const bounds = boundsOf(effect);
  return html`${bounds === null ? "no spread" : `[${intervalText(metric, bounds)}]`}<br />
    ${pText(effect.adjusted)}${effect.distinguishable ? "" : ", not distinguishable"}`;
}

function effectForest(effects: readonly Effect[], metric: ComparedMetric): Markup {
  return forest(
    effects.map((effect) => ({
      name: effect.factors
        .map((factor, index) =>
          effect.scale === "contrast" && effect.factors.length > 1 ? factor : `${factor}: ${effect.levels[index]!}`,
        )
        .join(" × "),
      estimate: effect.estimate,
      interval: boundsOf(effect),
      singles: effect.perSeed,
      decided: effect.distinguishable,
      numbers: html`<b>${signedDifference(metric, effect.estimate)}</b> <span class="quiet">${saidOf(effect, metric)}</span>`,
    })),
    {
      caption: html`Effect on ${metric.title}${metric.isShare && ", in points"}. Large mark: mean, filled where it is
      distinguishable from 0; small marks: single seeds.`,
      tickText: metric.isShare ? points : (value) => (value > 0 ? `+${plainNumber(value)}` : plainNumber(value)),
      ...(metric.isShare ? { bounds: [-1, 1] as const } : {}),
    },
  );
}
