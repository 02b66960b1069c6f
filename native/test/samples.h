// Shared by the native tests: reads samples of any type, judges samples and annotations, hashes records.
#pragma once

#include "check.h"

namespace pqrst {

// Returns sample i of an array of the given type, in the unit of the record.
double sample_at(const void* samples, SampleType, std::size_t i);

// Compares the samples of one lead with its samples in mV, scaled here in double precision. Returns the first
// fault, or null.
const char* fault_of_samples(const float* mv, const void* samples, std::size_t count, Unit, SampleType);

// Checks that the fiducials are in order and inside the record, and that each beat has an R peak. Returns the
// first fault, or null.
const char* fault_of_beats(const std::vector<Beat>&, double end_s);

// FNV-1a.
inline constexpr std::uint64_t kHashStart = 0xCBF29CE484222325u;
std::uint64_t hash_of(const void* data, std::size_t bytes, std::uint64_t hash = kHashStart);
std::uint64_t hash_of(const std::vector<Beat>&, std::uint64_t hash);

}  // namespace pqrst
