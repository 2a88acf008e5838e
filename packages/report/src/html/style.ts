/** The page's looks: system fonts, one column, light and dark, small screens, paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fff; --raised: #fff; --soft: #f5f6f8; --ink: #16191d; --ink-2: #59626e; --line: #e6e9ed; --line-strong: #bcc3cb;
  --accent: #0065a3; --good: #00694c; --good-soft: #e2f4ee; --bad: #a33f00; --bad-soft: #fdeee4; --warn-line: #e69f00; --warn-soft: #fff7e4;
  --series-0: #0072b2; --series-1: #d55e00; --series-2: #009e73; --series-3: #c46a9d; --series-4: #b98000; --series-5: #56b4e9; --series-6: #333;
  --before: #8a939e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #111417; --raised: #171b1f; --soft: #1c2126; --ink: #eceff2; --ink-2: #a0a9b4; --line: #2a3037; --line-strong: #525c67;
    --accent: #6cc0f5; --good: #4cd0a5; --good-soft: #12302a; --bad: #ff9a5c; --bad-soft: #38220f; --warn-line: #e69f00; --warn-soft: #2d2411;
    --series-0: #4aa8e0; --series-1: #f0843c; --series-2: #2fc598; --series-3: #e094c0; --series-4: #e6b23c; --series-5: #9fd8f8; --series-6: #d8d8d8;
    --before: #87919c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
main, .top, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3 { line-height: 1.25; letter-spacing: -.012em; font-weight: 650; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(1.7rem, 4vw, 2.3rem); }
h1.wordy { font-size: 1.3rem; }
h2 { font-size: 1.4rem; margin-bottom: .35rem; }
h3 { font-size: 1rem; letter-spacing: -.005em; }
p { margin: 0 0 .8rem; max-width: 72ch; }
section { margin-top: 4rem; scroll-margin-top: 1rem; }
.lead { color: var(--ink-2); margin-bottom: 1.4rem; }
.quiet, figcaption, caption { color: var(--ink-2); font-size: .875rem; line-height: 1.5; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 12px; top: 12px; background: var(--paper); padding: 6px 12px; z-index: 9; }

.top { padding-top: 56px; }
.brand { font-size: .8125rem; color: var(--ink-2); margin: 0 0 .7rem; display: flex; gap: .5em; align-items: center; }
.brand b { color: var(--ink); font-weight: 650; }
.about { margin-top: 2rem; padding: 1rem 1.25rem; background: var(--soft); border-radius: 8px; color: var(--ink-2); } .about h2 { font-size: 1rem; } .about blockquote { white-space: pre-line; margin: .3rem 0 .6rem; max-width: 76ch; } .about p { margin: 0; }
nav { margin-top: 1.4rem; border-block: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; list-style: none; margin: 0; padding: .55rem 0; font-size: .875rem; }
nav a { color: var(--ink-2); text-decoration: none; padding: .2rem 0; display: inline-block; } nav a:hover { color: var(--accent); text-decoration: underline; }

.warnings { border: 1px solid var(--warn-line); border-left-width: 5px; background: var(--warn-soft); border-radius: 8px; padding: 1rem 1.25rem; margin-top: 1.5rem; }
.warnings h2 { font-size: 1rem; margin-bottom: .3rem; } .warnings details { margin-top: .5rem; padding-top: .5rem; } .warnings ul { margin: 0; padding-left: 1.2rem; } .warnings li { margin: .25rem 0; }
.answer { margin-top: 2.5rem; }
.answer p { color: var(--ink-2); max-width: 76ch; margin-bottom: .6rem; } .answer .headline { max-width: 56ch; font-size: clamp(1.2rem, 2.6vw, 1.5rem); line-height: 1.42; letter-spacing: -.01em; color: var(--ink); margin-bottom: 1rem; text-wrap: pretty; }

figure { margin: 0; } figure svg { display: block; width: 100%; height: auto; font-family: inherit; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; padding: 0; margin: 0 0 1rem; font-size: .875rem; }
.legend li { display: flex; align-items: center; gap: .5em; min-width: 0; } .legend svg { flex: none; width: 28px; height: 10px; }
.panel { border: 1px solid var(--line); border-radius: 10px; background: var(--raised); padding: 1rem 1.1rem 1.05rem; }
.glance { margin-top: 1.8rem; }
.glance svg { min-width: 320px; }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(310px, 100%), 1fr)); gap: 18px; margin: 0; }
.curves .panel { display: flex; flex-direction: column; position: relative; min-width: 0; }
.curves h3 { display: flex; justify-content: space-between; gap: .5rem; margin-bottom: .6rem; }
figcaption { margin-top: .5rem; }
.plot { position: relative; }
.plot .cursor { position: absolute; top: 0; bottom: 22px; width: 1px; background: var(--line-strong); pointer-events: none; }
.plot .tip { position: absolute; top: 4px; z-index: 2; pointer-events: none; background: var(--paper); border: 1px solid var(--line-strong); border-radius: 6px; padding: .3rem .5rem; font-size: .75rem; line-height: 1.45; box-shadow: 0 4px 14px rgb(0 0 0 / .12); font-variant-numeric: tabular-nums; max-width: 220px; white-space: nowrap; overflow: hidden; }
.tip i, .dot { display: inline-block; width: .65em; height: .65em; border-radius: 50%; margin-right: .4em; }
.plot svg { font-size: 11px; fill: var(--ink-2); } .grid line { stroke: var(--line); } .grid text { text-anchor: end; } .ticks-x text, .title-x { text-anchor: middle; } .base { stroke: var(--line-strong); }
.plot path:not(.band) { fill: none; } .plot path { stroke-linejoin: round; stroke-linecap: round; stroke-width: 2.2; } .plot path.band { stroke: none; opacity: .16; } .plot path.single { stroke-width: .8; opacity: .45; }
path.faint { fill: none; stroke: var(--ink-2); } path.reference { fill: none; stroke: var(--ink); stroke-width: 2.4; } .plot path.faint { stroke-width: .8; opacity: .4; }
.axis-switch { border: 0; padding: 0; margin: 0 0 1rem; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .875rem; align-items: center; } .axis-switch legend { float: left; color: var(--ink-2); padding: 0; margin-right: .2rem; } .axis-switch label { display: inline-flex; align-items: center; gap: .4em; cursor: pointer; min-height: 28px; } .axis-switch span { color: var(--ink-2); }
.flat { display: grid; place-content: center; text-align: center; flex: 1; min-height: 130px; } .flat b { font-size: 1.9rem; font-weight: 600; letter-spacing: -.02em; }

.scroll { position: relative; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--raised); }
.scroll + .scroll, .scroll + p, .scroll + h3, .scroll + figure { margin-top: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; line-height: 1.45; }
caption { text-align: left; padding: .8rem 1rem .2rem; caption-side: top; }
th, td { padding: .5rem .8rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); vertical-align: baseline; }
thead th { border-top: 0; font-weight: 500; color: var(--ink-2); vertical-align: bottom; font-size: .8125rem; }
thead tr + tr th { padding-top: 0; }
th[scope=row], th[scope=rowgroup], td.text, th.text { text-align: left; }
th[scope=row], th[scope=rowgroup] { font-weight: 550; max-width: 22rem; white-space: normal; min-width: 8rem; }
.name { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.name:has(> .dot) { position: relative; padding-left: 1.1em; } .name > .dot { position: absolute; left: 0; top: .4em; }
caption > span { position: sticky; left: 1rem; display: inline-block; max-width: min(80ch, calc(100vw - 68px)); }
.legend .name { -webkit-line-clamp: 1; max-width: 24rem; } thead .name { -webkit-line-clamp: 3; max-width: 11rem; }
td.wrap { white-space: normal; min-width: 14rem; }
tr.mean td { background: var(--soft); font-weight: 600; }
tr.sub th { font-weight: 400; color: var(--ink-2); padding-left: 2rem; }
tbody + tbody { border-top: 2px solid var(--line); }
.strip { position: relative; display: block; width: 100%; min-width: 130px; height: 16px; background: linear-gradient(var(--line), var(--line)) center / 100% 2px no-repeat; }
td .strip::before { content: ""; position: absolute; left: 50%; top: 4px; height: 8px; width: 1px; background: var(--line-strong); }
.strip i { position: absolute; top: 3px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%; }
.strip i.before { background: var(--raised); border: 2px solid var(--before); }
.strip i.small { width: 6px; height: 6px; margin-left: -3px; top: 5px; opacity: .55; }
.strip b { position: absolute; top: 4px; height: 8px; border-radius: 4px; opacity: .22; }
.lanes { display: grid; gap: .9rem; margin-bottom: .8rem; }
.lane { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr 13rem; gap: 1.2rem; align-items: center; }
.lane .who { font-weight: 600; line-height: 1.3; min-width: 0; } .lane .numbers { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; font-size: .9375rem; }
.lane .strip { height: 20px; } .lane .strip i { width: 14px; height: 14px; margin-left: -7px; top: 3px; } .lane .strip i.small { width: 8px; height: 8px; margin-left: -4px; top: 6px; } .lane .strip b { top: 4px; height: 12px; border-radius: 6px; }
.lane.axis { margin-top: -.6rem; } .ticks { position: relative; height: 1.2em; font-size: .75rem; color: var(--ink-2); } .ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.forest { margin: 1.2rem 0 1.6rem; } .forest ul { list-style: none; margin: 0 0 .8rem; padding: 0; } .forest .numbers { line-height: 1.35; } .forest .said { display: block; max-width: 11rem; margin-left: auto; white-space: normal; }
.whisker { position: relative; display: block; min-width: 130px; height: 26px; }
.whisker i { position: absolute; }
.whisker .zero { top: -10px; bottom: -10px; width: 0; border-left: 1.5px solid var(--ink-2); }
.whisker .span { top: 12px; height: 2px; background: var(--accent); }
.whisker .span::before, .whisker .span::after { content: ""; position: absolute; top: -4px; height: 10px; width: 2px; background: var(--accent); }
.whisker .span::before { left: 0; } .whisker .span::after { right: 0; }
.whisker .cut-left::before, .whisker .cut-right::after { background: none; width: 0; height: 0; top: -4px; border: 5px solid transparent; }
.whisker .cut-left::before { border-right-color: var(--accent); left: -9px; } .whisker .cut-right::after { border-left-color: var(--accent); right: -9px; }
.whisker .single { top: 9px; width: 2px; height: 8px; margin-left: -1px; background: var(--ink-2); opacity: .75; }
.whisker .mean { top: 6px; width: 14px; height: 14px; margin-left: -7px; background: var(--raised); border: 3px solid var(--accent); transform: rotate(45deg); border-radius: 2px; } .whisker .mean.decided { background: var(--accent); }
.profile { max-width: 400px; margin-top: 1.2rem; } section > .long + .long, section > .scroll + .long, .long + .scroll { margin-top: 1.2rem; }
.group { border: 0; margin: 0 0 .5rem; padding: 0; } .group > summary { list-style: none; border-radius: 6px; } .group > summary::-webkit-details-marker { display: none; } .group > summary .who::before { content: "▸ "; color: var(--ink-2); } .group[open] > summary .who::before { content: "▾ "; }
.group > summary .dots i { top: 8px; width: 8px; height: 8px; margin-left: -4px; border-radius: 50%; border: 2px solid var(--accent); background: var(--raised); opacity: .8; } .group > summary .dots i.decided { background: var(--accent); } .group > summary .dots .zero { all: unset; position: absolute; top: 0; bottom: 0; width: 0; border-left: 1.5px solid var(--ink-2); }
.group > summary .numbers { font-weight: 400; } .group > ul { padding: .5rem 0 .8rem .9rem; }
.verdicts { padding-left: 1.2rem; font-size: .9375rem; } .verdicts li { margin: .35rem 0; max-width: 86ch; }
.below { margin-top: .7rem; } .further { margin-top: 1.8rem; } section > h3, .further h3 { margin: 1.6rem 0 .6rem; } td small { color: var(--ink-2); font-size: .75rem; }
.flag { color: var(--bad); font-weight: 600; }

.filters { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin-bottom: 1.1rem; padding: .9rem 1rem; background: var(--soft); border-radius: 10px; }
.filters label { display: grid; grid-template-columns: minmax(0, 1fr); min-width: 0; font-size: .75rem; color: var(--ink-2); gap: .15rem; max-width: 100%; }
.filters select, .filters input, button { font: inherit; font-size: .875rem; color: var(--ink); background: var(--raised); border: 1px solid var(--line-strong); border-radius: 6px; padding: .35rem .6rem; max-width: 100%; min-height: 36px; }
button { cursor: pointer; padding-inline: 1.1rem; } button:hover { border-color: var(--accent); }
.filters output { margin-left: auto; font-size: .875rem; color: var(--ink-2); }
.filters.find, .filters.pick { margin-bottom: .9rem; } .filters input { min-width: 15rem; } .pick output span { margin-left: .9em; } .pick output i { display: inline-block; width: .65em; height: .65em; border-radius: 50%; margin-right: .4em; }
.more { text-align: center; margin-top: 1.2rem; max-width: none; }
.sample { overflow-wrap: anywhere; display: grid; grid-template-columns: minmax(220px, 290px) minmax(0, 1fr); gap: 1.1rem 1.8rem; margin-bottom: 16px; }
.sample h3 { font-size: 1rem; margin-bottom: .6rem; }
.sample img { width: 100%; max-width: 216px; image-rendering: pixelated; border-radius: 6px; border: 1px solid var(--line); display: block; margin-bottom: .8rem; background: var(--soft); }
.noimage { width: 100%; max-width: 216px; aspect-ratio: 1; display: grid; place-content: center; text-align: center; background: var(--soft); border-radius: 6px; color: var(--ink-2); font-size: .8125rem; margin-bottom: .8rem; padding: 1rem; }
.choices { list-style: none; padding: 0; margin: 0; font-size: .9375rem; }
.choices li { padding: .35rem .6rem; border: 1px solid var(--line); border-radius: 6px; margin-top: .4rem; }
.choices li.preferred { border-color: var(--good); background: var(--good-soft); }
.choices b { font-weight: 600; } .choices small { color: var(--good); font-weight: 600; display: block; }
.attempt { border-top: 1px solid var(--line); padding: .6rem 0; } .attempt:first-child { border-top: 0; padding-top: 0; }
.attempt > div { display: flex; flex-wrap: wrap; gap: .25rem .7rem; align-items: baseline; font-size: .875rem; }
.attempt .who { font-weight: 600; } .attempt blockquote { margin: .25rem 0 .1rem; font-size: .9375rem; color: var(--ink); }
.attempt blockquote.raw { color: var(--ink-2); }
.badge { border-radius: 99px; padding: .05rem .6rem; font-size: .8125rem; font-weight: 600; white-space: nowrap; }
.badge.right { color: var(--good); background: var(--good-soft); } .badge.wrong { color: var(--bad); background: var(--bad-soft); }
.rules { color: var(--ink-2); font-size: .8125rem; font-variant-numeric: tabular-nums; }
.rules span { margin-right: .8em; }

details { border-top: 1px solid var(--line); margin-top: 1.6rem; padding-top: .9rem; } summary { cursor: pointer; font-weight: 550; } details > .curves { margin-top: 1rem; }
.same { color: var(--good); font-weight: 600; } .differs { color: var(--bad); font-weight: 600; }
footer { margin-top: 5rem; padding-block: 1.4rem 3rem; color: var(--ink-2); font-size: .8125rem; border-top: 1px solid var(--line); }
[hidden] { display: none !important; }

@media (max-width: 640px) {
  main, .top, footer { padding-inline: 16px; } .top { padding-top: 32px; } section { margin-top: 3rem; }
  .lane { grid-template-columns: minmax(0, 1fr) minmax(0, auto); gap: .2rem .8rem; } .lane .strip, .lane .whisker, .ticks { grid-column: 1 / -1; grid-row: 2; margin-inline: 8px; } .lane.axis span:empty { display: none; }
  .sample { grid-template-columns: minmax(0, 1fr); } .sample img, .noimage { max-width: 168px; }
  th, td { padding-inline: .6rem; } th[scope=row] { min-width: 6.5rem; } .filters output { margin-left: 0; width: 100%; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --raised: #fff; --soft: #f5f6f8; --ink: #000; --ink-2: #444; --line: #ddd; --line-strong: #999; --good: #00694c; --good-soft: #fff; --bad: #a33f00; --bad-soft: #fff; --warn-soft: #fff;
    --series-0: #0072b2; --series-1: #d55e00; --series-2: #009e73; --series-3: #c46a9d; --series-4: #b98000; --series-5: #56b4e9; --series-6: #333; --before: #8a939e; }
  body { font-size: 10.5pt; } nav, .filters, .axis-switch, .more, .skip { display: none; } section { margin-top: 2rem; } .panel, tr, figure, .scroll, .lead, .about, p.quiet { break-inside: avoid; } .long .scroll, .long + figure, .forest:has(.long) { break-inside: auto; } p { orphans: 3; widows: 3; }
  h2, h3, .lead, .legend, .further > p, summary, caption, thead { break-after: avoid; } details:not([open]) { display: none; } footer { break-before: avoid; margin-top: 1.5rem; padding-block: .6rem 0; }
  .curves { grid-template-columns: repeat(3, 1fr); } .scroll { overflow: visible; } table { font-size: 8.5pt; } th, td { padding: .25rem .45rem; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
