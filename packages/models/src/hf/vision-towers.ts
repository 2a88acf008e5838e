import { InputError, suggestion } from "@rewardlab/core";
import { clipTower, siglipTower } from "./clip-tower.ts";
import { dinov2Tower } from "./dinov2.ts";
import type { JsonObject } from "./folder.ts";
import type { VisionTower } from "./vision-tower.ts";

const towers: Readonly<Record<string, (json: JsonObject, where: string) => VisionTower>> = {
  clip_vision_model: clipTower,
  siglip_vision_model: siglipTower,
  dinov2: dinov2Tower,
};

/** The kinds of tower that are known, by `model_type`. */
export const towerTypes: readonly string[] = Object.keys(towers);

/** Of a tower's config.json, or of a whole model's `vision_config`. Throws `InputError` with the file and the field. */
export function visionTowerOf(json: JsonObject, where: string): VisionTower {
  const type = String(json["model_type"] ?? "clip_vision_model");
  const read = Object.hasOwn(towers, type) ? towers[type] : undefined;
  if (read === undefined)
    throw new InputError(
      "RL_HF_CONFIG",
      `${where}: model_type is ${JSON.stringify(type)}, expected a tower of ${towerTypes.join(", ")}.${suggestion(type, towerTypes)}`,
    );
  return read(json, where);
}
