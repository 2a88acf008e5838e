import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { RandomStream } from "@rewardlab/statistics/random";
import type { Compiler } from "./services/compiler.ts";

/**
 * What a plugin of each kind must be. Shapes: P prompts, G responses per prompt, B = P·G responses, T response tokens, V vocabulary.
 * Per-token tensors are [B, T], right-padded, with `mask` 1 on response tokens (EOS included).
 * All of them get whole batches as tensors and own what they return; none reads the experiment, the disk or another component's state.
 */

// ---------------------------------------------------------------- advantage

/** What a step of the advantage chain may look at besides the values that flow through it. */
export interface AdvantageBatch {
  /** 1 on response tokens. [B, T] */
  readonly mask: Tensor2D;
  /** Responses with the same number answer the same prompt. int32 [B] */
  readonly groupIds: Tensor1D;
  /** The score of each response, before any step. [B] */
  readonly scores: Tensor1D;
  /** β·KL to take off the token rewards, where the KL penalty is in the reward; null elsewhere. [B, T] */
  readonly klPenalty: Tensor2D | null;
  /** The critic's value of the state before each token; null where the experiment has no critic. [B, T] */
  readonly values: Tensor2D | null;
  /** Given token rewards (only `rewardlab probe` sets them); null: score at the last token, less klPenalty. [B, T] */
  readonly tokenRewards: Tensor2D | null;
  /** What the chain's scores-to-tokens step made: returns, before whitening. null until then. [B, T] */
  readonly returns: Tensor2D | null;
}

/**
 * One step of the advantage chain. `takes` and `gives` stand on the definition (see `advantageStep`), so that a chain that doesn't fit
 * is refused before anything runs. Runs once an iteration, outside the gradient tape and outside compiled functions.
 */
export interface AdvantageStep {
  /** values: [B] where the step takes scores, [B, T] where it takes tokens. */
  apply(values: Tensor, batch: AdvantageBatch): Tensor;
  /** Says of a scores-to-tokens step that it makes token rewards of the scores it takes; those are then the ones the chain reports. */
  readonly makesTokenRewards?: boolean;
  /** The returns behind what a scores-to-tokens step gave, where the two differ: a critic's targets. Without it they are the same. [B, T] */
  returnsOf?(given: Tensor2D, batch: AdvantageBatch): Tensor2D;
  /** The definition's, which `advantageStep` hands on: it takes klPenalty off what flows through it, so later steps of the chain are given none. */
  readonly takesKlPenalty?: boolean;
  /** Says that what one response holds may change the result of every other: a statistic of the whole batch. Without it, of its own group at most. */
  readonly comparesBatch?: boolean;
}
/** What flows through the advantage chain: scores, one number a response [B], or tokens, one number a token [B, T]. */
export type AdvantageLevel = "scores" | "tokens";

// ---------------------------------------------------------------- policy loss: ratio → surrogate → aggregate

/** What a ratio is made of: log-probabilities now and at the rollout. */
export interface RatioBatch {
  readonly logProbs: Tensor2D; // [B, T], differentiated
  readonly oldLogProbs: Tensor2D; // [B, T]
  readonly mask: Tensor2D; // [B, T]
}
/**
 * What a part of the policy loss may say of itself where it is, on purpose, less than its kind promises. The conformance tests hold it to the rest.
 */
export interface Reservations {
  /** NaN or ±∞ for finite inputs beyond float32's range (exp from 88.7 on), in value or gradient. They are counted: `nonFinite…`. */
  readonly overflows?: boolean;
  /** The inputs in which its gradient is not the derivative of its value. */
  readonly stopsGradient?: readonly ("logProbs" | "ratio")[];
}

/** How π/π_old is formed. Pure and differentiable in logProbs; finite wherever mask is 0. Row by row. */
export interface Ratio extends Reservations {
  apply(batch: RatioBatch): Tensor2D; // [B, T]
}

