// ResNet in one dimension, with the same layers, sizes and order as in src/nn/models/resnet.ts.
#pragma once

#include <array>

#include "layers.h"

namespace peer {

// A residual block: two convolutions with 3 taps, or, with `bottleneck`, three convolutions with 1, 3 and 1
// taps, of which the last has four times as many channels.
struct BlockImpl : nn::Module {
  BlockImpl(int64_t in, int64_t channels, int64_t stride, bool bottleneck) {
    const int64_t out = bottleneck ? 4 * channels : channels;
    if (bottleneck) {
      body->push_back(Conv(in, channels, 1));
      body->push_back(nn::BatchNorm1d(channels));
      body->push_back(nn::ReLU(nn::ReLUOptions(true)));
    }
    body->push_back(Conv(bottleneck ? channels : in, channels, 3, stride));
    body->push_back(nn::BatchNorm1d(channels));
    body->push_back(nn::ReLU(nn::ReLUOptions(true)));
    body->push_back(Conv(channels, out, bottleneck ? 1 : 3));
    body->push_back(nn::BatchNorm1d(out));
    register_module("body", body);
    if (stride != 1 || in != out) {
      shortcut->push_back(Conv(in, out, 1, stride));
      shortcut->push_back(nn::BatchNorm1d(out));
    }
    register_module("shortcut", shortcut);
  }
  Tensor forward(const Tensor& x) {
    const Tensor beside = shortcut->is_empty() ? x : shortcut->forward(x);
    return (body->forward(x) + beside).relu_();
  }
  nn::Sequential body;
  nn::Sequential shortcut;
};
TORCH_MODULE(Block);

struct ResNetImpl : nn::Module {
  ResNetImpl(const std::array<int, 4>& blocks, bool bottleneck, int64_t features) {
    int64_t in = 64;
    stages->push_back(Conv(1, in, 7, 2));
    stages->push_back(nn::BatchNorm1d(in));
    stages->push_back(nn::ReLU(nn::ReLUOptions(true)));
    stages->push_back(nn::MaxPool1d(nn::MaxPool1dOptions(3).stride(2).padding(1)));
    for (int stage = 0; stage < 4; stage++) {
      const int64_t channels = 64 << stage;
      for (int block = 0; block < blocks[stage]; block++) {
        stages->push_back(Block(in, channels, stage > 0 && block == 0 ? 2 : 1, bottleneck));
        in = bottleneck ? 4 * channels : channels;
      }
    }
    register_module("stages", stages);
    linear = register_module("linear", nn::Linear(in, features));
  }
  Tensor forward(const Tensor& ecg) { return linear->forward(stages->forward(ecg).mean(2)); }
  nn::Sequential stages;
  nn::Linear linear{nullptr};
};
TORCH_MODULE(ResNet);

}  // namespace peer
