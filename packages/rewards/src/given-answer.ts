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
  const box = lastBox(text);
  if (box === null || box.content === "") return null;
  const before = /(?:^|[.;:!?\n,])([^.;:!?\n,]*)$/.exec(text.slice(Math.max(0, box.start - 80), box.start))?.[1] ?? "";
  const behind = /^(?:\s|\$|\\[)\]]|\*)*([^.;:!?\n,]{0,80})/.exec(text.slice(box.end))?.[1]?.trim() ?? "";
  const words = behind.replace(/[$*]|\\[)\]]/g, " ").trim();
  if (denial.test(before)) return `not ${box.content}`;
  if (denial.test(words) || changing.test(words)) return `${box.content} ${words}`;
  const unit = /^(?:\\text\s*\{\s*)?([A-Za-z]{2,})/.exec(words)?.[1];
  return unit !== undefined && isUnit(unit) ? `${box.content}\\text{ ${unit}}` : box.content;
}

const denial = /\b(?:not|never|neither|nor|wrong|incorrect|false|untrue|cannot|rather than|instead of)\b|n['’]t\b/i;
const changing =
  /^(?:\\text\s*\{\s*)?(?:hundred|thousand|million|billion|trillion|quadrillion|dozen|score|lakh|crore|squared|cubed|half|halves|thirds?|quarters?|percent|%|\\%|or\b|to\b|[-+*/^!]|\\(?:times|cdot|pm)\b)/i;

/** The outermost of the boxes that close, the last of them. One pass, however many there are. */
function lastBox(text: string): { start: number; end: number; content: string } | null {
  const boxes = new Map(
    [...text.matchAll(/\\f?box(?:ed)?\s*(?=\{)/g)].map(({ index, 0: command }) => [index + command.length, index]),
  );
  const open: number[] = [];
  let last: { from: number; to: number } | null = null;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "{") open.push(at);
    else if (text[at] === "}") {
      const from = open.pop();
      if (from !== undefined && boxes.has(from) && (last === null || from > last.to || from < last.from)) last = { from, to: at };
    }
  }
  return last === null
    ? null
    : { start: boxes.get(last.from)!, end: last.to + 1, content: text.slice(last.from + 1, last.to).trim() };
}
