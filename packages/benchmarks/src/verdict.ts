/**
 * Which of the two responses a judge's words name, 1 or 2 as shown; null: neither. In turn, the first that is there:
 *
 *     <answer> 1 </answer>                     R1-Reward's form: the first such pair of tags, nothing but 1 or 2 between
 *     [[A]] or [[B]]                           Multimodal RewardBench's, the one that comes first
 *     "better_response": "A" or "B"            Multimodal RewardBench 2's
 *     Overall Judgment: Answer 2 is better     VL-RewardBench's
 *     the last 1 or 2 that stands by itself    where no answer was marked
 *
 * R1-Reward's scripts take all but a 1 between the tags for a 2, and R1-Reward's own fallback any digit 1 or 2, also one of 12.
 */
export function verdictIn(words: string): 1 | 2 | null {
  const tagged = /<answer>(.*?)<\/answer>/s.exec(words);
  if (tagged !== null) return number(tagged[1]!.trim());
  const lettered = /\[\[(A|B)\]\]/.exec(words) ?? /"better_response"\s*:\s*"(A|B)"/.exec(words);
  if (lettered !== null) return lettered[1] === "A" ? 1 : 2;
  const plain = words.replaceAll(/[\n*]/g, " ");
  const judged = /(?:overall judgment|therefore)[^.]*?answer\s*(\d+)\s*is\s*(?:the\s*)?(?:slightly\s*)?better/i.exec(plain);
  if (judged !== null) return number(judged[1]!);
  const alone = plain.match(/(?<![\d.])[12](?![\d.]*\d)/g);
  return alone === null ? null : number(alone.at(-1)!);
}

const number = (text: string) => (text === "1" ? 1 : text === "2" ? 2 : null);
