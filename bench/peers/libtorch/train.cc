// Times training steps of libtorch, with the network, head, loss and AdamW of `pqrst bench train`. The input
// is random and stays the same. It reads no records, so it does not measure how well a network learns.
//   libtorch_train ARCH BATCH LENGTH THREADS
// Prints one line of JSON with the number of parameters. Then it answers each line on stdin with one line of
// JSON:
//   step    makes one training step; answers its wall time and the CPU time of all threads, in ms
//   gemm    answers the rate of a square matrix product, in GFLOP/s

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "efficientnet.h"
#include "resnet.h"
#include "sequence.h"

namespace peer {
namespace {

constexpr int64_t kFeatures = 64;  // Outputs of the backbone, which are the inputs of the head.

nn::AnyModule Backbone(const std::string& arch) {
  if (arch == "resnet18") return nn::AnyModule(ResNet(std::array{2, 2, 2, 2}, false, kFeatures));
  if (arch == "resnet34") return nn::AnyModule(ResNet(std::array{3, 4, 6, 3}, false, kFeatures));
  if (arch == "resnet50") return nn::AnyModule(ResNet(std::array{3, 4, 6, 3}, true, kFeatures));
  if (arch == "efficientnet-b0") return nn::AnyModule(EfficientNet(kFeatures));
  if (arch == "lstm") return nn::AnyModule(Recurrent<nn::LSTM, nn::LSTMOptions>(kFeatures));
  if (arch == "gru") return nn::AnyModule(Recurrent<nn::GRU, nn::GRUOptions>(kFeatures));
  if (arch == "transformer") return nn::AnyModule(Transformer(kFeatures));
  throw std::invalid_argument("this program does not have the architecture \"" + arch + "\"");
}

nn::Sequential Network(const std::string& arch) {
  nn::Sequential network;
  network->push_back(Backbone(arch));
  network->push_back(nn::Linear(kFeatures, 32));
  network->push_back(nn::ReLU(nn::ReLUOptions(true)));
  network->push_back(nn::Dropout(0.25));
  network->push_back(nn::Linear(32, 1));
  return network;
}

double NowMs() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

// Returns the CPU time of all threads, in ms.
double CpuMs() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Returns the GFLOP/s of a product of two square matrices, the best of three.
double GemmRate() {
  constexpr int64_t kSide = 1024;
  torch::NoGradGuard no_gradients;
  const Tensor a = torch::randn({kSide, kSide}), b = torch::randn({kSide, kSide});
  double best = 0;
  for (int round = 0; round < 3; round++) {
    const double start = NowMs();
    const Tensor product = at::mm(a, b);
    best = std::max(best, 2e-6 * kSide * kSide * kSide / (NowMs() - start));
  }
  return best;
}

// Builds the network, then answers the lines on stdin until it ends.
void Serve(const std::string& arch, int64_t batch, int64_t length, int threads) {
  at::set_num_threads(threads);
  torch::manual_seed(1);
  nn::Sequential network = Network(arch);
  network->train();
  long long parameters = 0;
  for (const Tensor& weight : network->parameters()) parameters += weight.numel();
  torch::optim::AdamW optimizer(network->parameters(), torch::optim::AdamWOptions(1e-3).weight_decay(0.01));

  const Tensor ecg = torch::randn({batch, 1, length});
  const Tensor label = (torch::rand({batch}) < 0.25).to(torch::kFloat32);
  const auto weighted = nn::functional::BinaryCrossEntropyWithLogitsFuncOptions()
                            .weight(torch::ones({batch}))
                            .pos_weight(torch::full({1}, 3.0));
  const auto step = [&] {
    optimizer.zero_grad();
    const Tensor logit = network->forward(ecg).view({batch});
    const Tensor loss = nn::functional::binary_cross_entropy_with_logits(logit, label, weighted);
    loss.backward();
    optimizer.step();
    return loss.item<float>();
  };
  std::printf("{\"libtorch\":\"%s\",\"arch\":\"%s\",\"threads\":%d,\"parameters\":%lld}\n", TORCH_VERSION,
              arch.c_str(), at::get_num_threads(), parameters);
  std::fflush(stdout);
  for (std::string order; std::cin >> order;) {
    if (order == "gemm") {
      std::printf("{\"gflops\":%.1f}\n", GemmRate());
    } else {
      const double start = NowMs(), cpu_start = CpuMs();
      const float loss = step();
      std::printf("{\"ms\":%.3f,\"cpuMs\":%.3f,\"loss\":%.4f}\n", NowMs() - start, CpuMs() - cpu_start, loss);
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace peer

int main(int argc, char** argv) {
  try {
    if (argc != 5) throw std::invalid_argument("usage: libtorch_train ARCH BATCH LENGTH THREADS");
    peer::Serve(argv[1], std::stoi(argv[2]), std::stoi(argv[3]), std::stoi(argv[4]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "libtorch_train: %s\n", error.what());
    return 1;
  }
}
