import { float16Values, widenBfloat16, widenFloat16 } from "@rewardlab/storage";

/**
 * How llama.cpp stores numbers (ggml's `ggml-quants.c`, `dequantize_row_*`): in blocks, each a few small integers with one or two float16 scales, in
 * "K-quants" with scales of 4 or 6 bits for parts of a block of 256. What is read here is equal to gguf-py's `dequantize`, bit for bit: each number is one
 * rounding of an exact product and sum.
 */
export interface BlockFormat {
  readonly name: string;
  /** Numbers in a block, and the bytes it takes. */
  readonly numbers: number;
  readonly bytes: number;
  /** Whole blocks → numbers. */
  decode(bytes: Uint8Array, target: Float32Array): void;
}

/** One block of a quantised format: reads at `at` of `bytes`, writes at `to` of `target`. `half`: a float16 there. */
type Block = (bytes: Uint8Array, at: number, target: Float32Array, to: number, half: (at: number) => number) => void;

function blocks(name: string, numbers: number, bytesEach: number, block: Block): BlockFormat {
  return {
    name,
    numbers,
    bytes: bytesEach,
    decode(bytes, target) {
      const values = float16Values();
      const half = (at: number) => values[bytes[at]! | (bytes[at + 1]! << 8)]!;
      for (let at = 0, to = 0; at < bytes.length; at += bytesEach, to += numbers) block(bytes, at, target, to, half);
    },
  };
}

const words = (bytes: Uint8Array) =>
  bytes.byteOffset % 2 === 0
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
    : new Uint16Array(bytes.slice().buffer);

const f32: BlockFormat = {
  name: "F32",
  numbers: 1,
  bytes: 4,
  decode: (bytes, target) => new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes),
};
const f16: BlockFormat = { name: "F16", numbers: 1, bytes: 2, decode: (bytes, target) => widenFloat16(words(bytes), target) };
const bf16: BlockFormat = {
  name: "BF16",
  numbers: 1,
  bytes: 2,
  decode: (bytes, target) => widenBfloat16(words(bytes), target),
};

// 32 numbers: the low halves of 16 bytes first, then the high ones
const q4_0 = blocks("Q4_0", 32, 18, (bytes, at, target, to, half) => {
  const d = half(at);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 2 + i]!;
    target[to + i] = d * ((byte & 15) - 8);
    target[to + 16 + i] = d * ((byte >> 4) - 8);
  }
});

const q4_1 = blocks("Q4_1", 32, 20, (bytes, at, target, to, half) => {
  const [d, m] = [half(at), half(at + 2)];
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 4 + i]!;
    target[to + i] = d * (byte & 15) + m;
    target[to + 16 + i] = d * (byte >> 4) + m;
  }
});

// the fifth bits lie apart, a bit for each number
const q5_0 = blocks("Q5_0", 32, 22, (bytes, at, target, to, half) => {
  const d = half(at);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 6 + i]!;
    target[to + i] = d * ((byte & 15) + 16 * bit(bytes, at + 2, i) - 16);
    target[to + 16 + i] = d * ((byte >> 4) + 16 * bit(bytes, at + 2, i + 16) - 16);
  }
});

const q5_1 = blocks("Q5_1", 32, 24, (bytes, at, target, to, half) => {
  const [d, m] = [half(at), half(at + 2)];
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 8 + i]!;
    target[to + i] = d * ((byte & 15) + 16 * bit(bytes, at + 4, i)) + m;
    target[to + 16 + i] = d * ((byte >> 4) + 16 * bit(bytes, at + 4, i + 16)) + m;
  }
});

const q8_0 = blocks("Q8_0", 32, 34, (bytes, at, target, to, half) => {
  const d = half(at);
  for (let i = 0; i < 32; i++) target[to + i] = d * signed(bytes[at + 2 + i]!);
});

// 256 numbers in 16 parts, each with 4 bits of scale and 4 of minimum; 2 bits a number
const q2_K = blocks("Q2_K", 256, 84, (bytes, at, target, to, half) => {
  const [d, min] = [half(at + 80), half(at + 82)];
  for (let part = 0; part < 16; part++) {
    const scale = bytes[at + part]!;
    const [dl, ml] = [d * (scale & 15), min * (scale >> 4)];
    const { byte, shift } = pair(part);
    for (let i = 0; i < 16; i++) target[to + part * 16 + i] = dl * ((bytes[at + 16 + byte + i]! >> shift) & 3) - ml;
  }
});

// 16 parts with signed scales of 6 bits; a third bit a number lies apart: 0 takes 4 away
const q3_K = blocks("Q3_K", 256, 110, (bytes, at, target, to, half) => {
  const d = half(at + 108);
  for (let part = 0; part < 16; part++) {
    const low = part < 8 ? bytes[at + 96 + part]! & 15 : bytes[at + 88 + part]! >> 4;
    const high = (bytes[at + 104 + (part % 4)]! >> (2 * (part >> 2))) & 3;
    const dl = d * ((low | (high << 4)) - 32);
    const { byte, shift } = pair(part);
    const mask = 1 << (part >> 1);
    for (let i = 0; i < 16; i++) {
      const low2 = (bytes[at + 32 + byte + i]! >> shift) & 3;
      target[to + part * 16 + i] = dl * (low2 - (bytes[at + (part % 2) * 16 + i]! & mask ? 0 : 4));
    }
  }
});

