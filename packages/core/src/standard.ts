import type { Component } from "./plugin/component.ts";
import { batchNormalise } from "./components/advantage/batch-normalise.ts";
import { advantageClip } from "./components/advantage/clip.ts";
import { discountedReturn } from "./components/advantage/discounted-return.ts";
import { gae } from "./components/advantage/gae.ts";
import { groupCentre } from "./components/advantage/group-centre.ts";
import { groupNormalise } from "./components/advantage/group-normalise.ts";
import { klPenaltyStep } from "./components/advantage/kl-penalty.ts";
import { leaveOneOut } from "./components/advantage/leave-one-out.ts";
import { scoreClip } from "./components/advantage/score-clip.ts";
import { spreadWithKl } from "./components/advantage/spread-with-kl.ts";
import { spread } from "./components/advantage/spread.ts";
import { whiten } from "./components/advantage/whiten.ts";
import { constantLength } from "./components/aggregate/constant-length.ts";
import { sequenceMean } from "./components/aggregate/sequence-mean.ts";
import { sequenceSum } from "./components/aggregate/sequence-sum.ts";
import { tokenMean } from "./components/aggregate/token-mean.ts";
import { tokenSum } from "./components/aggregate/token-sum.ts";
import { klAbs } from "./components/kl/abs.ts";
import { klK1 } from "./components/kl/k1.ts";
import { klK2 } from "./components/kl/k2.ts";
import { klK3 } from "./components/kl/k3.ts";
import { adamw } from "./components/optimizer/adamw.ts";
import { sgd } from "./components/optimizer/sgd.ts";
import { clampedRatio } from "./components/ratio/clamped.ts";
import { sequenceTokenRatio } from "./components/ratio/sequence-token.ts";
import { sequenceRatio } from "./components/ratio/sequence.ts";
import { tokenRatio } from "./components/ratio/token.ts";
import { allSampler } from "./components/sampler/all.ts";
import { dynamicSampler } from "./components/sampler/dynamic.ts";
import { overlongSampler } from "./components/sampler/overlong.ts";
import { constant } from "./components/schedule/constant.ts";
import { cosine } from "./components/schedule/cosine.ts";
import { linearWarmup } from "./components/schedule/linear-warmup.ts";
import { cispoSurrogate } from "./components/surrogate/cispo.ts";
import { clipSurrogate } from "./components/surrogate/clip.ts";
import { dualClipSurrogate } from "./components/surrogate/dual-clip.ts";
import { formulaSurrogate } from "./components/surrogate/formula.ts";
import { plainSurrogate } from "./components/surrogate/plain.ts";
import { twoSidedClipSurrogate } from "./components/surrogate/two-sided-clip.ts";
import { evaluateStage } from "./training/evaluate/stage.ts";
import { compareScoresStage } from "./training/pairs/compare-scores.ts";
import { rewardHeadStage } from "./training/pairs/reward-head.ts";
import { rlStage } from "./training/rl/stage.ts";
import { sftStage } from "./training/sft/stage.ts";

/** The field's standard components, which every experiment may name without listing a plugin. The cli registers them as it does any plugin's. */
export const standardComponents: readonly Component[] = [
  // stages
  sftStage,
  rlStage,
  evaluateStage,
  rewardHeadStage,
  compareScoresStage,
  // scores → scores
  scoreClip,
  klPenaltyStep,
  groupCentre,
  groupNormalise,
  batchNormalise,
  leaveOneOut,
  // scores → tokens
  discountedReturn,
  gae,
  spread,
  spreadWithKl,
  // tokens → tokens
  whiten,
  advantageClip,
  // what of a rollout trains
  allSampler,
  dynamicSampler,
  overlongSampler,
  // policy loss: ratio → surrogate → aggregate
  tokenRatio,
  clampedRatio,
  sequenceRatio,
  sequenceTokenRatio,
  clipSurrogate,
  dualClipSurrogate,
  twoSidedClipSurrogate,
  cispoSurrogate,
  plainSurrogate,
  formulaSurrogate,
  tokenMean,
  tokenSum,
  sequenceMean,
  sequenceSum,
  constantLength,
  klK1,
  klK2,
  klK3,
  klAbs,
  adamw,
  sgd,
  constant,
  linearWarmup,
  cosine,
];
