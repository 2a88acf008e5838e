// Errors that say where, what was given and what was expected.
export { InputError, Interrupted, isInputError, isInterrupted, isRunError, messageOf, RunError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";

// Files that a kill at any instant leaves whole.
export {
  clearHalfWritten,
  fileBytes,
  JsonLines,
  makeFolder,
  moveTo,
  readJson,
  readJsonLines,
  readJsonObject,
  replaceFolder,
  REPLACED,
  restoreReplaced,
  sha256,
  shortPath,
  tolerant,
  unusedPath,
  whyUnreadable,
  writeFileAtomic,
  writeFolderAtomic,
  writeJson,
  writePiecesAtomic,
} from "./files.ts";
export { writeNewFolder } from "./new-folder.ts";
export { isRunning, LOCK_FILE, lockFolder, waitForLock } from "./lock.ts";
export type { Waiting } from "./lock.ts";
export { addressSpaceLimit, openFilesLimit, processLimit } from "./limits.ts";
export { openFile, pieces } from "./open-file.ts";
export type { OpenFile } from "./open-file.ts";
export { encodeSafetensors, openSafetensors, readSafetensors, writeSafetensors } from "./safetensors.ts";
export type { SafetensorsFile, StoredTensor, TensorOutline } from "./safetensors.ts";
export { float16Values, widenBfloat16, widenFloat16 } from "./half-floats.ts";

// What reading a text loses.
export { lossInJson } from "./json-loss.ts";
export type { JsonLoss } from "./json-loss.ts";
export { lossOf } from "./number-text.ts";
export { decodedText } from "./utf8.ts";
export type { DecodedText } from "./utf8.ts";
