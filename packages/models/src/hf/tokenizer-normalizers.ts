import type { Step } from "./tokenizer-repairs.ts";

/** A normalizer of `@huggingface/tokenizers`. */
export interface NormalizerPart {
  (text: string): string;
  /** A sequence's. */
  readonly normalizers?: readonly NormalizerPart[];
  normalize(text: string): string;
}

const replace = (regex: string, content: string): Step => ({ type: "Replace", pattern: { Regex: regex }, content });

/** A normalizer's description, with a step that the library lacks written as others; at any depth. */
export function repairedNormalizer(step: Step | null): Step | null {
  if (step === null) return null;
  if (step.type === "Sequence")
    return { ...step, normalizers: (step["normalizers"] as Step[]).map((part) => repairedNormalizer(part)!) };
  if (step.type !== "Nmt") return step;
  return {
    type: "Sequence",
    normalizers: [
      replace("[\\x01-\\x08\\x0B\\x0E-\\x1F\\x7F\\u008F\\u009F]", ""),
      replace("[\\t\\n\\x0C\\r\\u1680\\u200B-\\u200F\\u2028\\u2029\\u2581\\uFEFF\\uFFFD]", " "),
    ],
  };
}

/** Makes the part that was made of `step` do as Rust's does, at any depth. */
export function repairNormalizer(step: Step | null, part: NormalizerPart | null): void {
  if (step === null || part === null) return;
  if (step.type === "Sequence")
    (step["normalizers"] as Step[]).forEach((inner, index) => repairNormalizer(inner, part.normalizers![index]!));
  else if (step.type === "Lowercase") part.normalize = lowercase;
  else if (step.type === "BertNormalizer") part.normalize = (text) => bert(text, step);
}

/** Character by character: a capital sigma at a word's end is no special case. */
const lowercase = (text: string) => [...text].map((character) => character.toLowerCase()).join("");

const removed = /(?![\t\n\r])[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
/** The blocks that BERT puts spaces around. */
const ideograph =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

/** Rust's BertNormalizer; accents go before capitals do, and with them unless told otherwise. */
function bert(text: string, options: Step): string {
  let normal = text;
  if (options["clean_text"] === true) normal = normal.replace(removed, "").replace(/\p{White_Space}/gu, " ");
  if (options["handle_chinese_chars"] === true) normal = normal.replace(ideograph, " $& ");
  if (options["strip_accents"] ?? options["lowercase"]) normal = normal.normalize("NFD").replace(/\p{Mn}/gu, "");
  return options["lowercase"] === true ? lowercase(normal) : normal;
}
