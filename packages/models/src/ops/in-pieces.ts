import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { withGradient } from "@rewardlab/core";
import { after } from "./after.ts";
import { isTaped, offTape } from "./off-tape.ts";

/** A number for each row, of that row and its id alone, of a matrix and of what else `shared` holds: rows [r, D], weight [V, D], ids [r] → [r] */
export type OfRows = (rows: Tensor2D, weight: Tensor2D, ids: Tensor1D, shared: readonly Tensor[]) => Tensor1D;

export interface WholeRows {
  readonly x: Tensor2D; // [N, D]
  readonly weight: Tensor2D; // [V, D]
  readonly ids: Tensor1D; // int32 [N]
  /** Constants of f, which may use no tensor that isn't given to it. */
  readonly shared?: readonly Tensor[];
}

export interface PiecesOptions {
  /** Rows of a piece, the last one's apart. */
  readonly rows: number;
  /** Whether the matrix gets a gradient. */
  readonly weightTrains: boolean;
}

/**
 * y = f(x, W), x and W alone with gradients, worked out for some rows at a time, one piece after the other: what lies between (a row's V logits) is held for one piece alone, in the
 * gradient as well.
 *
 * Of a frozen W nothing is worked out twice. As y_i depends on row x_i alone, dx_i = dy_i · ∂y_i/∂x_i, and those derivatives, no larger than x, are made
 * with the value. Where W trains, dW = Σ_i dy_i · ∂y_i/∂W needs dy first: each piece is worked out again. Where dy is 0 so is dx, whatever the derivative.
 * x [N, D], weight [V, D] → [N]
 */
export function inPieces(
  of: OfRows,
  { x, weight, ids, shared = [] }: WholeRows,
  { rows, weightTrains }: PiecesOptions,
): Tensor1D {
  const [count] = x.shape;
  const starts = Array.from({ length: Math.ceil(count / rows) }, (_, piece) => piece * rows);
  const pieceOf = <T extends Tensor>(whole: T, from: number): T =>
    tf.slice(whole, from, Math.min(rows, count - from)) as unknown as T;

  const valuesAlone = () => {
    let done: Tensor | null = null;
    const values = starts.map(
      (from) => (done = tf.tidy(() => of(after(pieceOf(x, from), done), weight, pieceOf(ids, from), shared))),
    );
    return tf.concat1d(values); // [N]
  };
  if (!isTaped()) return tf.tidy(valuesAlone);
  if (weightTrains)
    return withGradient(
      [x, weight],
      () => ({ value: tf.tidy(valuesAlone), saved: [x, weight, ids, ...shared] }),
      (dy, saved) =>
        offTape(() =>
          tf.tidy(() => {
            const [savedX, savedWeight, savedIds, ...constants] = saved as [Tensor2D, Tensor2D, Tensor1D, ...Tensor[]];
            let done: Tensor = dy;
            let dWeight: Tensor | null = null;
            const dx = starts.map((from) => {
              const before: Tensor | null = dWeight;
              const [ofRows, sum] = tf.tidy(() => {
                const piece = after(pieceOf(savedX, from), done);
                const given = tf.grads((a, b) => of(a as Tensor2D, b as Tensor2D, pieceOf(savedIds, from), constants))(
                  [piece, savedWeight],
                  pieceOf(dy, from),
                );
                return [given[0] as Tensor2D, before === null ? given[1]! : tf.add(before, given[1]!)] as const as never;
              }) as readonly [Tensor2D, Tensor];
              before?.dispose();
              done = ofRows;
              dWeight = sum;
              return ofRows;
            });
            return [tf.concat2d(dx, 0), dWeight!] as never; // [N, D], [V, D]
          }),
        ) as unknown as Tensor[],
    );
  const { values, slopes } = offTape(() =>
    tf.tidy(() => {
      let done: Tensor | null = null;
      const made = starts.map((from) => {
        const piece = after(pieceOf(x, from), done);
        const { value, grad } = tf.valueAndGrad(
          (a) => of(a as Tensor2D, weight, pieceOf(ids, from), shared) as unknown as Scalar,
        )(piece, tf.ones([piece.shape[0]]));
        done = grad;
        return { value: value as Tensor as Tensor1D, grad: grad as Tensor2D };
      });
      return {
        values: tf.concat1d(made.map(({ value }) => value)), // [N]
        slopes: tf.concat2d(
          made.map(({ grad }) => grad),
          0,
        ), // [N, D] // prettier-ignore
      } as never;
    }),
  ) as { values: Tensor1D; slopes: Tensor2D };
  return withGradient(
    [x],
    () => ({ value: values.clone(), saved: [slopes] }),
    (dy, saved) => {
      const each = tf.expandDims(dy, 1); // [N, 1]
      const used = tf.broadcastTo(tf.notEqual(each, 0), x.shape); // bool [N, D]
      return [tf.where(used, tf.mul(each, saved[0]!), tf.zerosLike(saved[0]!))]; // [N, D]
    },
  );
}
