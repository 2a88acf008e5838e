// The module: its functions, and how their errors become JavaScript's.

#include <new>

#include "state.h"

namespace rewardlab {
namespace {

using Function = napi_value (*)(napi_env, napi_callback_info);

void throw_error(napi_env env, const std::string& code, const std::string& message) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) != napi_ok || pending) return;
  napi_throw_error(env, code.empty() ? nullptr : code.c_str(), message.c_str());
}

template <Function function>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return function(env, info);
  } catch (const PendingException&) {
  } catch (const Failure& failure) {
    throw_error(env, failure.code, failure.message);
  } catch (const std::bad_alloc&) {
    throw_error(env, "RESOURCE_EXHAUSTED", "out of memory");
  } catch (const std::exception& error) {
    throw_error(env, "", error.what());
  }
  return nullptr;
}

/** open(paths): the libraries, in the order they are to be opened */
napi_value open(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 1, "open");
  std::vector<std::string> paths;
  for (uint32_t i = 0, count = length_of(env, given[0], "paths"); i < count; i++)
    paths.push_back(text_of(env, element_of(env, given[0], i, "paths"), "a path"));
  std::vector<const char*> pointers;
  for (const std::string& path : paths) pointers.push_back(path.c_str());
  open_libraries(pointers.data(), pointers.size());
  return nullptr;
}

napi_value version(napi_env env, napi_callback_info) { return make_text(env, api().TF_Version()); }

napi_value number_of_tensors(napi_env env, napi_callback_info) {
  return make_number(env, static_cast<double>(state_of(env).tensors.size()));
}

napi_value number_of_bytes(napi_env env, napi_callback_info) {
  return make_number(env, static_cast<double>(state_of(env).bytes));
}

template <Function function>
void add(napi_env env, napi_value exports, const char* name) {
  napi_value made = nullptr;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<function>, nullptr, &made), name);
  set_property(env, exports, name, made);
}

void delete_state(napi_env, void* data, void*) { delete static_cast<State*>(data); }

napi_value fill(napi_env env, napi_value exports) {
  auto state = std::make_unique<State>();
  state->env = env;
  check(env, napi_set_instance_data(env, state.get(), delete_state, nullptr), "state");
  state.release();
  add<open>(env, exports, "open");
  add<version>(env, exports, "version");
  add<start>(env, exports, "start");
  add<list_devices>(env, exports, "listDevices");
  add<create_tensor>(env, exports, "createTensor");
  add<delete_tensor>(env, exports, "deleteTensor");
  add<release_tensor>(env, exports, "releaseTensor");
  add<tensor_data>(env, exports, "tensorDataSync");
  add<execute_op>(env, exports, "executeOp");
  add<number_of_tensors>(env, exports, "getNumOfTensors");
  add<number_of_bytes>(env, exports, "getNumOfBytes");
  add<new_graph>(env, exports, "newGraph");
  add<delete_graph>(env, exports, "deleteGraph");
  add<op_definition>(env, exports, "opDefinition");
  add<add_node>(env, exports, "addNode");
  add<add_constant>(env, exports, "addConstant");
  add<add_function>(env, exports, "addFunction");
  add<remove_function>(env, exports, "removeFunction");
  return exports;
}

}  // namespace
}  // namespace rewardlab

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  try {
    return rewardlab::fill(env, exports);
  } catch (const rewardlab::PendingException&) {
  } catch (const rewardlab::Failure& failure) {
    napi_throw_error(env, nullptr, failure.message.c_str());
  }
  return nullptr;
}

extern "C" __attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1() { return 8; }
