import { dirname, resolve } from "node:path";
import { InputError, messageOf } from "@rewardlab/core";
import { decodedPicture } from "@rewardlab/data";

type Json = Readonly<Record<string, unknown>>;

/**
 * A batch for `probe model` with its pictures decoded: `images` of items, as paths or `{ path }`, and the parts `{ type: image }` of messages, whose path stands
 * under path, image or url. Paths are relative to the batch's file; a web address is refused, nothing is fetched.
 */
export async function withPictures(batch: unknown, file: string): Promise<unknown> {
  if (!isObject(batch) || !Array.isArray(batch["items"])) return batch;
  const folder = file === "-" ? process.cwd() : dirname(resolve(file));
  return { ...batch, items: await Promise.all(batch["items"].map((item, index) => itemWith(item, `items.${index}`, folder))) };
}

async function itemWith(item: unknown, where: string, folder: string): Promise<unknown> {
  if (!isObject(item)) return item;
  const { images, messages } = item;
  if (Array.isArray(messages))
    return {
      ...item,
      messages: await Promise.all(messages.map((one, at) => messageWith(one, `${where}.messages.${at}`, folder))),
    };
  if (!Array.isArray(images)) return item;
  const decoded = images.map(async (image, at) => {
    const path = isObject(image) ? image["path"] : image;
    return { path, pixels: await pixelsOf(path, `${where}.images.${at}`, folder) };
  });
  return { ...item, images: await Promise.all(decoded) };
}

async function messageWith(message: unknown, where: string, folder: string): Promise<unknown> {
  if (!isObject(message) || !Array.isArray(message["content"])) return message;
  const content = message["content"].map(async (part: unknown, at: number) => {
    if (!isObject(part) || (part["type"] !== "image" && part["type"] !== "image_url")) return part;
    const path =
      part["path"] ??
      part["image"] ??
      part["url"] ??
      (isObject(part["image_url"]) ? part["image_url"]["url"] : part["image_url"]);
    return { type: "image", pixels: await pixelsOf(path, `${where}.content.${at}`, folder) };
  });
  return { ...message, content: await Promise.all(content) };
}

async function pixelsOf(path: unknown, where: string, folder: string) {
  if (typeof path !== "string")
    throw new InputError("RL_BATCH", `batch: ${where}: the picture is ${JSON.stringify(path)}, expected a path`);
  if (/^(https?|data|s3):/i.test(path))
    throw new InputError(
      "RL_BATCH",
      `batch: ${where}: the picture is ${path.slice(0, 60)}, expected a path of a file here: nothing is fetched`,
    );
  const picture = resolve(folder, path.replace(/^file:\/\//, ""));
  try {
    return await decodedPicture(picture);
  } catch (error) {
    throw new InputError("RL_IMAGE", `batch: ${where}: ${picture}: ${messageOf(error)}`, { cause: error });
  }
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
