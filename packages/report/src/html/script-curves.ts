/** Learning curves: values under the pointer or by arrow keys, another horizontal axis, and variants picked out of many. */
export const curvesScript = `
const curveLines = document.getElementById("curve-lines");
if (curveLines) {
  const { x, names, colours, reference, crowded, width, axes } = JSON.parse(curveLines.textContent);
  /** A label like another one, elsewhere. */
  const label = (like, left, text) => {
    const made = like.cloneNode();
    made.setAttribute("x", left.toFixed(1));
    made.textContent = text;
    return made;
  };
  const seconds = (most) => most < 180 ? [1, "s"] : most < 10800 ? [60, "min"] : [3600, "h"];
  const tokens = (most) => most < 1e4 ? [1, ""] : most < 1e7 ? [1e3, "k"] : [1e6, "M"];
  const kinds = {
    iterations: { title: () => "iteration", unit: () => [1, ""] },
    tokens: { title: ([, unit]) => "tokens sampled" + (unit && " (" + unit + ")"), unit: tokens },
    seconds: { title: ([, unit]) => "wall time (" + unit + ")", unit: seconds },
  };
  const frames = { iterations: { kind: kinds.iterations, at: () => x, from: x[0], to: x[x.length - 1] } };
  for (const { name, at } of axes) {
    let to = 0;
    for (const key in at) for (const value of at[key]) if (value > to) to = value;
    frames[name] = { kind: kinds[name], at: (key) => at[key] || at[key.split("/")[0]], from: 0, to };
  }
  let frame = frames.iterations;
  const picked = new Set();
  const place = ({ from, to }, [left, right], value) => from === to ? (left + right) / 2 : left + (value - from) / (to - from) * (right - left);
  const nearest = (values, value) => {
    let best = 0;
    for (let index = 1; index < values.length; index++)
      if (values[index] !== null && Math.abs(values[index] - value) < Math.abs(values[best] - value)) best = index;
    return best;
  };
  const ticksOf = ({ from, to }, unit) => {
    const rough = (to - from) / unit / 6;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
    const ticks = [];
    for (let index = Math.ceil(from / unit / step); index * step <= to / unit * (1 + 1e-9); index++) ticks.push(Number((index * step).toPrecision(6)));
    return ticks;
  };

  const charts = [...document.querySelectorAll(".plot[data-curve]")].map((plot) => {
    const { pixels, unit, y } = JSON.parse(document.getElementById(plot.dataset.curve).textContent);
    return { plot, pixels, unit, y: new Map(y) };
  });

  const redraw = (chart) => {
    const { plot, pixels } = chart;
    const drawn = chart.frame || frames.iterations;
    if (drawn === frame) return;
    chart.paths ||= [...plot.querySelectorAll("path[data-line]")].map((path) => [path, path.getAttribute("d")]);
    chart.ticks ||= plot.querySelector(".ticks-x").cloneNode(true);
    const before = x.map((value) => place(frames.iterations, pixels, value));
    for (const [path, d] of chart.paths) {
      const at = frame.at(path.dataset.line);
      path.setAttribute("d", frame === frames.iterations ? d : d.replace(/([ML])([\\d.]+),/g, (_, command, left) => command + place(frame, pixels, at[nearest(before, Number(left))]).toFixed(1) + ","));
    }
    const unit = frame.kind.unit(frame.to);
    const axis = plot.querySelector(".ticks-x");
    if (frame === frames.iterations) axis.replaceWith(chart.ticks.cloneNode(true));
    else axis.replaceChildren(...ticksOf(frame, unit[0]).map((tick) => label(chart.ticks.firstElementChild, place(frame, pixels, tick * unit[0]), String(tick))));
    plot.querySelector(".title-x").textContent = frame.kind.title(unit);
    chart.frame = frame;
  };

  const shownLines = (chart) => {
    const cells = [...chart.y.keys()];
    if (!crowded) return cells;
    return cells.filter((cell) => cell === reference || picked.has(cell));
  };

  for (const chart of charts) {
    const { plot, pixels, unit, y } = chart;
    const cursor = plot.appendChild(document.createElement("div"));
    const tip = plot.appendChild(document.createElement("div"));
    cursor.className = "cursor";
    tip.className = "tip";
    tip.setAttribute("role", "status");
    let at = -1;
    const hide = () => { cursor.hidden = tip.hidden = true; };
    const written = (value) => unit === "share" ? (value * 100).toFixed(1) + " %" : String(Number(value.toPrecision(4)));
    /** Values of every line where the axis has this value. */
    const show = (value) => {
      const left = place(frame, pixels, value) / width * plot.clientWidth;
      const [size, name] = frame.kind.unit(frame.to);
      cursor.style.left = left + "px";
      tip.replaceChildren();
      const head = tip.appendChild(document.createElement("div"));
      head.textContent = frame === frames.iterations ? "Iteration " + value : Number((value / size).toPrecision(3)) + (name && " " + name) + (frame === frames.tokens ? " tokens" : "");
      for (const cell of shownLines(chart)) {
        const here = y.get(cell)[nearest(frame.at(String(cell)), value)];
        if (here === null) continue;
        const row = tip.appendChild(document.createElement("div"));
        const dot = row.appendChild(document.createElement("i"));
        dot.style.background = crowded && cell === reference ? "var(--ink)" : colours[cell];
        row.append(written(here) + "  " + names[cell]);
      }
      cursor.hidden = tip.hidden = false;
      tip.style.left = Math.max(0, left + tip.offsetWidth + 14 > plot.clientWidth ? left - tip.offsetWidth - 8 : left + 8) + "px";
    };
    hide();
    plot.addEventListener("pointermove", (event) => {
      const share = (event.clientX - plot.getBoundingClientRect().left) / plot.clientWidth * width;
      const value = frame.from + (share - pixels[0]) / (pixels[1] - pixels[0]) * (frame.to - frame.from);
      at = nearest(frame.at(String(reference)), value);
      show(frame === frames.iterations ? x[at] : Math.min(frame.to, Math.max(frame.from, value)));
    });
    plot.addEventListener("pointerleave", hide);
    plot.addEventListener("blur", hide);
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") hide();
      if (step === undefined) return;
      event.preventDefault();
      at = Math.max(0, Math.min(x.length - 1, at + step));
      const value = frame.at(String(reference))[at];
      if (value !== null) show(value);
    });
  }

  const axisSwitch = document.querySelector(".axis-switch");
  if (axisSwitch) {
    axisSwitch.hidden = false;
    axisSwitch.addEventListener("change", (event) => {
      frame = frames[event.target.value];
      charts.forEach(redraw);
    });
  }

  const pick = document.querySelector(".pick");
  if (pick) {
    const MOST = 7;
    const input = pick.querySelector("input");
    pick.hidden = false;
    pick.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
      const found = words.length === 0 ? [] : names.flatMap((name, cell) => words.every((word) => name.toLowerCase().includes(word)) ? [cell] : []);
      picked.clear();
      for (const cell of found.slice(0, MOST)) picked.add(cell);
      const list = pick.querySelector("output");
      list.replaceChildren(words.length === 0 ? "" : found.length === 0 ? "No variant matches." : "");
      [...picked].forEach((cell) => {
        const entry = list.appendChild(document.createElement("span"));
        entry.appendChild(document.createElement("i")).style.background = colours[cell];
        entry.append(names[cell]);
      });
      if (found.length > MOST) list.append(" and " + (found.length - MOST) + " more");
      for (const { plot } of charts)
        for (const path of plot.querySelectorAll("path.faint")) {
          const cell = Number(path.dataset.line);
          path.style.cssText = picked.has(cell) ? "stroke:" + colours[cell] + ";stroke-width:2.4;opacity:1" : "";
          if (picked.has(cell)) path.parentNode.append(path);
        }
    });
  }
}
`;
