// The addresses of the streams of random numbers.
#pragma once

#include "random/philox.h"
#include "synth.h"

namespace pqrst {

// The leads that are rendered: II, I, V1 to V6. The others are computed from I and II. Lead II comes first,
// so that a record of lead II alone and lead II of twelve leads have the same streams.
inline constexpr int kSlots = 8;

// Returns the address of a stream of a record. The word that distinguishes streams is, in the paper's model,
// class | stream << 8. In the physiological model its low byte is 128 + stream + 10 slot, above the classes
// of the paper, and the rest is the number of the class.
inline Address address_of(const Request& request, std::uint64_t index, Stream stream, int slot = 0) {
  const std::uint32_t label = request.classes[index % request.class_count],
                      number = static_cast<std::uint32_t>(stream);
  if (request.model == Model::paper) return {request.seed, index, label | number << 8};
  const std::uint32_t low = 128 + number + 10 * static_cast<std::uint32_t>(slot);
  return {request.seed, index, low | request.ids[label] << 8};
}

}  // namespace pqrst
