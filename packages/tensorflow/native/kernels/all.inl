// Included by kernels.cc once for each instruction set, within its namespace.

#include "vectors.inl"
#include "product.inl"
#include "attention.inl"
#include "layers.inl"
#include "tokens.inl"

const Kernels all = REWARDLAB_KERNELS;
