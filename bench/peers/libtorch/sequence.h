// LSTM, GRU and Transformer over embedded chunks of the ECG, with the defaults of src/nn/models/recurrent.ts
// and transformer.ts. The TransformerEncoderLayer of libtorch also applies dropout to the attention weights
// and inside the feed-forward network. That of pqrst does not, so this file builds the layer from
// MultiheadAttention, LayerNorm and Linear.
#pragma once

#include <cmath>
#include <tuple>

#include "layers.h"

namespace peer {

constexpr int64_t kChunk = 50;
constexpr int64_t kWidth = 64;

// Cuts an ECG [B, 1, L] into chunks [T, B, kChunk]. Zeros complete the last chunk and are the chunk of the
// class token.
inline Tensor Chunks(const Tensor& ecg, bool class_token) {
  const int64_t rest = (kChunk - ecg.size(2) % kChunk) % kChunk;
  const Tensor padded = torch::constant_pad_nd(ecg, {class_token ? kChunk : 0, rest});
  return padded.view({ecg.size(0), -1, kChunk}).transpose(0, 1);
}

// Two bidirectional layers of 64 units, and the mean of their states over time. Rnn is nn::LSTM or nn::GRU.
template <typename Rnn, typename Options>
struct RecurrentImpl : nn::Module {
  explicit RecurrentImpl(int64_t features) {
    constexpr int64_t kUnits = 64;
    embedding = register_module("embedding", nn::Linear(kChunk, kWidth));
    layers = register_module("layers", Rnn(Options(kWidth, kUnits).num_layers(2).bidirectional(true)));
    linear = register_module("linear", nn::Linear(2 * kUnits, features));
  }
  Tensor forward(const Tensor& ecg) {
    const Tensor states = std::get<0>(layers->forward(embedding->forward(Chunks(ecg, false))));
    return linear->forward(states.mean(0));
  }
  nn::Linear embedding{nullptr}, linear{nullptr};
  Rnn layers{nullptr};
};
template <typename Rnn, typename Options>
class Recurrent : public nn::ModuleHolder<RecurrentImpl<Rnn, Options>> {
 public:
  using nn::ModuleHolder<RecurrentImpl<Rnn, Options>>::ModuleHolder;
};

// Attention, then a feed-forward network. Each has a residual path, and a layer norm follows each sum. x is
// [T, B, width].
struct EncoderLayerImpl : nn::Module {
  EncoderLayerImpl() {
    constexpr int64_t kHeads = 8, kHidden = 64;
    attention = register_module("attention", nn::MultiheadAttention(kWidth, kHeads));
    up = register_module("up", nn::Linear(kWidth, kHidden));
    down = register_module("down", nn::Linear(kHidden, kWidth));
    norm1 = register_module("norm1", nn::LayerNorm(nn::LayerNormOptions({kWidth})));
    norm2 = register_module("norm2", nn::LayerNorm(nn::LayerNormOptions({kWidth})));
  }
  Tensor forward(const Tensor& x) {
    constexpr double kDropped = 0.1;
    const Tensor attended = std::get<0>(attention->forward(x, x, x, {}, /*need_weights=*/false));
    const Tensor y = norm1->forward(x + torch::dropout(attended, kDropped, is_training()));
    const Tensor fed = down->forward(torch::gelu(up->forward(y)));
    return norm2->forward(y + torch::dropout(fed, kDropped, is_training()));
  }
  nn::MultiheadAttention attention{nullptr};
  nn::Linear up{nullptr}, down{nullptr};
  nn::LayerNorm norm1{nullptr}, norm2{nullptr};
};
TORCH_MODULE(EncoderLayer);

// A class token before the chunks, then two encoder layers. The output at the place of the class token is the
// result.
struct TransformerImpl : nn::Module {
  explicit TransformerImpl(int64_t features) {
    embedding = register_module("embedding", nn::Linear(kChunk, kWidth));
    for (int layer = 0; layer < 2; layer++) layers->push_back(EncoderLayer());
    register_module("layers", layers);
    linear = register_module("linear", nn::Linear(kWidth, features));
  }
  Tensor forward(const Tensor& ecg) {
    const Tensor x = embedding->forward(Chunks(ecg, true));
    if (!positions.defined()) positions = Sinusoids(x.size(0));
    return linear->forward(layers->forward(x + positions)[0]);
  }
  // Returns the sinusoidal position encoding [T, 1, width].
  static Tensor Sinusoids(int64_t steps) {
    const Tensor column = torch::arange(0, kWidth, 2) / static_cast<double>(kWidth);
    const Tensor angle = torch::arange(steps).unsqueeze(1) / torch::pow(10000.0, column).unsqueeze(0);
    return torch::stack({angle.sin(), angle.cos()}, 2).view({steps, 1, kWidth}).to(torch::kFloat32);
  }
  nn::Linear embedding{nullptr}, linear{nullptr};
  nn::Sequential layers;
  Tensor positions;
};
TORCH_MODULE(Transformer);

}  // namespace peer
