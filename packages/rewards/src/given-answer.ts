import { readAnswer, withoutThoughts } from "@rewardlab/core";
import { isUnit } from "./math/units.ts";

/**
 * The answer that a response gives: the last \boxed{…} in <answer>, or all of <answer>; in a response without <answer>, the last \boxed{…} after
 * the thought. null where there is none. Whatever stands in a thought, closed or not, is no answer.
 *
 * Words right before or behind the box belong to it where they may change it: \boxed{5} million, "not \boxed{5}", "\boxed{5} is wrong".
 */
export function givenAnswer(response: string): string | null {
  const outside = withoutThoughts(response);
  if (!outside.includes("<answer>")) return boxed(outside);
  const answer = readAnswer(response);
  const text = answer === null ? null : (boxed(answer) ?? answer);
  return text === null || text.trim() === "" ? null : text;
}

function boxed(text: string): string | null {
  const boxes = outermostBoxes(text);
  const last = boxes.at(-1);
  if (last === undefined || last.content === "") return null;
  let first = boxes.length - 1;
  while (first > 0 && joining.test(text.slice(boxes[first - 1]!.end, boxes[first]!.start))) first -= 1;
  const content = boxes
    .slice(first)
    .map((box) => box.content)
    .join(", ");
  const start = boxes[first]!.start;
  const before = /(?:^|[.;:!?\n,])([^.;:!?\n,]*)$/.exec(text.slice(Math.max(0, start - 80), start))?.[1] ?? "";
  const behind = /^(?:\s|\$|\\[)\]]|\*)*([^.;:!?\n,]{0,80})/.exec(text.slice(last.end))?.[1] ?? "";
  const words = behind.replace(/[$*]|\\[)\]]/g, " ").trim();
  if (denial.test(before)) return `not ${content}`;
  if (denial.test(words) || changing.test(words)) return `${content} ${words}`;
  const unit = /^(?:\\text\s*\{\s*)?([A-Za-z]{2,})/.exec(words)?.[1];
  return unit !== undefined && isUnit(unit) ? `${content}\\text{ ${unit}}` : content;
}

/** Between the boxes of one list: \boxed{1}, \boxed{2} and \boxed{3}. */
const joining = /^(?=[^]*(?:,|and|or))(?:[\s$,*]|\\[()[\]]|\\q?quad|\\text\s*\{\s*,?\s*(?:and|or)\s*\}|\b(?:and|or)\b)+$/;
const denial = /\b(?:not|never|neither|nor|wrong|incorrect|false|untrue|cannot|rather than|instead of)\b|n['’]t\b/i;
const changing =
  /^(?:\\text\s*\{\s*)?(?:hundred|thousand|million|billion|trillion|quadrillion|dozen|score|lakh|crore|squared|cubed|half|halves|thirds?|quarters?|percent|pct|%|\\%|or\b|to\b|[-+*/^!]|\\(?:times|cdot|pm)\b)/i;

interface Box {
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

/** The boxes that close and stand in no other, in order. One pass, however many there are. */
function outermostBoxes(text: string): Box[] {
  const boxes = new Map(
    [...text.matchAll(/\\f?box(?:ed)?\s*(?=\{)/g)].map(({ index, 0: command }) => [index + command.length, index]),
  );
  const open: number[] = [];
  const found: { from: number; to: number }[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "{") open.push(at);
    else if (text[at] === "}") {
      const from = open.pop();
      if (from === undefined || !boxes.has(from)) continue;
      while (found.length > 0 && found.at(-1)!.from > from) found.pop();
      found.push({ from, to: at });
    }
  }
  return found.map(({ from, to }) => ({ start: boxes.get(from)!, end: to + 1, content: text.slice(from + 1, to).trim() }));
}