/** What the loss of a token may look at. */
export interface SurrogateBatch extends RatioBatch {
  readonly ratio: Tensor2D; // [B, T]
  readonly advantages: Tensor2D; // [B, T]
  readonly refLogProbs: Tensor2D; // [B, T]; equal to oldLogProbs where no reference is used
  /** Random numbers from 0 up to 1, new ones for each update, for a surrogate that says `draws`; absent or null elsewhere. Its chance comes from nowhere else. [B, T] */
  readonly draws?: Tensor2D | null;
}
/** The loss of every token (to be minimised). Pure and differentiable through ratio and logProbs. Row by row, unless it says `comparesBatch`. */
export interface Surrogate extends Reservations {
  /** The definition's, which `surrogate` hands on: a token's loss depends on the whole minibatch, which it is then given at once. */
  readonly comparesBatch?: boolean;
  /** The definition's, which `surrogate` hands on: it needs `draws`. */
  readonly draws?: boolean;
  apply(batch: SurrogateBatch): Tensor2D; // [B, T]
}

/** What a correction looks at: the same tokens under three policies. Constants all: no gradient flows through a correction. */
export interface CorrectionBatch extends RatioBatch {
  /** log π_rollout: what the sampler said when the tokens were drawn. `oldLogProbs` is what the trainer said of them before the first update. [B, T] */
  readonly rolloutLogProbs: Tensor2D;
  readonly advantages: Tensor2D; // [B, T]
}
/** What a correction makes of the token losses: each times its weight where the mask is 1, 0 elsewhere. */
export interface Corrected {
  readonly weights: Tensor2D; // [B, T]
  /** 0 or 1. What is dropped still counts in the aggregate's divisors. [B, T] */
  readonly mask: Tensor2D;
}
/** Weights of the token losses for what the sampler and the trainer, or an older policy and the present one, disagree on. Pure. Row by row. */
export interface Correction {
  apply(batch: CorrectionBatch): Corrected;
}

/** What a loss mask may look at. */
export interface LossMaskBatch {
  /** −Σ p ln p of the distribution that each response token was drawn from, under the policy before the first update. [B, T] */
  readonly entropies: Tensor2D;
  readonly mask: Tensor2D; // [B, T]
}
/**
 * Which response tokens train: 1 for those, 0 elsewhere, [B, T]. The others' losses are 0, and still count in the aggregate's divisors. Pure. It sees all
 * the responses of a rollout that train, together, once, before the updates and outside compiled functions: micro-batches don't change it.
 */
export interface LossMask {
  apply(batch: LossMaskBatch): Tensor2D; // [B, T]
}

/** Counts over the whole batch that one optimizer step uses, so that micro-batches add up to exactly the loss of the whole. */
export interface BatchTotals {
  /** Like the other counts a scalar where the loss is compiled (it changes from step to step), a number elsewhere: tf's functions take both. */
  readonly tokens: number | Scalar; // []
  readonly sequences: number | Scalar; // []
  readonly nonEmptySequences: number | Scalar; // []
  /** The most tokens that a response may have: rollout.maxNewTokens; in `rewardlab probe`, the width of the batch. */
  readonly width: number;
}
/** From token losses to the loss. Linear in tokenLoss; the micro-batches' results are summed. */
export interface Aggregate {
  apply(tokenLoss: Tensor2D, mask: Tensor2D, totals: BatchTotals): Scalar; // []
}

/** A per-token estimator of KL(π ‖ π_ref), 0 where the two are equal. Pure and differentiable in logProbs. */
export interface Kl extends Reservations {
  apply(logProbs: Tensor2D, refLogProbs: Tensor2D): Tensor2D; // [B, T]
}

// ---------------------------------------------------------------- pairs

/** The scores that a reward head gives the two responses of some pairs. */
export interface ScoredPairs {
  /** Of the better response of each pair. [P] */
  readonly chosen: Tensor1D;
  /** Of the other one. [P] */
  readonly rejected: Tensor1D;
  /** By how much the better one should be ahead, where the data say it; null elsewhere. [P] */
  readonly margins: Tensor1D | null;
}
/** The loss of every pair (to be minimised); the loss is their mean. Pure and differentiable in both scores. Pair by pair. */
export interface PairLoss {
  apply(pairs: ScoredPairs): Tensor1D; // [P]
}

