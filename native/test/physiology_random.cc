#include "physiology_random.h"

#include <cmath>

#include "statistics.h"

namespace pqrst {
namespace {

using physiology::Law;
using physiology::Spec;

// The allowed range of a number, and the values of its words if it has words.
struct Allowed {
  double min, max;
  int words;
  double word[5];
};
constexpr Allowed kRanges[] = {
#include "physiology_ranges.inc"
};
constexpr std::size_t kFields = sizeof kRanges / sizeof kRanges[0];

// A value at a limit, at 0, near a limit, or anywhere.
double draw_value(Dice& dice, double min, double max, double corner) {
  const double u = dice.uniform(), tiny = (max - min) * std::pow(10.0, dice.in(-9, 0));
  if (dice.chance(corner)) return u < 0.4 ? min : u < 0.8 || min > 0.0 || max < 0.0 ? max : 0.0;
  return u < 0.25 ? min + tiny : u < 0.5 ? max - tiny : dice.in(min, max);
}

// A law of any kind that the check of a user's class accepts.
Law draw_law(Dice& dice, const Allowed& range, double corner) {
  if (range.words > 0) {
    const double word = range.word[dice.below(static_cast<std::uint64_t>(range.words))];
    return {0, word, 0, word, word};
  }
  double low = draw_value(dice, range.min, range.max, corner),
         high = draw_value(dice, range.min, range.max, corner);
  if (low > high) std::swap(low, high);
  const double middle = draw_value(dice, range.min, range.max, corner);
  const auto kind = static_cast<double>(dice.below(4));
  if (kind == 2) return {2, middle, draw_value(dice, 0, range.max - range.min, corner), low, high};
  if (kind == 3 && middle > 0) return {3, middle, draw_value(dice, 0, 3, corner), low, high};
  if (kind == 1) return {1, 0, 0, low, high};
  return {0, middle, 0, middle, middle};
}

// Draws none, some or all of the laws of a class again.
void draw_laws(Dice& dice, Spec& spec, std::uint32_t table_size) {
  constexpr double kWild[] = {0.01, 0.05, 0.3, 1.0};
  const double wild = kWild[dice.below(4)], corner = dice.chance(0.3) ? 0.8 : 0.2;
  auto* laws = reinterpret_cast<Law*>(&spec);
  for (std::size_t k = 0; k < kFields; ++k) {
    if (dice.chance(wild)) laws[k] = draw_law(dice, kRanges[k], corner);
  }
  // A name such as normal>af sets the class of the episode.
  const double other = dice.chance(0.4) ? static_cast<double>(dice.below(table_size)) : -1.0;
  spec.rhythm.episode_spec = {0, other, 0, other, other};
}

}  // namespace

bool ranges_fit() { return kFields == physiology_fields().size(); }

void draw_case(std::uint64_t seed, std::uint64_t number, PhysiologyCase& c) {
  Dice dice{seed * 0x9E3779B97F4A7C15u ^ number * 0xD1B54A32D192ED03u ^ 0x5DEECE66Du};
  const auto label = static_cast<std::uint32_t>(dice.below(c.table.size())),
             other = static_cast<std::uint32_t>(dice.below(c.table.size()));
  for (const std::uint32_t at : {label, other}) draw_laws(dice, c.table[at], c.table.size());

  const double fs_hz = dice.chance(0.1)   ? 50.0
                       : dice.chance(0.1) ? 4000.0
                                          : std::floor(50.0 * std::pow(80.0, dice.uniform()));
  // Mostly 10 s or less; sometimes several chunks, rarely more than a piece.
  double length = 10.0 * fs_hz * std::pow(dice.uniform(), 2);
  if (dice.chance(0.3))
    length = 16.0 * static_cast<double>(dice.below(250)) + 15.0 * static_cast<double>(dice.below(2));
  if (dice.chance(0.05)) length = dice.in(6000, 20000);
  if (dice.chance(0.002)) length = dice.in(262000, 300000);
  Request& r = c.request;
  r = c.table.request(label, 1 + static_cast<std::uint32_t>(length), fs_hz,
                      dice.chance(0.1) ? ~std::uint64_t{0} : dice.next());
  c.index = dice.chance(0.1) ? ~std::uint64_t{0} - dice.below(3) : dice.next() >> dice.below(64);
  c.leads.resize(1 + dice.below(kLeadCount));
  for (std::uint8_t& lead : c.leads) lead = static_cast<std::uint8_t>(dice.below(kLeadCount));
  r = with_leads(r, c.leads);
  r.unit = static_cast<Unit>(dice.below(2));
  r.type = static_cast<SampleType>(dice.below(kSampleTypes));
  c.noise = all_noise();
  if (dice.chance(0.1)) r.noise = numbers(c.noise);
}

void print(const PhysiologyCase& c) {
  const Request& r = c.request;
  ClassTable shipped;
  std::printf(
      "     %s, index %llu, seed %llu, %g Hz, %u samples, %u leads, unit %d, type %d, noise %d; laws:\n",
      c.table.name(*r.classes), static_cast<unsigned long long>(c.index),
      static_cast<unsigned long long>(r.seed), r.fs_hz, r.length_samples, r.lead_count,
      static_cast<int>(r.unit), static_cast<int>(r.type), r.noise != nullptr);
  for (std::uint32_t at = 0; at < shipped.size(); ++at) {
    const auto* laws = reinterpret_cast<const Law*>(r.spec) + at * kFields;
    const auto* before = reinterpret_cast<const Law*>(&shipped[at]);
    for (std::size_t k = 0; k < kFields; ++k) {
      if (std::memcmp(laws + k, before + k, sizeof(Law)) == 0) continue;
      std::printf("       %s %s %g %.17g %.17g %.17g %.17g\n", shipped.name(at), physiology_fields()[k],
                  laws[k].kind, laws[k].a, laws[k].b, laws[k].min, laws[k].max);
    }
  }
}

}  // namespace pqrst
