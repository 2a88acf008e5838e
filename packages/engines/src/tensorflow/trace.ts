import { RunError } from "@rewardlab/core";
import { opInputs } from "@rewardlab/tensorflow";
import type { NativeBinding, OpAttribute, OpInput, TensorMetadata } from "@rewardlab/tensorflow";
import type { DataId, TensorInfo } from "@tensorflow/tfjs-core";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { FIRST_SYMBOL } from "./node-backend.ts";
import type { NodeBackend, TensorData } from "./node-backend.ts";

/** A trace has so many numbers for its symbols. */
const SYMBOLS = 2 ** 32;
let traces = 0;

/** A tensor from outside that a traced function uses: an input of the graph, and its data, which is kept as long as the function. */
export interface Captured {
  readonly dataId: DataId;
  /** Of the placeholder. */
  readonly output: number;
}

/**
 * A graph in the making. Ops that run while it is the backend's trace become its nodes; shapes come from TensorFlow's own inference. A tensor from
 * outside becomes an input where TensorFlow has it, and a constant where only the host has its values.
 */
export class Trace {
  readonly graph: number;
  readonly captured: Captured[] = [];
  readonly #native: NativeBinding;
  readonly #backend: NodeBackend;
  readonly #first: number;
  readonly #outside = new Map<TensorData, number>();
  nodes = 0;

  constructor(native: NativeBinding, backend: NodeBackend) {
    this.#native = native;
    this.#backend = backend;
    this.graph = native.newGraph();
    this.#first = FIRST_SYMBOL + (traces++ % 4000) * SYMBOLS;
  }

  /** An input of the function. */
  placeholder(shape: readonly number[], dtype: number): TensorMetadata {
    const [made] = this.#native.addNode(
      this.graph,
      "Placeholder",
      [
        { name: "dtype", type: 4, value: dtype },
        { name: "shape", type: 5, value: shape },
      ],
      [],
      [],
    );
    return { id: this.#first + made!.id, shape: [...shape], dtype };
  }

  /** The symbols of an op's inputs. */
  inputs(tensors: readonly TensorInfo[]): number[] {
    return tensors.map((tensor) => this.#first + this.outputOf(tensor));
  }

  /** The number in the graph of a tensor's node. */
  outputOf(tensor: TensorInfo): number {
    if (!this.#backend.tensorMap.has(tensor.dataId))
      throw this.#error(`uses a ${tensor.dtype} tensor that TensorFlow does not hold`);
    const data = this.#backend.tensorMap.get(tensor.dataId);
    if (data.id >= FIRST_SYMBOL && data.values == null) return this.#own(data.id);
    const known = this.#outside.get(data);
    if (known !== undefined) return known;
    const output = data.values == null ? this.#capture(tensor.dataId, data) : this.#constant(data);
    this.#outside.set(data, output);
    return output;
  }

  /** What the binding's executeOp is while this trace goes on. */
  execute(name: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: number): TensorMetadata[] {
    let made;
    try {
      const inputs = ids.map((id) => this.#own(id));
      made = this.#native.addNode(this.graph, name, attributes, inputs, listsOf(this.#inputsOf(name), attributes, inputs.length));
    } catch (error) {
      throw error instanceof RunError
        ? error
        : this.#error(`the op ${name} can't be compiled: ${(error as Error).message}`, error);
    }
    this.nodes += 1;
    return made.slice(0, outputs).map(({ id, shape, dtype }) => {
      if (shape === null || shape.some((size) => size < 0))
        throw this.#error(
          `the op ${name} gives a shape that depends on values (${shape === null ? "of unknown rank" : `[${shape.join(", ")}]`}), expected one that is known before it runs`,
        );
      return { id: this.#first + id, shape, dtype };
    });
  }

  refuseRead(): never {
    throw this.#error(
      "reads a tensor's value on the host (dataSync, arraySync, data, array), expected to work with tensors alone",
    );
  }

  refuseRandom(): never {
    throw this.#error(
      "draws random numbers without a seed, expected them as an input: a compiled function would draw the same ones each time",
    );
  }

  #own(id: number): number {
    const output = id - this.#first;
    if (output >= 0 && output < SYMBOLS) return output;
    throw this.#error("uses a tensor that was made while another function was traced, and has no value");
  }

  #capture(dataId: DataId, data: TensorData): number {
    const { id } = this.placeholder(data.shape, data.dtype);
    this.captured.push({ dataId, output: id - this.#first });
    return id - this.#first;
  }

  #constant({ shape, dtype, values }: TensorData): number {
    return this.#native.addConstant(this.graph, shape, dtype, values).id;
  }

  #inputsOf(name: string): OpInput[] {
    const found = definitions.get(name) ?? opInputs(this.#native.opDefinition(this.graph, name));
    definitions.set(name, found);
    return found;
  }

  #error(what: string, cause?: unknown): RunError {
    return new RunError("RL_COMPILE", `compiled function, ${userLine()}: ${what}`, { cause });
  }
}

const definitions = new Map<string, OpInput[]>();

/** How many inputs each of an op's arguments takes; −1 for one that isn't a list. A list whose length no attribute says takes what is left over. */
function listsOf(inputs: readonly OpInput[], attributes: readonly OpAttribute[], given: number): number[] {
  const lengths = inputs.map(({ numberAttribute, typeListAttribute }) => {
    if (numberAttribute === null && typeListAttribute === null) return -1;
    const value = attributes.find(({ name }) => name === (numberAttribute ?? typeListAttribute))?.value;
    return typeof value === "number" ? value : Array.isArray(value) ? value.length : null;
  });
  const known = lengths.reduce<number>((sum, length) => sum + (length === null ? 0 : length < 0 ? 1 : length), 0);
  return lengths.map((length) => length ?? given - known);
}

/** The line that called into tfjs: the first that is neither tfjs's, nor Node's, nor this folder's. */
function userLine(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  const line = lines.find(
    (one) => /[/\\]/.test(one) && !/node_modules|\bnode:/.test(one) && !ownFiles.some((own) => one.includes(own)),
  );
  const place = /\(?((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(line ?? "")?.[1];
  return place === undefined ? "at an unknown line" : place.startsWith("file:") ? fileURLToPath(place) : place;
}

/** As they stand in a stack, a URL or a path, before the line's number. */
const ownFiles = ["attention-kernels", "backend", "compile", "kernels", "mat-mul-kernel", "native-kernels", "trace"]
  .map((name) => new URL(`./${name}${extname(import.meta.url)}`, import.meta.url).href)
  .flatMap((url) => [`${url}:`, `${fileURLToPath(url)}:`]);
