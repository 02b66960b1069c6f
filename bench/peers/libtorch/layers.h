// What the networks of this peer share.
#pragma once

#include <torch/torch.h>

namespace peer {

using torch::Tensor;
namespace nn = torch::nn;

// Without bias: batch norm follows. An odd number of taps and a stride of 1 keep the length.
inline nn::Conv1d Conv(int64_t in, int64_t out, int64_t taps, int64_t stride = 1, int64_t groups = 1) {
  return nn::Conv1d(
      nn::Conv1dOptions(in, out, taps).stride(stride).padding(taps / 2).groups(groups).bias(false));
}

}  // namespace peer
