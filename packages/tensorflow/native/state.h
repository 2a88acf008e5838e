// What one Node environment (the main thread or a worker) holds. Tensors and graphs are known to JavaScript by numbers that are never used
// again, so a number that is wrong or stale finds nothing.

#pragma once

#include <deque>
#include <unordered_map>

#include "tensors.h"

namespace rewardlab {

struct Context {
  TFE_Context* context = nullptr;
  ~Context() {
    if (context != nullptr) api().TFE_DeleteContext(context);
  }
};

struct HandleDeleter {
  void operator()(TFE_TensorHandle* handle) const { api().TFE_DeleteTensorHandle(handle); }
};
using Handle = std::unique_ptr<TFE_TensorHandle, HandleDeleter>;

struct HeldTensor {
  Handle handle;
  int64_t bytes;
};

struct Graph {
  TF_Graph* graph;
  /** Every output of every node, at its number. */
  std::vector<TF_Output> outputs;
  int64_t nodes = 0;
  Graph() : graph(api().TF_NewGraph()) {}
  ~Graph() { api().TF_DeleteGraph(graph); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
};

struct State {
  napi_env env;
  // Destroyed in the reverse order: tensors before their context.
  Context context;
  std::unordered_map<int64_t, HeldTensor> tensors;
  std::unordered_map<int64_t, std::unique_ptr<Graph>> graphs;
  int64_t next_id = 1;
  int64_t bytes = 0;
  bool gpu = false;

  TFE_Context* started() const {
    if (context.context == nullptr) throw Failure("NOT_OPEN", "TensorFlow is not started yet");
    return context.context;
  }

  /** Takes a tensor in, and tells the garbage collector what it weighs. */
  int64_t hold(Handle handle, int64_t size) {
    const int64_t id = next_id++;
    tensors.emplace(id, HeldTensor{std::move(handle), size});
    account(size);
    return id;
  }

  bool release(int64_t id) {
    const auto found = tensors.find(id);
    if (found == tensors.end()) return false;
    account(-found->second.bytes);
    tensors.erase(found);
    return true;
  }

  TFE_TensorHandle* tensor(int64_t id) const {
    const auto found = tensors.find(id);
    if (found == tensors.end()) throw Failure("NO_TENSOR", "there is no tensor " + std::to_string(id) + "; it may have been disposed");
    return found->second.handle.get();
  }

  Graph& graph(int64_t id) const {
    const auto found = graphs.find(id);
    if (found == graphs.end()) throw Failure("NO_GRAPH", "there is no graph " + std::to_string(id));
    return *found->second;
  }

 private:
  void account(int64_t change) {
    bytes += change;
    int64_t total = 0;
    napi_adjust_external_memory(env, change, &total);
  }
};

inline State& state_of(napi_env env) {
  void* state = nullptr;
  check(env, napi_get_instance_data(env, &state), "state");
  return *static_cast<State*>(state);
}

// eager.cc
napi_value start(napi_env, napi_callback_info);
napi_value list_devices(napi_env, napi_callback_info);
napi_value create_tensor(napi_env, napi_callback_info);
napi_value delete_tensor(napi_env, napi_callback_info);
napi_value release_tensor(napi_env, napi_callback_info);
napi_value tensor_data(napi_env, napi_callback_info);
napi_value execute_op(napi_env, napi_callback_info);
// graph.cc
napi_value new_graph(napi_env, napi_callback_info);
napi_value delete_graph(napi_env, napi_callback_info);
napi_value op_definition(napi_env, napi_callback_info);
napi_value add_node(napi_env, napi_callback_info);
napi_value add_constant(napi_env, napi_callback_info);
napi_value add_function(napi_env, napi_callback_info);
napi_value remove_function(napi_env, napi_callback_info);

}  // namespace rewardlab
