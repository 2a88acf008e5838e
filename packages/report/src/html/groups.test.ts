import { test } from "uvu";
import * as assert from "uvu/assert";
import { plainGrid } from "../testing/plain-grid.ts";
import { cellGroups } from "./groups.ts";

const runs = [0.5];

test("cellGroups: by what cells are compared with, else by a factor, else by the settings they change", () => {
  const arms = plainGrid([{ name: "a", runs }, { name: "b", runs }, { name: "b2", against: "b", runs }]); // prettier-ignore
  assert.equal([...cellGroups(arms)], [["a", "against the baseline"], ["b", "against the baseline"], ["b2", "against b"]]); // prettier-ignore

  const levels = ["1", "2"].map((depth) => ({ name: `depth ${depth}`, levels: { depth }, runs }));
  const axis = plainGrid([{ name: "base", runs }, ...levels], [{ name: "depth", kind: "axis", levels: ["1", "2"] }]);
  assert.equal([...cellGroups(axis).values()], ["depth = none", "depth = 1", "depth = 2"]);

  const [base, ...others] = plainGrid(["base", "x", "y"].map((name) => ({ name, runs }))).cells;
  const changed = others.map((cell, index) => ({ ...cell, changes: [{ path: `stages[2].rl.${["loss.ratio", "kl.coefficient"][index]}`, baseline: 1, value: 2 }] })); // prettier-ignore
  assert.equal([...cellGroups({ cells: [base!, ...changed], factors: [] }).values()], ["no setting", "rl.loss", "rl.kl"]);
});

test.run();
