/** What a real model has beyond its decoder. */
export interface RealSizes {
  /** The picture tower before the decoder; null: text alone. */
  readonly tower: TowerSizes | null;
  readonly lora: { readonly rank: number; readonly alpha: number };
}

/** A SigLIP tower as SmolVLM has it: `factor` × `factor` patches become one of the decoder's columns. */
export interface TowerSizes {
  readonly width: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly imageSize: number;
  readonly patchSize: number;
  readonly factor: number;
}

/** Columns that a picture of one tile takes among a prompt's. */
export const pictureColumns = ({ imageSize, patchSize, factor }: TowerSizes): number => (imageSize / patchSize / factor) ** 2;
