// The names and the convolution that all networks of this peer use.
#pragma once

#include <torch/torch.h>

namespace peer {

using torch::Tensor;
namespace nn = torch::nn;

// Returns a convolution without bias, because batch norm follows it. With an odd number of taps and a stride
// of 1 it keeps the length.
inline nn::Conv1d Conv(int64_t in, int64_t out, int64_t taps, int64_t stride = 1, int64_t groups = 1) {
  return nn::Conv1d(
      nn::Conv1dOptions(in, out, taps).stride(stride).padding(taps / 2).groups(groups).bias(false));
}

}  // namespace peer
