// Graphs, built node by node, and made into functions that run as one op. Outputs of nodes are known by their number within the graph.

#include "attributes.h"
#include "state.h"

namespace rewardlab {
namespace {

TF_Output output_of(const Graph& graph, int64_t number) {
  if (number < 0 || number >= static_cast<int64_t>(graph.outputs.size()))
    throw Failure("NO_OUTPUT", "the graph has no output " + std::to_string(number));
  return graph.outputs[static_cast<size_t>(number)];
}

/** Ends a node and takes its outputs in. Shapes are TensorFlow's own inference, −1 where a size is not known, null where the rank is not. */
napi_value finished(napi_env env, Graph& graph, TF_OperationDescription* description, const std::string& where) {
  const Status status;
  TF_Operation* operation = api().TF_FinishOperation(description, status);
  status.check(where);
  graph.nodes += 1;
  const int count = api().TF_OperationNumOutputs(operation);
  const napi_value array = make_array(env, static_cast<size_t>(count));
  for (int i = 0; i < count; i++) {
    const TF_Output output{operation, i};
    const int rank = api().TF_GraphGetTensorNumDims(graph.graph, output, status);
    status.check(where);
    std::vector<int64_t> shape(rank < 0 ? 0 : static_cast<size_t>(rank));
    if (rank >= 0) api().TF_GraphGetTensorShape(graph.graph, output, shape.data(), rank, status);
    status.check(where);
    const auto number = static_cast<double>(graph.outputs.size());
    graph.outputs.push_back(output);
    const napi_value metadata = make_metadata(env, number, shape, api().TF_OperationOutputType(output));
    if (rank < 0) {
      napi_value none = nullptr;
      check(env, napi_get_null(env, &none), "shape");
      set_property(env, metadata, "shape", none);
    }
    set_element(env, array, static_cast<uint32_t>(i), metadata);
  }
  return array;
}

std::string name_in(const Graph& graph, const std::string& type) { return type + "_" + std::to_string(graph.nodes); }

}  // namespace

/** newGraph(): its number */
napi_value new_graph(napi_env env, napi_callback_info) {
  State& state = state_of(env);
  state.started();
  const int64_t id = state.next_id++;
  state.graphs.emplace(id, std::make_unique<Graph>());
  return make_number(env, static_cast<double>(id));
}

/** deleteGraph(graph) */
napi_value delete_graph(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 1, "deleteGraph");
  State& state = state_of(env);
  const int64_t id = integer_of(env, given[0], "graph", 0, safe_integer);
  state.graph(id);
  state.graphs.erase(id);
  return nullptr;
}

/** opDefinition(graph, name): TensorFlow's description of an op, a serialized OpDef */
napi_value op_definition(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 2, "opDefinition");
  const Graph& graph = state_of(env).graph(integer_of(env, given[0], "graph", 0, safe_integer));
  const std::string name = text_of(env, given[1], "opDefinition: name");
  const Status status;
  std::unique_ptr<TF_Buffer, void (*)(TF_Buffer*)> buffer(api().TF_NewBuffer(), api().TF_DeleteBuffer);
  api().TF_GraphGetOpDef(graph.graph, name.c_str(), buffer.get(), status);
  status.check(name);
  void* copy = nullptr;
  napi_value result = nullptr;
  check(env, napi_create_buffer_copy(env, buffer->length, buffer->data, &copy, &result), "opDefinition");
  return result;
}

/** addNode(graph, type, attributes, inputs, lists): metadata of each output. `lists`: for each input of the op, how many of `inputs` it takes; −1 for one that isn't a list */
napi_value add_node(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 5, "addNode");
  Graph& graph = state_of(env).graph(integer_of(env, given[0], "graph", 0, safe_integer));
  const std::string type = text_of(env, given[1], "addNode: type");
  const std::vector<Attribute> attributes = attributes_of(env, given[2]);
  std::vector<TF_Output> inputs;
  for (const int64_t number : integers_of(env, given[3], "addNode: inputs", 0, safe_integer))
    inputs.push_back(output_of(graph, number));
  const std::vector<int64_t> lists = integers_of(env, given[4], "addNode: lists", -1, safe_integer);
  size_t needed = 0;
  for (const int64_t length : lists) needed += length < 0 ? 1 : static_cast<size_t>(length);
  if (needed != inputs.size())
    throw Failure(type + ": " + std::to_string(inputs.size()) + " inputs, expected " + std::to_string(needed));

  // From here on nothing throws before the node is finished: an op that was begun can't be given up.
  TF_OperationDescription* description = api().TF_NewOperation(graph.graph, type.c_str(), name_in(graph, type).c_str());
  size_t at = 0;
  for (const int64_t length : lists) {
    if (length < 0) {
      api().TF_AddInput(description, inputs[at++]);
      continue;
    }
    api().TF_AddInputList(description, inputs.data() + at, static_cast<int>(length));
    at += static_cast<size_t>(length);
  }
  set_attributes(GraphNode{description}, attributes);
  return finished(env, graph, description, type);
}

/** addConstant(graph, shape, dtype, values): metadata of its output */
napi_value add_constant(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 4, "addConstant");
  Graph& graph = state_of(env).graph(integer_of(env, given[0], "graph", 0, safe_integer));
  const std::vector<int64_t> shape = shape_of(env, given[1]);
  const TF_DataType type = type_of(env, given[2]);
  const Tensor tensor = make_tensor(env, shape, type, given[3]);
  const Status status;
  TF_OperationDescription* description = api().TF_NewOperation(graph.graph, "Const", name_in(graph, "Const").c_str());
  api().TF_SetAttrType(description, "dtype", type);
  api().TF_SetAttrTensor(description, "value", tensor.get(), status);
  const napi_value result = finished(env, graph, description, "Const");
  status.check("Const");
  return element_of(env, result, 0, "Const");
}

/** addFunction(graph, name, inputs, outputs): makes the graph a function that executeOp runs by its name */
napi_value add_function(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 4, "addFunction");
  State& state = state_of(env);
  const Graph& graph = state.graph(integer_of(env, given[0], "graph", 0, safe_integer));
  const std::string name = text_of(env, given[1], "addFunction: name");
  std::vector<TF_Output> inputs;
  for (const int64_t number : integers_of(env, given[2], "addFunction: inputs", 0, safe_integer))
    inputs.push_back(output_of(graph, number));
  std::vector<TF_Output> outputs;
  for (const int64_t number : integers_of(env, given[3], "addFunction: outputs", 0, safe_integer))
    outputs.push_back(output_of(graph, number));
  const Status status;
  std::unique_ptr<TF_Function, void (*)(TF_Function*)> function(
      api().TF_GraphToFunction(graph.graph, name.c_str(), 0, -1, nullptr, static_cast<int>(inputs.size()), inputs.data(),
                               static_cast<int>(outputs.size()), outputs.data(), nullptr, nullptr, nullptr, status),
      api().TF_DeleteFunction);
  status.check(name);
  api().TFE_ContextAddFunction(state.started(), function.get(), status);
  status.check(name);
  return nullptr;
}

/** removeFunction(name) */
napi_value remove_function(napi_env env, napi_callback_info info) {
  const Arguments given(env, info, 1, "removeFunction");
  const std::string name = text_of(env, given[0], "removeFunction: name");
  const Status status;
  api().TFE_ContextRemoveFunction(state_of(env).started(), name.c_str(), status);
  status.check(name);
  return nullptr;
}

}  // namespace rewardlab
