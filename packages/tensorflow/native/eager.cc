// Tensors and ops that run at once.

#include "attributes.h"
#include "kernels/threads.h"
#include "quiet-start.h"
#include "state.h"

namespace rewardlab {
namespace {

constexpr int silent_placement = 2;  // copies an input to the op's device where it lies on another
constexpr int64_t most_outputs = 4096;

struct OpDeleter {
  void operator()(TFE_Op* op) const { api().TFE_DeleteOp(op); }
};

std::vector<int64_t> shape_of_handle(TFE_TensorHandle* handle, const Status& status, const std::string& where) {
  const int rank = api().TFE_TensorHandleNumDims(handle, status);
  status.check(where);
  std::vector<int64_t> shape(static_cast<size_t>(rank));
  for (int axis = 0; axis < rank; axis++) {
    shape[static_cast<size_t>(axis)] = api().TFE_TensorHandleDim(handle, axis, status);
    status.check(where);
  }
  return shape;
}

}  // namespace

/** start(configProto: Uint8Array, threads: how many work on an op of ours, 0 for all cores): makes the context; once an environment. */
napi_value start(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 2, "start");
  State& state = state_of(env);
  if (state.context.context != nullptr) return nullptr;
  void* data = nullptr;
  size_t length = 0;
  napi_typedarray_type type;
  check(env, napi_get_typedarray_info(env, given[0], &type, &length, &data, nullptr, nullptr), "start: config");
  if (type != napi_uint8_array) throw Failure("start: config: expected a Uint8Array");
  set_kernel_threads(static_cast<int>(integer_of(env, given[1], "start: threads", 0, 127)));
  const Status status;
  std::unique_ptr<TFE_ContextOptions, void (*)(TFE_ContextOptions*)> options(api().TFE_NewContextOptions(),
                                                                             api().TFE_DeleteContextOptions);
  api().TFE_ContextOptionsSetConfig(options.get(), data, length, status);
  status.check("start");
  api().TFE_ContextOptionsSetDevicePlacementPolicy(options.get(), silent_placement);
  const QuietStart quiet;
  TFE_Context* context = api().TFE_NewContext(options.get(), status);
  status.check("start");
  state.context.context = context;
  return nullptr;
}

/** listDevices(): { name, type }[] */
napi_value list_devices(napi_env env, napi_callback_info) {
  State& state = state_of(env);
  const Status status;
  std::unique_ptr<TF_DeviceList, void (*)(TF_DeviceList*)> devices(api().TFE_ContextListDevices(state.started(), status),
                                                                   api().TF_DeleteDeviceList);
  status.check("devices");
  const int count = api().TF_DeviceListCount(devices.get());
  const napi_value array = make_array(env, static_cast<size_t>(count));
  for (int i = 0; i < count; i++) {
    napi_value device = nullptr;
    check(env, napi_create_object(env, &device), "devices");
    const char* name = api().TF_DeviceListName(devices.get(), i, status);
    status.check("devices");
    const char* type = api().TF_DeviceListType(devices.get(), i, status);
    status.check("devices");
    set_property(env, device, "name", make_text(env, name));
    set_property(env, device, "type", make_text(env, type));
    set_element(env, array, static_cast<uint32_t>(i), device);
  }
  return array;
}

/** createTensor(shape, dtype, values): its number */
napi_value create_tensor(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 3, "createTensor");
  State& state = state_of(env);
  state.started();
  const std::vector<int64_t> shape = shape_of(env, given[0]);
  const TF_DataType type = type_of(env, given[1]);
  const Tensor tensor = make_tensor(env, shape, type, given[2]);
  const Status status;
  Handle handle(api().TFE_NewTensorHandle(tensor.get(), status));
  status.check("createTensor");
  const int64_t bytes = static_cast<int64_t>(api().TF_TensorByteSize(tensor.get()));
  return make_number(env, static_cast<double>(state.hold(std::move(handle), bytes)));
}

/** deleteTensor(number); throws where there is none. */
napi_value delete_tensor(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 1, "deleteTensor");
  const int64_t id = integer_of(env, given[0], "tensor", 0, safe_integer);
  if (!state_of(env).release(id)) throw Failure("NO_TENSOR", "deleteTensor: there is no tensor " + std::to_string(id));
  return nullptr;
}

/** releaseTensor(number): whether there was one. For those whose JavaScript object was collected, disposed before or not. */
napi_value release_tensor(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 1, "releaseTensor");
  const bool was = state_of(env).release(integer_of(env, given[0], "tensor", 0, safe_integer));
  napi_value result = nullptr;
  check(env, napi_get_boolean(env, was, &result), "releaseTensor");
  return result;
}

/** tensorDataSync(number): a typed array of its own, for strings an array of byte arrays */
napi_value tensor_data(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 1, "tensorDataSync");
  const State& state = state_of(env);
  TFE_TensorHandle* handle = state.tensor(integer_of(env, given[0], "tensor", 0, safe_integer));
  const Status status;
  const Tensor tensor(api().TFE_TensorHandleResolve(handle, status));
  status.check("tensorDataSync");
  return read_tensor(env, tensor.get());
}

/** executeOp(name, attributes, tensors, outputs): metadata of each result */
napi_value execute_op(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 4, "executeOp");
  State& state = state_of(env);
  const std::string name = text_of(env, given[0], "executeOp: name");
  const std::vector<Attribute> attributes = attributes_of(env, given[1]);
  const std::vector<int64_t> inputs = integers_of(env, given[2], "executeOp: tensors", 0, safe_integer);
  const int64_t outputs = integer_of(env, given[3], "executeOp: outputs", 0, most_outputs);

  const Status status;
  std::unique_ptr<TFE_Op, OpDeleter> op(api().TFE_NewOp(state.started(), name.c_str(), status));
  status.check(name);
  for (const int64_t id : inputs) {
    api().TFE_OpAddInput(op.get(), state.tensor(id), status);
    status.check(name);
  }
  set_attributes(EagerOp{op.get()}, attributes);

  std::vector<TFE_TensorHandle*> results(static_cast<size_t>(outputs), nullptr);
  int count = static_cast<int>(outputs);
  api().TFE_Execute(op.get(), results.data(), &count, status);
  status.check(name);
  std::vector<Handle> handles;
  for (int i = 0; i < count; i++) handles.emplace_back(results[static_cast<size_t>(i)]);

  const napi_value array = make_array(env, handles.size());
  for (uint32_t i = 0; i < handles.size(); i++) {
    const TF_DataType type = api().TFE_TensorHandleDataType(handles[i].get());
    const std::vector<int64_t> shape = shape_of_handle(handles[i].get(), status, name);
    const int64_t bytes = element_count(shape) * static_cast<int64_t>(element_bytes(type));
    const int64_t id = state.hold(std::move(handles[i]), bytes);
    set_element(env, array, i, make_metadata(env, static_cast<double>(id), shape, type));
  }
  return array;
}

}  // namespace rewardlab
