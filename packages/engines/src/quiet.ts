import * as tf from "@tensorflow/tfjs-core";

/**
 * No advertisement of tfjs's, and no warning where a second copy of it registers what is registered already: a plugin may bring one, and the two work as one,
 * since tfjs keeps its state on the global object.
 */
export function quietTfjs(): void {
  tf.env().set("PROD", true);
}
