import { quoted } from "../quoted.ts";
import { RowProblem, type PictureGiven } from "./given.ts";

/**
 * Pictures however a row has them: a path, a URL, a data URL, base64 without a head, bytes, Hugging Face's `{ bytes, path }`, a chat's
 * `{ type: image, image }` or `{ image_url: { url } }`, or a list of those. Nothing, null and "" are none. Throws `RowProblem`.
 */
export function picturesGiven(value: unknown, field: string): PictureGiven[] {
  if (value === undefined || value === null || value === "") return [];
  if (Array.isArray(value)) return value.flatMap((one, index) => picturesGiven(one, `${field}[${index}]`));
  if (value instanceof Uint8Array) return [{ bytes: value }];
  if (typeof value === "string") return [pictureOfText(value, field)];
  if (typeof value === "object") {
    const { bytes, path, url, image, image_url: imageUrl } = value as Record<string, unknown>;
    if (bytes instanceof Uint8Array && bytes.length > 0) return [{ bytes }];
    if (typeof bytes === "string" && bytes !== "") return [{ bytes: decodedBase64(bytes, field) }];
    const inner = [path, url, image, imageUrl].find((one) => one !== undefined && one !== null);
    if (inner !== undefined) return picturesGiven(inner, field);
    if (bytes === null || path === null) return []; // Hugging Face's picture that isn't there
  }
  throw new RowProblem(
    `${field} is ${quoted(value)}, expected a picture: a path, a data URL, { bytes, path }, or a list of those`,
  );
}

function pictureOfText(text: string, field: string): PictureGiven {
  if (/^data:/i.test(text)) return { bytes: ofDataUrl(text, field) };
  if (/^https?:\/\//i.test(text)) return { url: text };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text))
    throw new RowProblem(`${field} is ${quoted(text)}, expected a path, an http or https address, or a data URL`);
  if (text.length > 1000 && isBase64.test(text.slice(0, 1000))) return { bytes: decodedBase64(text, field) };
  return { path: text };
}

const isBase64 = /^[A-Za-z0-9+/\s]+$/;

/** RFC 2397: data:image/png;base64,… */
function ofDataUrl(url: string, field: string): Uint8Array {
  const comma = url.indexOf(",");
  const head = url.slice(5, comma === -1 ? 40 : comma);
  if (comma === -1 || !/;base64$/i.test(head.trim()))
    throw new RowProblem(`${field} is ${quoted(url)}, expected a data URL of base64: data:image/png;base64,…`);
  return decodedBase64(url.slice(comma + 1), field);
}

function decodedBase64(text: string, field: string): Uint8Array {
  const bytes = Buffer.from(text, "base64"); // which passes over what it doesn't know
  const digits = text.replace(/[\s=]+/g, "");
  if (bytes.length === 0 || !/^[A-Za-z0-9+/_-]*$/.test(digits) || bytes.length !== Math.floor((digits.length * 3) / 4))
    throw new RowProblem(`${field}: ${quoted(text)} is no base64, expected a picture's bytes`);
  return bytes;
}
