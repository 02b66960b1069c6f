// Shared by the native tests: CHECK, requests, altered presets, the list of tests. No framework.
#pragma once

#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "presets.h"
#include "synth.h"

namespace pqrst {

extern int failures, checks;

#define CHECK(condition, ...)                                         \
  do {                                                                \
    ++checks;                                                         \
    if (!(condition) && ++failures <= 20) {                           \
      std::printf("FAIL %s:%d %s  ", __FILE__, __LINE__, #condition); \
      std::printf(__VA_ARGS__);                                       \
      std::printf("\n");                                              \
    }                                                                 \
  } while (0)

inline constexpr const char* kClassNames[] = {"normal", "af", "aflt", "pvc", "wpw"};
inline constexpr std::uint8_t kLabels[] = {0, 1, 2, 3, 4};

inline Request request(const double* spec, std::uint32_t label, std::uint32_t length, double fs_hz, Unit unit,
                       std::uint64_t seed = 7) {
  return {spec, seed, kLabels + label, 1, fs_hz, length, unit};
}

// A preset in which every field whose name contains the text is set to a value.
struct Change {
  const char* text;
  double value;
};
inline std::vector<double> altered(const double* preset, std::initializer_list<Change> changes) {
  std::vector<double> spec(preset, preset + spec_fields().size());
  for (const Change& change : changes) {
    bool found = false;
    for (std::size_t k = 0; k < spec.size(); ++k) {
      if (std::strstr(spec_fields()[k], change.text) == nullptr) continue;
      spec[k] = change.value;
      found = true;
    }
    CHECK(found, "no spec field contains %s", change.text);
  }
  return spec;
}

void test_records_are_sound();
void test_annotations_are_exact();
void test_rhythms();
void test_flat();
void test_pieces();
void test_types();
void test_past_cache();
void test_stop();
void test_limits();
void test_threads();
void test_cancel();
void test_philox();
void test_words();
void test_normals();
void test_autocorrelation();
void test_lanes();
void test_neighbours();
void test_waves_follow_the_table();
void test_beat_lengths();
void test_ranges();
void test_class_rules();
void test_wpw_limits();
void test_formula();
void test_fuzz();
void test_noise();
void test_noise_bits();
void test_physiology_golden();
void test_physiology_bits();
void test_physiology_pieces();
void test_physiology_leads();
void test_physiology_beats();
void test_physiology_formula();
void test_physiology_faults();
void test_physiology_fuzz();
void test_physiology_order();
// Check a record of each of `count` random specs of the paper's model, or random classes of the physiological
// model, starting with draw `first` of the seed. Return 0 if all are sound.
int fuzz(std::uint64_t seed, std::uint64_t first, std::uint64_t count);
int fuzz_classes(std::uint64_t seed, std::uint64_t first, std::uint64_t count);

}  // namespace pqrst