// ---------------------------------------------------------------- data

/** A picture's size in pixels, known without decoding it. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Decoded pixels, RGB, row by row. */
export interface Pixels extends PictureSize {
  readonly data: Uint8Array;
}

/** Which of an item's two responses is the better one, by its number; tie: neither. */
export type Preferred = 1 | 2 | "tie";

/** A preference item without its pictures' pixels: little enough to read, and to keep, of every item of a split. */
export interface ItemOutline {
  readonly id: string;
  /** Where it is written, for messages: train.jsonl:17. */
  readonly where?: string;
  /** Any number of pictures, none included. */
  readonly images: readonly { readonly path: string; readonly pixels: PictureSize }[];
  readonly question: string;
  readonly responses: readonly [string, string];
  readonly preferred: Preferred;
  /** The chain of thought that a cold start may learn from (without tags). */
  readonly thought?: string;
  /** Further things a cold start may learn to write, by name: the whole response, or one to another question (e.g. a caption). */
  readonly targets?: Readonly<Record<string, Target>>;
  /** For break-downs: the kind of question, and the true answer in a word. */
  readonly kind?: string;
  readonly answer?: string;
  /** Items that belong together, e.g. questions about one picture: ACC+ counts them together, and intervals draw them together. */
  readonly group?: string;
  /** What else the data say of it, by column, for rules that know what it means. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** One preference question: pictures, a question, two responses, and which of them is better. */
export interface PreferenceItem extends ItemOutline {
  readonly images: readonly { readonly path: string; readonly pixels: Pixels }[];
}

/** A response to the item itself, or to a question of its own about the same image; with `compares`, the item's two responses are shown to it as well. */
export type Target = string | { readonly question: string; readonly response: string; readonly compares?: boolean | undefined };

/** A split's items by their place, 0 to length − 1. Nothing needs all of them in memory; `splitOf` makes one of items that are. */
export interface Split {
  readonly length: number;
  /** The same item each time; its pictures are decoded now. */
  item(index: number): Promise<PreferenceItem>;
  /** The same without decoding a picture. */
  outline(index: number): Promise<ItemOutline>;
  /**
   * Items that are asked for next, so that their pictures can be decoded while the policy is trained on others. It returns at once, changes nothing of what
   * `item` gives, and what goes wrong is told by `item`. As many are made ready as there is room for.
   */
  prefetch?(indices: readonly number[]): void;
}

/** Preference items, by split and place. It reads nothing before it is asked for. */
export interface Dataset {
  /** A hash of everything the items depend on: equal hashes mean equal items. */
  readonly hash: string;
  /** Names of the splits, e.g. train, test. */
  readonly splits: readonly string[];
  /** What else is worth knowing of the data, as JSON holds it, for a run's provenance: the formats that were recognised, the rows that were left out. */
  readonly details?: unknown;
  /** Checks what can be checked before the first item is used; refuses a split that isn't there. */
  open(split: string): Promise<Split>;
}

// ---------------------------------------------------------------- reward

/** Why a rule could not tell. Never turned into 0. */
export interface Invalid {
  readonly invalid: string;
}
/** A rule's outcome for one response: a number, or that it could not tell and why. */
export type RewardOutcome = number | Invalid;

/** Responses to be scored, each with the item it answers. */
export interface RewardBatch {
  /** What the policy wrote, B texts, tags included, without EOS and padding. */
  readonly responses: readonly string[];
  /** The item each response answers, B of them. */
  readonly items: readonly PreferenceItem[];
  /** Aborted when the run is to stop: a rule that waits for somebody then throws `Interrupted` (`eachResponse` does). */
  readonly signal?: AbortSignal;
}
/** A rule's outcome for each response. A rule that throws stops the run. */
export interface Reward {
  /** Says that a response's outcome depends on the others of the batch. Without it, on its own text and item alone. */
  readonly comparesBatch?: boolean;
  score(batch: RewardBatch): readonly RewardOutcome[] | Promise<readonly RewardOutcome[]>;
}

// ---------------------------------------------------------------- sampler

/** The scored responses of an iteration, on the host. Their tokens are there for samplers that say `seesTokens`. */
export interface SamplerBatch extends Partial<SampledTokens> {
  readonly scores: Float32Array; // [B], NaN where a rule could not tell
  readonly groupIds: Int32Array; // [B]
  /** Response tokens, EOS included. */
  readonly lengths: Int32Array; // [B]
  /** True where the response was cut off at maxNewTokens, before EOS. */
  readonly truncated: readonly boolean[]; // [B]
  readonly maxNewTokens: number;
}
/** The responses themselves. */
export interface SampledTokens {
  readonly responseIds: Int32Array; // [B, T], right-padded
  readonly mask: Float32Array; // [B, T]
  /** Of the policy that sampled, at the rollout's temperature. */
  readonly logProbs: Float32Array; // [B, T]
}
/** What a sampler makes of a rollout: its scores, what doesn't train, and which groups fresh prompts replace. */
export interface SamplerChoice {
  readonly scores: Float32Array; // [B]
  /** Responses whose tokens the loss leaves out; their scores still count in their group. */
  readonly masked: readonly boolean[]; // [B]
  /** Ids of groups that responses to fresh prompts should replace, while there are rounds left. */
  readonly replaced: ReadonlySet<number>;
}
/** What of a rollout trains, and with which scores. Runs once for each rollout of an iteration, on the host. */
export interface Sampler {
  /** How many rollouts an iteration may take in all: 1 where nothing is ever replaced. */
  readonly rounds: number;
  /** Says that it reads the responses' tokens: `responseIds`, `mask` and `logProbs` are then there. */
  readonly seesTokens?: boolean;
  apply(batch: SamplerBatch): SamplerChoice;
}

// ---------------------------------------------------------------- model

/** Tensors of a model or an optimizer, by name. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** Texts as ids of a vocabulary of `size` tokens, and back. */
export interface Tokenizer {
  readonly size: number;
  readonly padId: number;
  /** The token that ends a response; -1: none does, and each is as long as it may be. */
  readonly endId: number;
  /** Every token that ends a response, where there are several; `endId` is the one that is taught. Absent: `endId` alone. */
  readonly endIds?: readonly number[];
  encode(text: string): number[];
  /** The exact inverse of encode. */
  decode(ids: readonly number[]): string;
  /** The tokens as the vocabulary spells them. Absent: each is what it decodes to. */
  pieces?(ids: readonly number[]): readonly string[];
}

/**
 * Prompts as one model reads them: any number of pictures, any size, any length. It is the model's own, and nobody else looks inside. A plain object; the
 * tensors in it, at any depth of objects and arrays, go through compiled functions and are freed with `tf.dispose`.
 */
export type ModelBatch = object;

/** Responses whose log-probabilities a model is asked for. */
export interface ResponseBatch {
  readonly responseIds: Tensor2D; // int32 [B, T], right-padded
  readonly mask: Tensor2D; // [B, T]
}

/** How responses are sampled. Softmax over all tokens at the temperature; at 0 the most likely token each time. */
export interface GenerateOptions {
  readonly samplesPerPrompt: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly random: RandomStream;
  /**
   * Called and awaited after each step with the tokens that rows got in it, by row: an answer can be shown while it is made, and the event loop has its turn.
   * Gives the rows that need no more: they end there, without an end token. Absent: nobody listens. A model whose steps nobody sees doesn't call it.
   */
  readonly onStep?: (drawn: ReadonlyMap<number, readonly number[]>) => Promise<readonly number[]>;
}

/** Sampled responses on the host: B rows of maxNewTokens, right-padded. Row p·G + g answers prompt p. */
export interface Generated {
  readonly tokens: number;
  readonly responseIds: Int32Array; // [B, T]
  readonly mask: Float32Array; // [B, T]
  readonly logProbs: Float32Array; // [B, T], under the sampling distribution (temperature applied)
}

/**
 * A vision-language policy whose weights our engine holds. Its functions are pure in (parameters, inputs); the caller owns the tensors.
 * What may be left out means what is written beside it.
 */
export interface Model<Batch extends ModelBatch = ModelBatch> {
  /** Tells it from a `RemoteModel`, which has a kind. */
  readonly kind?: undefined;
  readonly tokenizer: Tokenizer;
  initialParameters(random: RandomStream): Parameters;
  /** Parameters from files that the options name, where the model begins with those. Absent: `initialParameters`. */
  load?(random: RandomStream): Promise<Parameters>;
  /** Stands for the contents of all that `load` reads, as a dataset's hash does for its items. Absent: the options say it all. */
  readonly hash?: string;
  /**
   * Whether a parameter is trained. The others get no gradient and no optimizer state, and stay as they were. Absent: all are. With `load`, checkpoints and
   * artefacts hold those that train alone: the others must be what `load` gives, whatever its random numbers.
   */
  trains?(name: string): boolean;
  /**
   * Writes the parameters as others read them, e.g. as a Hugging Face folder; `folder` exists and is empty. "adapter": what was trained beside a frozen base,
   * alone; throws `InputError` where there is no such thing. Absent: safetensors alone.
   */
  exportTo?(parameters: Parameters, folder: string, what?: "whole" | "adapter"): Promise<void>;
  /** Puts P items in the form the model reads. An item whose two responses are empty compares nothing: only its question is asked. */
  prompts(items: readonly PreferenceItem[]): Batch;
  /** How many tokens an item's prompt takes, pictures included. Reads no pixel. Throws `InputError` for an item that `prompts` refuses whatever its length. */
  promptLength(item: ItemOutline): number;
  /** The most tokens that a prompt may have where it has room of its own, and the option that says so. Absent: only contextLength limits it. */
  readonly promptLimit?: { readonly tokens: number; readonly option: string };
  /** The most tokens that a prompt and its response may have together; Infinity: any number. */
  readonly contextLength: number;
  /** Tokens that no response may have, e.g. those that stand for pictures: their probability is 0 in `generate` and in `logProbs`. Absent: none. */
  readonly neverGenerated?: readonly number[];
  /**
   * Log-probabilities of the response tokens, logits divided by temperature. Differentiable in the parameters. [B, T]
   * Where there are G times as many responses as prompts, responses p·G … p·G + G − 1 answer prompt p, which is read once.
   */
  logProbs(parameters: Parameters, prompts: Batch, responses: ResponseBatch, temperature: number): Tensor2D;
  /**
   * The entropy, in nats, of the distribution that each response token is drawn from: −Σ p ln p over the vocabulary, logits divided by temperature, 0 outside
   * the mask. Rows meet prompts as in `logProbs`. Not differentiated. [B, T]. Absent: a `loss.mask` is refused.
   */
  entropies?(parameters: Parameters, prompts: Batch, responses: ResponseBatch, temperature: number): Tensor2D;
  generate(parameters: Parameters, prompts: Batch, options: GenerateOptions): Promise<Generated>;
  /** Of a model that is put to conversations as well as to items. */
  readonly conversations?: Conversations<Batch>;
  /** A critic on top of the policy's own layers, where the model has one. */
  readonly valueHead?: ValueHead<Batch>;
}

/** A turn of a conversation, as chat templates have it. */
export interface Message {
  readonly role: string;
  readonly content: string | readonly ContentPart[];
}
/** A part of a message: text, or the place of a picture, whose pixels are given apart. */
export type ContentPart = { readonly type: "text"; readonly text: string } | { readonly type: "image" };

/** Messages, and the pictures in the order of their places. */
export interface Conversation {
  readonly messages: readonly Message[];
  readonly pictures: readonly Pixels[];
  /** For messages: which one it is. */
  readonly where: string;
  /** false: special tokens in a text are text like any other. Absent: they are read as such, as other frameworks do. */
  readonly trusted?: boolean;
}

/** A model's own way to be asked, as other frameworks do it. */
export interface Conversations<Batch extends ModelBatch = ModelBatch> {
  /** Tokens of each prompt, the assistant's turn begun. */
  promptIds(asked: readonly Conversation[]): readonly (readonly number[])[];
  /** The same in the form the model reads. The tensors are the caller's. */
  prompts(asked: readonly Conversation[]): Batch;
  /** `Model.logProbs` as other frameworks count: tokens that are never generated have their share as well. [B, T] */
  logProbs(parameters: Parameters, prompts: Batch, responses: ResponseBatch, temperature: number): Tensor2D;
}

/** A critic on a model's own layers: values beside log-probabilities, of the same pass. */
export interface ValueHead<Batch extends ModelBatch = ModelBatch> {
  /** The head's own parameters, to be put beside the policy's; their names begin with "value.", and at first all values are 0. */
  initialParameters(): Parameters;
  /** `Model.logProbs`, and of the same pass the value of the state before each response token, 0 outside the mask. Both [B, T], differentiable. */
  logProbsAndValues(
    parameters: Parameters,
    prompts: Batch,
    responses: ResponseBatch,
    temperature: number,
  ): { readonly logProbs: Tensor2D; readonly values: Tensor2D };
}

// ---------------------------------------------------------------- remote model

/** Responses on the host. */
export interface HostResponses {
  readonly tokens: number; // T
  readonly responseIds: Int32Array; // [B, T], right-padded
  readonly mask: Float32Array; // [B, T]
}

/** Where a service keeps a policy with its optimizer's state, in the service's own words. JSON: it stands in checkpoints and artefacts, and outlives the process. */
export type KeptPolicy = Readonly<Record<string, unknown>>;

/** What an optimizer step of a service is told. What it can't do as it is told it refuses with `InputError`, and ignores none of it. */
export interface RemoteStep {
  /** The experiment's optimizer; its name is one of `RemoteModel.optimizers`. */
  readonly optimizer: OptimizerDescription;
  /** As scheduled, for this step. */
  readonly learningRate: number;
  /** Largest global L2 norm of the gradients; null: not clipped. */
  readonly gradientClip: number | null;
}

/**
 * A policy whose weights a service holds. One update, with any loss that we know:
 *
 *     log-probs come down → loss(logProbs) and dLoss/dlogProbs, here → the gradient goes up → the service steps
 *
 * so the service needs no loss of ours, and the weights never come here. What that means for the rest:
 *
 * - Its component says where the weights are (`weightsAt`), so that those who read or check an experiment know.
 * - There are no parameters: no value head (`critic`), no parameters that stay frozen, no export. Stages keep the policy by what `keep` gives.
 * - Calls of one model are made one after the other, and the caller repeats none: a gradient that goes up twice is another. A call that may have failed on
 *   its way is the model's to repeat, where that is safe; else it throws, the run ends, and goes on from its last checkpoint.
 * - The same calls give the same numbers, as far as the service can: a run that goes on after a kill is then the same run.
 */
export interface RemoteModel<Batch extends ModelBatch = ModelBatch> extends Pick<
  Model<Batch>,
  "tokenizer" | "hash" | "prompts" | "promptLength" | "promptLimit" | "contextLength" | "neverGenerated"
> {
  readonly kind: "remote";
  /** Where the weights are and which, for messages: the service's address, the model's name there. */
  readonly at: string;
  /** Names of the optimizers that `step` knows. An experiment with another is refused when it is loaded. */
  readonly optimizers: readonly string[];
  /** The only temperature at which it gives log-probabilities, where it can't at every one; an experiment that asks for another is refused when it is loaded. */
  readonly temperature?: number;
  /** Makes the policy as it is before the first stage. Called once in each run's life, also in one that goes on, before all else; then `goBack` may follow. */
  begin(random: RandomStream): Promise<KeptPolicy>;
  /**
   * Log-probabilities of the response tokens, logits divided by temperature, 0 outside the mask: of the policy as it is (null), or of one that was kept,
   * which changes nothing. Rows meet prompts as in `Model.logProbs`. [B, T]
   */
  logProbs(prompts: Batch, responses: HostResponses, temperature: number, of: KeptPolicy | null): Promise<Float32Array>;
  /** `Model.generate`, by the policy as it is. */
  generate(prompts: Batch, options: GenerateOptions): Promise<Generated>;
  /** Adds Σ dLogProbs · ∂logProbs/∂parameters to the gradient that the next step takes: a plain sum, no mean. dLogProbs [B, T], 0 outside the mask. */
  backward(prompts: Batch, responses: HostResponses, temperature: number, dLogProbs: Float32Array): Promise<void>;
  /** One optimizer step down the gradient, which is 0 after it. gradientNorm: before clipping; null where the service doesn't say. */
  step(options: RemoteStep): Promise<{ readonly gradientNorm: number | null }>;
  /**
   * Keeps the policy as it is. `name`: whose it is and after how much, for those who look at the service; letters, digits, - and _. The same name comes again
   * where a run that was killed makes the same steps again, and may take the place of what was kept under it.
   */
  keep(name: string): Promise<KeptPolicy>;
  /**
   * The weights are what they were when they were kept, and the gradient is 0. The optimizer goes on as it was then, where training goes on from a
   * checkpoint, or begins anew, where a stage does. Throws `InputError` where the service has them no more.
   */
  goBack(kept: KeptPolicy, optimizer: "as it was" | "anew"): Promise<void>;
  /**
   * What `keep` gave is needed no more: the checkpoint that went back to it is gone, or its stage is done. May come again for one that is gone already. What
   * an artefact has is never dropped. Absent: the service keeps everything.
   */
  drop?(kept: KeptPolicy): Promise<void>;
}

// ---------------------------------------------------------------- optimizer, schedule

/** Which optimizer it is, in numbers: for a service that makes the steps itself. */
export interface OptimizerDescription {
  /** adamw, sgd … */
  readonly name: string;
  /** Its options but for the learning rate, by the names that an experiment uses. */
  readonly options: Readonly<Record<string, number>>;
}

/** A step of the parameters down their gradient, as a pure function: the state (moments …) goes in and comes out. */
export interface Optimizer {
  /** Peak learning rate; a schedule multiplies it. */
  readonly learningRate: number;
  /** Absent: its steps can be made here alone. */
  readonly description?: OptimizerDescription;
  initialState(parameters: Parameters): Parameters;
  /**
   * Pure: new parameters and state; the old ones stay the caller's. `step` counts from 1. Where the step is compiled, learning rate and step are
   * scalars, since they change from step to step; elsewhere they are numbers.
   */
  step(
    parameters: Parameters,
    gradients: Parameters,
    state: Parameters,
    learningRate: number | Scalar,
    step: number | Scalar,
  ): { parameters: Parameters; state: Parameters };
}

/** A factor on the learning rate, over the steps of a stage. */
export interface Schedule {
  /** Factor on the learning rate at `step` (from 0) of `steps`. */
  factor(step: number, steps: number): number;
}

// ---------------------------------------------------------------- engine

/** What `rewardlab engines` tells of an engine. */
export interface EngineReport {
  readonly name: string;
  readonly available: boolean;
  /** Why not, or which version and device. */
  readonly detail: string;
}
/** What computes tensors: a backend of tfjs, which can be asked whether it would start here, and started. */
export interface Engine {
  readonly name: string;
  probe(): Promise<EngineReport>;
  /** Makes it the current tfjs backend. */
  start(): Promise<void>;
  /** How it compiles functions; absent: they run as they are. */
  readonly compiler?: Compiler;
}
