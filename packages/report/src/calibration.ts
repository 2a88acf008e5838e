import { wilsonInterval } from "@rewardlab/statistics";
import type { Evaluation } from "./read-evaluation.ts";

/** Questions whose majority was about equally large, and how often it was right: a point of a reliability diagram. */
export interface CalibrationBin {
  /** Bounds of the majority's share of the readable votes; the upper one belongs to the bin. */
  readonly from: number;
  readonly to: number;
  /** Questions in it, over all evaluations given (a question counts once a seed). */
  readonly questions: number;
  /** Mean share of votes for the chosen answer. */
  readonly confidence: number;
  /** How often the majority was right; a tie counts one half. */
  readonly accuracy: number;
  /** 95 % by Wilson, as if questions were independent of one another; the same question under several seeds is not. */
  readonly low: number;
  readonly high: number;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  readonly questions: number;
  /** Expected calibration error: Σ (share of questions) · |accuracy − confidence|. */
  readonly error: number;
  /** Questions without a readable vote, which are left out. */
  readonly unreadable: number;
}

/** Bins of a tenth; with two responses to choose from a majority has at least half of the votes. */
const EDGES = [0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** null where no evaluation says how its votes fell, or one vote is all there is. */
export function calibrationOf(evaluations: readonly Evaluation[]): Calibration | null {
  const votes = evaluations.flatMap(votesOf);
  const readable = votes.filter(([right, wrong]) => right + wrong > 0);
  if (readable.every(([right, wrong]) => right + wrong < 2)) return null;
  const points = readable.map(([right, wrong]) => ({
    confidence: Math.max(right, wrong) / (right + wrong),
    accuracy: right > wrong ? 1 : right < wrong ? 0 : 0.5,
  }));
  const bins = EDGES.slice(1).flatMap((to, index): CalibrationBin[] => {
    const from = EDGES[index]!;
    const inside = points.filter(({ confidence }) => confidence <= to + 1e-9 && (confidence > from + 1e-9 || index === 0));
    if (inside.length === 0) return [];
    const accuracy = mean(inside.map((point) => point.accuracy));
    const { low, high } = wilsonInterval(Math.round(accuracy * inside.length), inside.length);
    return [
      { from, to, questions: inside.length, confidence: mean(inside.map((point) => point.confidence)), accuracy, low, high },
    ];
  });
  return {
    bins,
    questions: points.length,
    error: bins.reduce((sum, bin) => sum + (bin.questions / points.length) * Math.abs(bin.accuracy - bin.confidence), 0),
    unreadable: votes.length - readable.length,
  };
}

/** Votes of each question, for the better response and for the other. Where only accuracies were kept, they say it if every vote was readable. */
function votesOf({ votesPerItem, perItem, samples, unreadable }: Evaluation): readonly (readonly [number, number])[] {
  if (votesPerItem.length > 0) return votesPerItem;
  if (unreadable !== 0 || samples === null) return [];
  return perItem.map((share) => [Math.round(share * samples), samples - Math.round(share * samples)]);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
