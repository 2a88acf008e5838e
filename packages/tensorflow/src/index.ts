export { startTensorflow } from "./binding.ts";
export type { Device, NativeBinding, OpAttribute, OutputMetadata, StartOptions, TensorMetadata } from "./binding.ts";
export { bindingPath, buildBinding } from "./build.ts";
export { installTensorflow, TENSORFLOW_VERSION } from "./install.ts";
export type { InstallOptions } from "./install.ts";
export { findLibraries, librariesIn, remedy } from "./libraries.ts";
export type { Flavour, Installed, Libraries } from "./libraries.ts";
export { opInputs } from "./op-definition.ts";
export type { OpInput } from "./op-definition.ts";
