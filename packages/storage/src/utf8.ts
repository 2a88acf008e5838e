/** A file's bytes as text, or what is wrong with them and where. */
export type DecodedText =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** The first byte that is wrong, from 0. */
      readonly offset: number;
      /** "byte 4 of the file (0xE9) is not UTF-8 …": bytes are counted from 1. */
      readonly problem: string;
      /** Where it is another encoding as a whole: its name. */
      readonly encoding?: "UTF-16" | "UTF-32";
    };

const strict = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Bytes as UTF-8 text, without a byte-order mark. Node's own "utf8" puts U+FFFD where bytes are none, so that of a Latin-1 file's "é" nobody ever hears;
 * here such a byte is told, UTF-16 is named, and so is a NUL, which no text of ours has and which ends a text for much that reads it.
 * `of`: what the bytes are.
 */
export function decodedText(bytes: Uint8Array, of: "file" | "line" = "file"): DecodedText {
  const encoding = wideEncoding(bytes);
  if (encoding !== null) return { ok: false, offset: 0, problem: `is ${encoding}, expected UTF-8`, encoding };
  const nul = bytes.indexOf(0);
  const before = nul === -1 ? bytes : bytes.subarray(0, nul);
  try {
    const text = strict.decode(before);
    if (nul === -1) return { ok: true, text };
    return { ok: false, offset: nul, problem: `byte ${nul + 1} of the ${of} is a NUL, expected text` };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const offset = firstInvalid(before);
    const byte = `0x${bytes[offset]!.toString(16).toUpperCase().padStart(2, "0")}`;
    return {
      ok: false,
      offset,
      problem: `byte ${offset + 1} of the ${of} (${byte}) is not UTF-8; expected a file in UTF-8 (is it Latin-1 or Windows-1252?)`,
    };
  }
}

/** By its byte-order mark, or by the NULs that ASCII characters have in it. */
function wideEncoding([a, b, c, d]: Uint8Array): "UTF-16" | "UTF-32" | null {
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32" : "UTF-16";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32";
  if (a === 0xfe && b === 0xff) return "UTF-16";
  const isText = (byte: number | undefined) => byte !== undefined && byte !== 0;
  const alternates = (isText(a) && b === 0 && isText(c) && d === 0) || (a === 0 && isText(b) && c === 0 && isText(d));
  return alternates ? "UTF-16" : null;
}

/** The first byte that begins no character: before each U+FFFD that a lenient reading puts are as many bytes as its text before has. */
function firstInvalid(bytes: Uint8Array): number {
  const text = lenient.decode(bytes);
  let [offset, from] = [0, 0];
  for (let at = text.indexOf("\uFFFD"); at !== -1; at = text.indexOf("\uFFFD", from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    const written = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd; // U+FFFD itself
    if (!written) return offset;
    offset += 3;
    from = at + 1;
  }
  return bytes.length - 1;
}
