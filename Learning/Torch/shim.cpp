// The C face of libtorch: define or load a TorchScript module, train it, run it, save it.
//
// Every function returns 0, or -1 with the reason in ledger_torch_error() of the same thread; no exception crosses.
// A module is used by one thread at a time. Parameters come in as canonical Q7.24 integers (one int32 a parameter,
// tensors in named_parameters order), features as rows of float32, labels as int32.

#include <ATen/Parallel.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>
#include <torch/version.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#define LEDGER_API extern "C" __attribute__((visibility("default")))

extern "C" void openblas_set_num_threads(int threads);
extern "C" int openblas_get_num_threads();
extern "C" char* openblas_get_config();

namespace {

constexpr double kParameterUnit = 1.0 / (1 << 24);  // Q7.24
constexpr double kTargetUnit = 1.0 / (1 << 16);     // a number to be predicted, in standard deviations, Q15.16
constexpr int64_t kEvaluationRows = 512;            // rows of one forward pass without gradients

thread_local std::string last_error;

}  // namespace

// How a local run descends; the C# side has the same fields in the same order.
struct LedgerDescent {
    int64_t batch;
    double learning_rate;
    double momentum;
    double weight_decay;
    double proximal_mu;
    int32_t adamw;          // 0: SGD
    int32_t squared_error;  // 0: cross-entropy
};

struct LedgerModule {
    explicit LedgerModule(torch::jit::Module wrapped) : module(std::move(wrapped)) {}

    torch::jit::Module module;
    std::vector<std::string> names;
    std::vector<at::Tensor> parameters;
    std::vector<at::Tensor> start;       // where the local run began, for the proximal term
    std::vector<at::Tensor> velocities;  // SGD's momentum, or AdamW's first moment
    std::vector<at::Tensor> squares;     // AdamW's second moment
    std::vector<at::Tensor> drift;       // added after each step; empty for none
    int64_t steps = 0;                   // steps of this run, for AdamW's correction of the moments
    std::vector<int64_t> input_shape;  // one row: {inputs} or {1, height, width}
    uint64_t shuffle_state = 0;
    std::string text;                  // the last answer of a function that returns text
};

namespace {

template <typename Body>
int guarded(Body body) {
    try {
        // OpenMP keeps the number of threads for each calling thread, so it is set on every entry.
        // Two BLAS threads beside OpenMP slow one another down, and results would depend on their number.
        at::set_num_threads(1);
        openblas_set_num_threads(1);
        body();
        return 0;
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "unknown C++ exception";
    }
    return -1;
}

// What is frozen (requires_grad = False) stays as the file has it: it is neither trained nor sent.
void collect_parameters(LedgerModule& held) {
    for (const auto& entry : held.module.named_parameters()) {
        if (!entry.value.requires_grad())
            continue;
        if (entry.value.scalar_type() != at::kFloat)
            throw std::runtime_error("parameter '" + entry.name + "' is not float32");
        held.names.push_back(entry.name);
        held.parameters.push_back(entry.value);
    }
    for (const auto& entry : held.module.named_buffers())
        if (entry.value.is_floating_point())
            throw std::runtime_error("buffer '" + entry.name + "' holds floats, and only parameters are aggregated");
}

// `__setstate__` runs while a file is being loaded and `__getstate__` while it is saved, before and beside the check of
// operators; torch.classes names C++ objects with code of their own.
void refuse_code_that_runs_on_load(const std::string& bytes) {
    std::istringstream stream(bytes);
    caffe2::serialize::PyTorchStreamReader archive(&stream);
    for (const auto& name : archive.getAllRecords()) {
        const bool is_code = name.rfind("code/", 0) == 0 || (name.size() > 4 && name.substr(name.size() - 4) == ".pkl");
        if (!is_code)
            continue;
        const auto record = archive.getRecord(name);
        const std::string text(static_cast<const char*>(std::get<0>(record).get()), std::get<1>(record));
        for (const char* word : {"__setstate__", "__getstate__", "torch.classes"})
            if (text.find(word) != std::string::npos)
                throw std::runtime_error(std::string("operator ") + word + " is not allowed");
    }
}

// Walks calls instead of inlining them: functions that call one another twice would grow the graph without bound.
struct OperatorWalk {
    std::set<std::string> kinds;
    std::set<torch::jit::Function*> seen;

    void visit(torch::jit::Function& function) {
        if (!seen.insert(&function).second)
            return;
        if (auto* with_graph = torch::jit::tryToGraphFunction(function))
            visit(with_graph->graph()->block());
        else
            kinds.insert("function " + function.name());
    }

