// EfficientNet-B0 in one dimension, with the same layers, sizes and order as in
// src/nn/models/efficientnet.ts.
#pragma once

#include <array>

#include "layers.h"

namespace peer {

// Multiplies each channel by a factor in (0, 1), computed from the means of all channels.
struct SqueezeExciteImpl : nn::Module {
  SqueezeExciteImpl(int64_t channels, int64_t hidden) {
    down = register_module("down", nn::Linear(channels, hidden));
    up = register_module("up", nn::Linear(hidden, channels));
  }
  Tensor forward(const Tensor& x) {
    const Tensor squeezed = torch::silu(down->forward(x.mean(2)));
    return x * torch::sigmoid(up->forward(squeezed)).unsqueeze(2);
  }
  nn::Linear down{nullptr}, up{nullptr};
};
TORCH_MODULE(SqueezeExcite);

// An inverted bottleneck: expansion, depthwise convolution, squeeze and excite, projection, and a shortcut
// that drops whole records at random.
struct MbConvImpl : nn::Module {
  MbConvImpl(int64_t in, int64_t expansion, int64_t taps, int64_t stride, int64_t out, double drop)
      : has_shortcut(stride == 1 && in == out), drop_rate(drop) {
    const int64_t inner = in * expansion;
    if (expansion != 1) {
      body->push_back(Conv(in, inner, 1));
      body->push_back(nn::BatchNorm1d(inner));
      body->push_back(nn::SiLU());
    }
    body->push_back(Conv(inner, inner, taps, stride, inner));
    body->push_back(nn::BatchNorm1d(inner));
    body->push_back(nn::SiLU());
    body->push_back(SqueezeExcite(inner, in / 4));
    body->push_back(Conv(inner, out, 1));
    body->push_back(nn::BatchNorm1d(out));
    register_module("body", body);
  }
  Tensor forward(const Tensor& x) {
    const Tensor y = body->forward(x);
    if (!has_shortcut) return y;
    const Tensor kept = (torch::rand({x.size(0), 1, 1}) >= drop_rate).to(torch::kFloat32) / (1 - drop_rate);
    return y * kept + x;
  }
  bool has_shortcut;
  double drop_rate;
  nn::Sequential body;
};
TORCH_MODULE(MbConv);

struct EfficientNetImpl : nn::Module {
  explicit EfficientNetImpl(int64_t features) {
    // Each row: expansion, taps, stride of the first block, channels, number of blocks.
    constexpr std::array<std::array<int64_t, 5>, 7> kStages{{{1, 3, 1, 16, 1},
                                                             {6, 3, 2, 24, 2},
                                                             {6, 5, 2, 40, 2},
                                                             {6, 3, 2, 80, 3},
                                                             {6, 5, 1, 112, 3},
                                                             {6, 5, 2, 192, 4},
                                                             {6, 3, 1, 320, 1}}};
    constexpr double kBlocks = 16;
    body->push_back(Conv(1, 32, 3, 2));
    body->push_back(nn::BatchNorm1d(32));
    body->push_back(nn::SiLU());
    int64_t in = 32;
    int at = 0;
    for (const auto& [expansion, taps, stride, channels, blocks] : kStages) {
      for (int64_t block = 0; block < blocks; block++) {
        body->push_back(MbConv(in, expansion, taps, block == 0 ? stride : 1, channels, 0.2 * at++ / kBlocks));
        in = channels;
      }
    }
    body->push_back(Conv(in, 1280, 1));
    body->push_back(nn::BatchNorm1d(1280));
    body->push_back(nn::SiLU());
    register_module("body", body);
    linear = register_module("linear", nn::Linear(1280, features));
  }
  Tensor forward(const Tensor& ecg) {
    const Tensor pooled = body->forward(ecg).mean(2);
    return linear->forward(torch::dropout(pooled, 0.2, is_training()));
  }
  nn::Sequential body;
  nn::Linear linear{nullptr};
};
TORCH_MODULE(EfficientNet);

}  // namespace peer
