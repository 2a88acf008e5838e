// Host values as TensorFlow tensors and back.

#pragma once

#include <memory>
#include <vector>

#include "values.h"

namespace rewardlab {

struct TensorDeleter {
  void operator()(TF_Tensor* tensor) const { api().TF_DeleteTensor(tensor); }
};
using Tensor = std::unique_ptr<TF_Tensor, TensorDeleter>;

/** Bytes of an element; 0 for types whose values JavaScript can't give or read. */
size_t element_bytes(TF_DataType type);

std::vector<int64_t> shape_of(napi_env env, napi_value array);

TF_DataType type_of(napi_env env, napi_value value);

/** Π sizes. Throws where that is more than memory could hold. */
int64_t element_count(const std::vector<int64_t>& shape);

/** A copy of a typed array's (for strings: an array of byte arrays') values. */
Tensor make_tensor(napi_env env, const std::vector<int64_t>& shape, TF_DataType type, napi_value values);

/** A copy of a tensor's values. */
napi_value read_tensor(napi_env env, const TF_Tensor* tensor);

}  // namespace rewardlab
