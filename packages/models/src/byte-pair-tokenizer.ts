import { InputError } from "@rewardlab/core";
import { hfTokenizer } from "./hf/tokenizer.ts";
import { controls, numbers } from "./tokenizer.ts";
import type { WordTokenizer } from "./tokenizer.ts";

/**
 * What `rewardlab tokenizer train` learnt, as tiny-vlm reads it: any text in fewer tokens than its bytes. Tags are tokens in responses, and text in questions and
 * in the responses that are compared; control tokens are never read from a text. Throws `InputError` (RL_TOKENIZER) for one without tiny-vlm's names.
 */
export function bytePairTokenizer(json: unknown, where: string): WordTokenizer {
  const settings = { where, endIds: [], padId: 0 }; // where a response ends tiny-vlm says, by the name
  const whole = hfTokenizer(json, settings);
  const fields = hfTokenizer({ ...(json as object), added_tokens: [] }, settings);
  const names = [...controls, ...numbers.filter((name) => name.length > 1)];
  const lacking = names.filter((name) => whole.idOf(name) === undefined);
  if (lacking.length > 0)
    throw new InputError(
      "RL_TOKENIZER",
      `${where}: has no ${lacking.join(", ")}, expected a tokenizer that \`rewardlab tokenizer train\` wrote`,
    );
  const [padId, beginId, judgeId, endId, first, second] = names.map((name) => whole.idOf(name)!) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    size: whole.size,
    padId,
    endId,
    beginId,
    judgeId,
    markerIds: [first, second],
    encode: whole.encodeText,
    encodeField: fields.encodeText,
    decode: whole.decode,
  };
}