/** Of the 16 parts of 16 numbers of a K-quant with 2 bits a number: their bytes, and how far up in them they lie. */
const pair = (part: number) => ({ byte: (part >> 3) * 32 + (part % 2) * 16, shift: ((part >> 1) % 4) * 2 });

// 8 parts of 32 numbers with scales and minima of 6 bits; 4 bits a number
const q4_K = blocks("Q4_K", 256, 144, (bytes, at, target, to, half) => {
  const [d, min] = [half(at), half(at + 2)];
  for (let part = 0; part < 8; part++) {
    const [dl, ml] = [d * scaleOf(bytes, at + 4, part), min * minimumOf(bytes, at + 4, part)];
    const [from, shift] = [at + 16 + (part >> 1) * 32, (part % 2) * 4];
    for (let i = 0; i < 32; i++) target[to + part * 32 + i] = dl * ((bytes[from + i]! >> shift) & 15) - ml;
  }
});

// the same with a fifth bit
const q5_K = blocks("Q5_K", 256, 176, (bytes, at, target, to, half) => {
  const [d, min] = [half(at), half(at + 2)];
  for (let part = 0; part < 8; part++) {
    const [dl, ml] = [d * scaleOf(bytes, at + 4, part), min * minimumOf(bytes, at + 4, part)];
    const [from, shift] = [at + 48 + (part >> 1) * 32, (part % 2) * 4];
    for (let i = 0; i < 32; i++) {
      const low = (bytes[from + i]! >> shift) & 15;
      target[to + part * 32 + i] = dl * (low + 16 * ((bytes[at + 16 + i]! >> part) & 1)) - ml;
    }
  }
});

// 16 parts with signed scales of 8 bits; 4 low bits and 2 high ones a number
const q6_K = blocks("Q6_K", 256, 210, (bytes, at, target, to, half) => {
  const d = half(at + 208);
  for (let part = 0; part < 8; part++) {
    const [group, quarter] = [part >> 2, part % 4];
    const [low, high] = [at + group * 64 + (quarter % 2) * 32, at + 128 + group * 32];
    for (let i = 0; i < 32; i++) {
      const q = ((bytes[low + i]! >> (quarter < 2 ? 0 : 4)) & 15) | (((bytes[high + i]! >> (2 * quarter)) & 3) << 4);
      target[to + part * 32 + i] = d * signed(bytes[at + 192 + part * 2 + (i >> 4)]!) * (q - 32);
    }
  }
});

const signed = (byte: number) => (byte << 24) >> 24;
const bit = (bytes: Uint8Array, at: number, index: number) => (bytes[at + (index >> 3)]! >> (index & 7)) & 1;

/** 8 scales and 8 minima of 6 bits in 12 bytes (`get_scale_min_k4`): the first four of each whole, of the others 4 bits in the last bytes and 2 on top of the first. */
const scaleOf = (bytes: Uint8Array, at: number, part: number) =>
  part < 4 ? bytes[at + part]! & 63 : (bytes[at + 4 + part]! & 15) | ((bytes[at + part - 4]! >> 6) << 4);
const minimumOf = (bytes: Uint8Array, at: number, part: number) =>
  part < 4 ? bytes[at + 4 + part]! & 63 : (bytes[at + 4 + part]! >> 4) | ((bytes[at + part]! >> 6) << 4);

/** By ggml's number of the type. */
export const blockFormats: ReadonlyMap<number, BlockFormat> = new Map([
  [0, f32],
  [1, f16],
  [2, q4_0],
  [3, q4_1],
  [6, q5_0],
  [7, q5_1],
  [8, q8_0],
  [10, q2_K],
  [11, q3_K],
  [12, q4_K],
  [13, q5_K],
  [14, q6_K],
  [30, bf16],
]);

/** Names of the types that aren't read, for messages. */
export const otherFormats: ReadonlyMap<number, string> = new Map([
  [9, "Q8_1"],
  [15, "Q8_K"],
  [16, "IQ2_XXS"],
  [17, "IQ2_XS"],
  [18, "IQ3_XXS"],
  [19, "IQ1_S"],
  [20, "IQ4_NL"],
  [21, "IQ3_S"],
  [22, "IQ2_S"],
  [23, "IQ4_XS"],
  [24, "I8"],
  [25, "I16"],
  [26, "I32"],
  [27, "I64"],
  [28, "F64"],
  [29, "IQ1_M"],
  [34, "TQ1_0"],
  [35, "TQ2_0"],
  [39, "MXFP4"],
]);
