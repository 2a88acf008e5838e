import type { Dataset, Engine, ItemOutline, Split } from "../../kinds.ts";
import type { Stage } from "../../stage.ts";
import { anything, shown } from "../guard.ts";
import type { Guard, Wrong } from "../guard.ts";
import { areTexts, field, firstWrong, isCount, isText, objectWith } from "./expect.ts";

// What a run is made of besides the method itself: data, stages, engines.

const splitGuard: Guard<Split> = {
  what: "a split",
  methods: { item: { check: itemProblem }, outline: { check: itemProblem }, prefetch: anything },
  mayLack: ["prefetch"],
  fields: { length: field(isCount, "how many items it has") },
};

function itemProblem(item: ItemOutline, index: number): Wrong | null {
  const expected = "{ id, images, question, responses: [text, text], preferred }";
  const of = `item ${index}`;
  return firstWrong(
    () => (typeof item === "object" && item !== null ? null : { gave: `gave ${shown(item)} for ${of}`, expected }),
    () => (isText(item.id) ? null : { gave: `gave ${of} without an id`, expected }),
    () => (Array.isArray(item.images) ? null : { gave: `gave ${of} without images (an empty list: none)`, expected }),
    () => (isText(item.question) ? null : { gave: `gave ${of} without a question`, expected }),
    () =>
      areTexts(item.responses) && (item.responses as readonly string[]).length === 2
        ? null
        : { gave: `gave ${of} without two responses`, expected },
  );
}

export const datasetGuard: Guard<Dataset> = {
  what: "a dataset",
  methods: { open: { check: (split) => objectWith(split, "a split"), gives: splitGuard } },
  fields: { hash: field(isText, "a text"), splits: field(areTexts, "a list of names") },
};

export const stageGuard: Guard<Stage> = {
  what: "a stage",
  tellsOfOthers: true,
  methods: {
    run: {
      check: (outcome) =>
        outcome?.status === "done" || outcome?.status === "collapsed"
          ? null
          : {
              gave: `gave ${outcome ? `the status ${shown(outcome.status)}` : shown(outcome)}`,
              expected: '{ status: "done" | "collapsed", … }',
            },
    },
  },
};

export const engineGuard: Guard<Engine> = {
  what: "an engine",
  tellsOfOthers: true,
  methods: {
    probe: { check: (report) => objectWith(report, "{ name, available, detail }") },
    start: anything,
  },
  fields: { name: field(isText, "a text") },
};
