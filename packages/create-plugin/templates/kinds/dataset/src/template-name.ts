import { dataset, InputError, splitOf } from "@rewardlab/core";
import { z } from "zod";

const size = { width: 8, height: 8 };

/**
 * Plain grey pictures, and which of two words fits.
 *
 *     shade(i) = 37 i + c  mod 256          c: another one in each split, so that none has the other's pictures
 *     bright where shade > 127, else dark
 *
 * Which of the two responses is the right one goes round, so that no habit is right more than half of the time.
 */
export const templateName = dataset({
  name: "template-name",
  summary: "plain grey pictures, and whether they are dark or bright",
  options: z.strictObject({
    train: z.int().positive().default(96).describe("items in the split train"),
    test: z.int().positive().default(32).describe("items in the split test"),
  }),
  create: ({ train, test }) => ({
    hash: `template-name 1, ${train}, ${test}`, // stands for all that the items depend on: of files their bytes
    splits: ["train", "test"],
    async open(split) {
      if (split !== "train" && split !== "test")
        throw new InputError("RL_DATASET_SPLIT", `template-name: no split ${split}; the splits are train, test`);
      const [length, offset] = split === "train" ? [train, 0] : [test, 18];
      // Few and small, so all are in memory. Where they aren't: { length, item(index), outline(index) }, which read one when it is asked for.
      return splitOf(
        Array.from({ length }, (_, index) => {
          const shade = (37 * index + offset) % 256;
          const [right, wrong] = shade > 127 ? ["bright", "dark"] : ["dark", "bright"];
          const first = index % 4 < 2;
          return {
            id: `${split}-${index}`,
            images: [
              {
                path: `${split}-${index}.png`,
                pixels: { ...size, data: new Uint8Array(3 * size.width * size.height).fill(shade) },
              },
            ],
            question: "is it dark or bright ?",
            responses: first ? [right, wrong] : [wrong, right],
            preferred: first ? 1 : 2,
            kind: "shade",
            answer: right,
            thought: `it is ${right} so response-${first ? 1 : 2} is better`, // what a cold start learns to write
          };
        }),
      );
    },
  }),
});
