/** Long lists and tables: folded to their first lines, and found by the words of their names. */
export const listsScript = `
for (const long of document.querySelectorAll(".long")) {
  const FIRST = 10;
  const lines = [...long.querySelectorAll(long.dataset.lines)];
  const texts = lines.map((line) => (line.dataset.find || (line.querySelector("th, .who") || line).textContent).toLowerCase());
  const form = long.querySelector(".find");
  const input = form.querySelector("input");
  const output = form.querySelector("output");
  const more = long.querySelector(":scope > .more");
  const button = more.querySelector("button");
  const groups = [...long.querySelectorAll(".group")];
  let all = false;
  const update = () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let matching = 0;
    let shown = 0;
    lines.forEach((line, index) => {
      const match = words.every((word) => texts[index].includes(word));
      if (match) matching += 1;
      line.hidden = !match || (!all && words.length === 0 && groups.length === 0 && matching > FIRST);
      if (!line.hidden) shown += 1;
    });
    for (const group of groups) {
      const inside = [...group.querySelectorAll(long.dataset.lines)].filter((line) => !line.hidden).length;
      group.hidden = inside === 0;
      if (words.length > 0) group.open = true;
      else group.open = all || group.hasAttribute("data-open");
    }
    output.textContent = matching === 0 ? "None matches." : words.length > 0 ? matching + " of " + lines.length + " match" : groups.length > 0 ? lines.length + " in " + groups.length + " groups" : shown + " of " + lines.length + " shown";
    more.hidden = words.length > 0;
    button.textContent = (all ? "Show fewer of the " : groups.length > 0 ? "Unfold all " : "Show all ") + lines.length;
    button.setAttribute("aria-expanded", String(all));
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", update);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    input.value = "";
    update();
  });
  button.addEventListener("click", () => { all = !all; update(); });
  window.addEventListener("beforeprint", () => { input.value = ""; all = true; update(); });
  update();
}
`;