    void visit(torch::jit::Block* block) {
        for (auto* node : block->nodes()) {
            if (auto* callee = called_by(node))
                visit(*callee);
            else
                kinds.insert(name_of(node));
            for (const auto attribute : node->attributeNames())
                if (node->kindOf(attribute) == torch::jit::AttributeKind::g)
                    visit(node->g(attribute)->block());
            for (auto* inner : node->blocks())
                visit(inner);
        }
    }

    // Null for an operator, and for a call whose target is only known when it runs: that is refused as
    // prim::CallMethod.
    static torch::jit::Function* called_by(torch::jit::Node* node) {
        if (node->kind() == torch::jit::prim::CallFunction)
            return node->input(0)->type()->expect<c10::FunctionType>()->function();
        if (node->kind() != torch::jit::prim::CallMethod)
            return nullptr;
        const auto owner = node->input(0)->type()->cast<c10::ClassType>();
        return owner ? owner->findMethod(node->s(torch::jit::attr::name)) : nullptr;
    }

    // A `while` has the largest integer as its number of trips: nothing bounds its time.
    static std::string name_of(torch::jit::Node* node) {
        if (node->kind() == torch::jit::prim::Loop) {
            const auto trips = torch::jit::toIValue(node->input(0));
            if (trips && trips->isInt() && trips->toInt() == std::numeric_limits<int64_t>::max())
                return "while";
        }
        return node->kind().toQualString();
    }
};

void write_parameters(LedgerModule& held, const int32_t* canonical) {
    torch::NoGradGuard no_grad;
    for (auto& parameter : held.parameters) {
        auto* target = parameter.data_ptr<float>();
        for (int64_t i = 0; i < parameter.numel(); i++)
            target[i] = static_cast<float>(*canonical++ * kParameterUnit);
    }
}

at::Tensor input_rows(const LedgerModule& held, const float* features, int64_t rows) {
    std::vector<int64_t> shape = {rows};
    shape.insert(shape.end(), held.input_shape.begin(), held.input_shape.end());
    return torch::from_blob(const_cast<float*>(features), shape, at::kFloat);
}

// [n, classes] or [n, 1]; of a sequence model [n, window, classes], logits of what follows each position.
at::Tensor forward(LedgerModule& held, const at::Tensor& rows) {
    const auto output = held.module.get_method("forward")({rows});
    if (!output.isTensor() || output.toTensor().dim() < 2 || output.toTensor().size(0) != rows.size(0) ||
        output.toTensor().dim() > 3 || (output.toTensor().dim() == 3 && output.toTensor().size(1) != rows.size(1)))
        throw std::runtime_error(
            "forward must return one row of logits, [n, classes], for each of n inputs, or [n, window, classes] for text");
    return output.toTensor();
}

// The mean loss of some rows: labels are classes, or numbers where the error is squared. What follows a position inside
// a sequence is the next input, and what follows the last one the label.
at::Tensor loss_of(const at::Tensor& rows, const at::Tensor& output, const at::Tensor& labels,
                   const LedgerDescent& descent) {
    if (output.dim() == 3) {
        const auto following = at::cat({rows.slice(1, 1).to(at::kLong), labels.to(at::kLong).unsqueeze(1)}, 1);
        return at::cross_entropy_loss(output.flatten(0, 1), following.flatten());
    }
    if (!descent.squared_error)
        return at::cross_entropy_loss(output, labels.to(at::kLong));
    if (output.size(1) != 1)
        throw std::runtime_error("forward must return one number, [n, 1], for each of n inputs");
    return at::mse_loss(output.squeeze(1), labels.to(at::kFloat) * kTargetUnit);
}

uint64_t next_random(uint64_t& state) {  // SplitMix64
    uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

at::Tensor shuffled_rows(LedgerModule& held, int64_t rows) {
    auto order = torch::empty({rows}, at::kLong);
    auto* index = order.data_ptr<int64_t>();
    std::iota(index, index + rows, 0);
    for (int64_t i = rows - 1; i > 0; i--)
        std::swap(index[i], index[next_random(held.shuffle_state) % (i + 1)]);
    return order;
}

constexpr double kFirstMoment = 0.9, kSecondMoment = 0.999, kAdamEpsilon = 1e-8;  // Loshchilov and Hutter (2019)

// FedProx (Li et al., 2020) adds mu/2 |w - w0|^2 to the loss, and so mu (w - w0) to its gradient.
at::Tensor gradient_of(LedgerModule& held, size_t i, const LedgerDescent& descent) {
    auto gradient = held.parameters[i].grad();
    if (descent.proximal_mu > 0)
        gradient.add_(held.parameters[i] - held.start[i], descent.proximal_mu);
    return gradient;
}

void descend_sgd(LedgerModule& held, size_t i, const LedgerDescent& descent) {
    auto step = gradient_of(held, i, descent);
    if (descent.weight_decay > 0)
        step.add_(held.parameters[i], descent.weight_decay);
    if (descent.momentum > 0)
        step = held.velocities[i].mul_(descent.momentum).add_(step);
    held.parameters[i].sub_(step, descent.learning_rate);
}

void descend_adamw(LedgerModule& held, size_t i, const LedgerDescent& descent) {
    const auto gradient = gradient_of(held, i, descent);
    held.velocities[i].mul_(kFirstMoment).add_(gradient, 1 - kFirstMoment);
    held.squares[i].mul_(kSecondMoment).addcmul_(gradient, gradient, 1 - kSecondMoment);
    const auto first = held.velocities[i] / (1 - std::pow(kFirstMoment, held.steps));
    const auto second = held.squares[i] / (1 - std::pow(kSecondMoment, held.steps));
    held.parameters[i].mul_(1 - descent.learning_rate * descent.weight_decay);
    held.parameters[i].sub_(first / second.sqrt_().add_(kAdamEpsilon), descent.learning_rate);
}

void descend(LedgerModule& held, const LedgerDescent& descent) {
    torch::NoGradGuard no_grad;
    held.steps++;
    for (size_t i = 0; i < held.parameters.size(); i++) {
        if (!held.parameters[i].grad().defined())
            continue;
        if (descent.adamw)
            descend_adamw(held, i, descent);
        else
            descend_sgd(held, i, descent);
        if (!held.drift.empty())
            held.parameters[i].add_(held.drift[i]);
        held.parameters[i].grad().zero_();
    }
}

}  // namespace

LEDGER_API const char* ledger_torch_error() { return last_error.c_str(); }

// Four lines: libtorch's version, what OpenBLAS says of itself, and how many threads each may use; null on failure.
LEDGER_API const char* ledger_torch_about() {
    thread_local std::string about;
    const int code = guarded([] {
        about = std::string(TORCH_VERSION) + '\n' + openblas_get_config() + '\n' +
                std::to_string(at::get_num_threads()) + '\n' + std::to_string(openblas_get_num_threads());
    });
    return code == 0 ? about.c_str() : nullptr;
}

LEDGER_API void ledger_module_free(LedgerModule* held) { delete held; }

// shapes: for each parameter its rank, then its dimensions. A name "fc1.weight" makes a submodule fc1.
LEDGER_API int ledger_module_define(const char* source, int32_t count, const char* const* names, const int32_t* shapes,
                                    LedgerModule** result) {
    return guarded([&] {
        auto held = std::make_unique<LedgerModule>(torch::jit::Module("__torch__.Ledger"));
        for (int32_t i = 0; i < count; i++) {
            std::vector<int64_t> dimensions(shapes + 1, shapes + 1 + *shapes);
            shapes += 1 + *shapes;
            const std::string name = names[i];
            const auto dot = name.find('.');
            const auto layer = name.substr(0, dot);
            if (!held->module.hasattr(layer))
                held->module.register_module(layer, torch::jit::Module("__torch__.Layer_" + layer));
            held->module.attr(layer).toModule().register_parameter(
                name.substr(dot + 1), torch::zeros(dimensions, torch::requires_grad()), false);
        }
        held->module.define(source);
        collect_parameters(*held);
        *result = held.release();
    });
}

LEDGER_API int ledger_module_load(const char* bytes, int64_t length, LedgerModule** result) {
    return guarded([&] {
        const std::string text(bytes, static_cast<size_t>(length));
        refuse_code_that_runs_on_load(text);
        std::istringstream stream(text);
        auto held = std::make_unique<LedgerModule>(torch::jit::load(stream, at::kCPU));
        collect_parameters(*held);
        *result = held.release();
    });
}

// Every operator of every method of every submodule and of what they call, one a line.
LEDGER_API const char* ledger_module_operators(LedgerModule* held) {
    const int failed = guarded([&] {
        OperatorWalk walk;
        for (const auto& module : held->module.modules())
            for (const auto& method : module.get_methods())
                walk.visit(method.function());
        held->text.clear();
        for (const auto& kind : walk.kinds)
            held->text += kind + "\n";
    });
    return failed ? nullptr : held->text.c_str();
}

// One line a parameter: its name, then its dimensions.
LEDGER_API const char* ledger_module_shapes(LedgerModule* held) {
    const int failed = guarded([&] {
        std::ostringstream lines;
        for (size_t i = 0; i < held->parameters.size(); i++) {
            lines << held->names[i];
            for (const auto dimension : held->parameters[i].sizes())
                lines << ' ' << dimension;
            lines << '\n';
        }
        held->text = lines.str();
    });
    return failed ? nullptr : held->text.c_str();
}

LEDGER_API int ledger_module_set_input(LedgerModule* held, int32_t rank, const int32_t* dimensions) {
    return guarded([&] { held->input_shape.assign(dimensions, dimensions + rank); });
}

LEDGER_API int ledger_module_read(LedgerModule* held, float* target) {
    return guarded([&] {
        for (const auto& parameter : held->parameters) {
            const auto flat = parameter.detach().contiguous();
            std::copy_n(flat.data_ptr<float>(), flat.numel(), target);
            target += flat.numel();
        }
    });
}

// Starts a local run: the canonical parameters, no velocity, one seed for shuffling and for dropout, and what to add to
// the parameters after each step (null for nothing).
LEDGER_API int ledger_train_begin(LedgerModule* held, const int32_t* canonical, uint64_t seed, const float* drift) {
    return guarded([&] {
        torch::manual_seed(seed);
        held->shuffle_state = seed;
        write_parameters(*held, canonical);
        held->velocities.clear();
        held->squares.clear();
        held->start.clear();
        held->drift.clear();
        held->steps = 0;
        for (auto& parameter : held->parameters) {
            parameter.set_requires_grad(true);
            if (parameter.grad().defined())
                parameter.grad().zero_();
            held->start.push_back(parameter.detach().clone());
            held->velocities.push_back(torch::zeros_like(parameter));
            held->squares.push_back(torch::zeros_like(parameter));
            if (drift != nullptr) {
                held->drift.push_back(torch::empty_like(parameter, at::MemoryFormat::Contiguous));
                std::copy_n(drift, parameter.numel(), held->drift.back().data_ptr<float>());
                drift += parameter.numel();
            }
        }
        held->module.train();
    });
}

// One epoch of mini-batches. Stops early, without an error, once stop[0] is not zero, and once
// stop[1] is not zero and the run has made least_steps steps. The loss is the mean over the rows that were seen.
LEDGER_API int ledger_train_epoch(LedgerModule* held, const float* features, const int32_t* labels, int64_t rows,
                                  const LedgerDescent* descent, const std::atomic<int32_t>* stop, int64_t least_steps,
                                  int64_t* steps, double* mean_loss) {
    return guarded([&] {
        const auto inputs = input_rows(*held, features, rows);
        const auto targets = torch::from_blob(const_cast<int32_t*>(labels), {rows}, at::kInt);
        const auto order = shuffled_rows(*held, rows);
        double total = 0;
        int64_t seen = 0;
        while (seen < rows && !stop[0].load() && !(stop[1].load() && held->steps >= least_steps)) {
            const auto picked = order.slice(0, seen, std::min(seen + descent->batch, rows));
            const auto batch = inputs.index_select(0, picked);
            const auto loss = loss_of(batch, forward(*held, batch), targets.index_select(0, picked), *descent);
            loss.backward();
            descend(*held, *descent);
            total += loss.item<double>() * static_cast<double>(picked.numel());
            seen += picked.numel();
        }
        *steps = held->steps;
        *mean_loss = seen > 0 ? total / static_cast<double>(seen) : 0;
    });
}

// Class probabilities, rows x outputs, or numbers as they come out; fails when the module's number of outputs is another.
LEDGER_API int ledger_predict(LedgerModule* held, const int32_t* canonical, const float* features, int64_t rows,
                              int64_t outputs, int32_t are_classes, float* target) {
    return guarded([&] {
        torch::NoGradGuard no_grad;
        held->module.eval();
        write_parameters(*held, canonical);
        const auto inputs = input_rows(*held, features, rows);
        for (int64_t start = 0; start < rows; start += kEvaluationRows) {
            const auto count = std::min(kEvaluationRows, rows - start);
            // A copy: a module that works in place must not change the caller's rows.
            auto raw = forward(*held, inputs.slice(0, start, start + count).clone());
            if (raw.dim() == 3)
                raw = raw.select(1, -1);
            if (raw.size(1) != outputs)
                throw std::runtime_error("the module gives " + std::to_string(raw.size(1)) + " outputs, the data has " +
                                         std::to_string(outputs));
            const auto output = (are_classes ? at::softmax(raw, 1) : raw).contiguous();
            std::copy_n(output.data_ptr<float>(), output.numel(), target + start * outputs);
        }
    });
}

// The module with these parameters as a TorchScript archive, with one extra file beside the code.
LEDGER_API int ledger_module_save(LedgerModule* held, const int32_t* canonical, const char* extra_name,
                                  const char* extra_text, const char** bytes, int64_t* length) {
    return guarded([&] {
        write_parameters(*held, canonical);
        held->module.eval();
        std::ostringstream stream;
        held->module.save(stream, {{extra_name, extra_text}});
        held->text = stream.str();
        *bytes = held->text.data();
        *length = static_cast<int64_t>(held->text.size());
    });
}

// Graphs are interpreted as written: fused kernels would cost a compilation in every process and change the last bits.
__attribute__((constructor)) static void interpret_graphs_as_written() {
    torch::jit::setGraphExecutorOptimize(false);
}
