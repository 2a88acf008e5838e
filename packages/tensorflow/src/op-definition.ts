/** What building a graph needs to know of an op: which of its inputs are lists, and how long each is. */
export interface OpInput {
  readonly name: string;
  /** The attribute that holds the list's length, or null. */
  readonly numberAttribute: string | null;
  /** The attribute that holds the list's types, or null. */
  readonly typeListAttribute: string | null;
}

/**
 * The inputs of a serialized OpDef (tensorflow/core/framework/op_def.proto): field 2 of OpDef is input_arg; of an ArgDef field 1 is name,
 * 5 number_attr, 6 type_list_attr.
 */
export function opInputs(serialized: Uint8Array): OpInput[] {
  return fields(serialized)
    .filter(({ number }) => number === 2)
    .map(({ bytes }) => {
      const argument = fields(bytes);
      const text = (number: number) => {
        const found = argument.find((field) => field.number === number)?.bytes;
        return found === undefined || found.length === 0 ? null : new TextDecoder().decode(found);
      };
      return { name: text(1) ?? "", numberAttribute: text(5), typeListAttribute: text(6) };
    });
}

/** The length-delimited fields of a protocol-buffers message; others are passed over. */
function fields(message: Uint8Array): { number: number; bytes: Uint8Array }[] {
  const found: { number: number; bytes: Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("protocol buffers message: cut short");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      found.push({ number, bytes: message.subarray(at, at + length) });
      at += length;
    } else throw new RangeError(`protocol buffers message: wire type ${wire}`);
  }
  return found;
}
