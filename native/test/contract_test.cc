// Tests the parts of the contract of synth.h that need more than one buffer of floats: reading a record in
// pieces, every sample type and its rounding, and stopping.
#include <algorithm>
#include <cmath>

#include "check.h"
#include "render/target.h"

namespace pqrst {
namespace {

constexpr unsigned char kGuard = 0xA5;
constexpr std::size_t kGuards = 64;

// The bytes of a record, followed by guard bytes that must not change.
struct Output {
  std::vector<unsigned char> bytes;
  std::size_t size;
  explicit Output(std::size_t of) : bytes(of + kGuards, kGuard), size(of) {}
  unsigned char* at(std::size_t byte = 0) { return bytes.data() + byte; }
  bool guarded() const {
    for (std::size_t k = size; k < bytes.size(); ++k) {
      if (bytes[k] != kGuard) return false;
    }
    return true;
  }
};

std::size_t bytes_of(SampleType sample) { return kSampleBytes[static_cast<int>(sample)]; }

Output whole(const Request& r, Workspace& workspace, std::uint64_t index) {
  Output out(r.length_samples * bytes_of(r.type));
  CHECK(synth_record(r, index, out.at(), workspace, nullptr), "a record that no one stopped");
  CHECK(out.guarded(), "%s wrote past the end", target());
  return out;
}

bool same(const Output& a, const Output& b) {
  return a.size == b.size && std::memcmp(a.bytes.data(), b.bytes.data(), a.size) == 0;
}

// Reads the record in the given order of pieces. The order may repeat a piece.
Output pieces(const Request& r, Workspace& workspace, std::uint64_t index,
              const std::vector<std::uint32_t>& order) {
  Output out(r.length_samples * bytes_of(r.type));
  CHECK(open_record(r, index, workspace, nullptr), "a record that no one stopped");
  for (const std::uint32_t piece : order) {
    const std::size_t from = static_cast<std::size_t>(piece) * kPieceSamples;
    const std::size_t count = std::min<std::size_t>(kPieceSamples, r.length_samples - from);
    Output part(count * bytes_of(r.type));
    read_piece(workspace, piece, part.at());
    CHECK(part.guarded(), "%s wrote past piece %u", target(), piece);
    std::memcpy(out.at(from * bytes_of(r.type)), part.at(), part.size);
  }
  return out;
}

}  // namespace

// Two full pieces and a rest of odd length, in both units and all types. Every target equals scalar, and
// pieces in any order equal the whole record.
void test_pieces() {
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t k = 0; k < 2 * kSampleTypes; ++k) {
    Request r = request(kPresets[k % 2].values, k % kClassCount, 2 * kPieceSamples + 777 + k, 500,
                        k < kSampleTypes ? Unit::zscore : Unit::millivolt, 31);
    r.type = static_cast<SampleType>(k % kSampleTypes);
    select_target("scalar");
    const Output expected = whole(r, *workspace, k);
    for (const char* name : targets()) {
      select_target(name);
      CHECK(same(whole(r, *workspace, k), expected), "%s: type %u differs from scalar", name, k);
      for (const auto& order : {std::vector<std::uint32_t>{0, 1, 2}, {2, 1, 0}, {1, 2, 1, 0, 0}}) {
        CHECK(same(pieces(r, *workspace, k, order), expected), "%s: type %u in pieces, %u first", name, k,
              order[0]);
      }
    }
    // One piece and a single sample of the next; exactly one piece.
    for (const std::uint32_t length : {kPieceSamples + 1, kPieceSamples}) {
      r.length_samples = length;
      const std::vector<std::uint32_t> back =
          length > kPieceSamples ? std::vector<std::uint32_t>{1, 0} : std::vector<std::uint32_t>{0};
      CHECK(same(pieces(r, *workspace, k, back), whole(r, *workspace, k)), "%u samples in pieces", length);
    }
  }
  select_target(targets().front());
}

// Stores past the cache write the same bytes for any address of the record, and no bytes beside them.
void test_past_cache() {
  const WorkspacePtr workspace = make_workspace();
  for (const char* name : targets()) {
    select_target(name);
    for (std::size_t type = 0; type < kSampleTypes; ++type) {
      for (const std::uint32_t length : {1u, 7u, 16u, 31u, 33u, 100u, 4999u}) {
        Request r = request(kPaper, 0, length, 500, Unit::zscore, 5);
        r.type = static_cast<SampleType>(type);
        const Output expected = whole(r, *workspace, length);
        r.past_cache = true;
        for (std::size_t shift = 0; shift <= 16; ++shift) {
          const std::size_t before = shift * bytes_of(r.type);
          Output out(before + expected.size);
          synth_record(r, length, out.at(before), *workspace, nullptr);
          CHECK(std::memcmp(out.at(before), expected.bytes.data(), expected.size) == 0,
                "%s: type %zu, %u samples written from place %zu", name, type, length, shift);
          const auto is_guard = [](unsigned char byte) { return byte == kGuard; };
          CHECK(std::all_of(out.at(), out.at(before), is_guard) && out.guarded(),
                "%s wrote outside the record", name);
        }
      }
    }
  }
  select_target(targets().front());
}

namespace {

double value_of_half(std::uint32_t half) {
  const int exponent = static_cast<int>(half >> 10 & 31);
  const double fraction = half & 1023;
  return exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
}

// Pairs of a float and its expected conversion. All of them go through the emit function of a target at once.
template <class T>
struct Conversion {
  SampleType sample;
  std::vector<float> in;
  std::vector<T> expected;
  void pair(double x, T y) { in.push_back(static_cast<float>(x)), expected.push_back(y); }
  void check() const {
    for (const char* name : targets()) {
      select_target(name);
      std::vector<T> out(in.size() + 1, T{77});
      kernels().emit[static_cast<int>(sample)]({in.data(), in.size(), 0.0f, 1.0f, out.data(), false});
      for (std::size_t k = 0; k < in.size(); ++k) {
        CHECK(out[k] == expected[k], "%s: %.9g became %d, expected %d", name, static_cast<double>(in[k]),
              static_cast<int>(out[k]), static_cast<int>(expected[k]));
      }
      CHECK(out.back() == T{77}, "%s wrote past the end", name);
    }
    select_target(targets().front());
  }
};

}  // namespace

// Rounding to half precision of every finite half, every midpoint and the floats next to them. Rounding to
// int16 of every whole and half number and the floats next to them. The limits of both types. Records in all
// three types.
void test_types() {
  Conversion<std::uint16_t> halves{SampleType::float16, {}, {}};
  Conversion<std::int16_t> wholes{SampleType::int16, {}, {}};
  const auto beside = [](double x, double to) {
    return static_cast<double>(std::nextafter(static_cast<float>(x), static_cast<float>(to)));
  };
  constexpr std::uint32_t largest = 0x7BFF;
  for (const std::uint32_t sign : {0u, 0x8000u}) {
    const double up = sign == 0 ? 1.0 : -1.0;
    const auto half = [&](double x, std::uint32_t y) {
      halves.pair(up * x, static_cast<std::uint16_t>(sign | y));
    };
    for (std::uint32_t h = 0; h <= largest; ++h) {
      const double value = value_of_half(h), next = value_of_half(h + 1), middle = 0.5 * (value + next);
      half(value, h), half(beside(value, 1e30), h), half(beside(middle, 0), h);
      if (h > 0) half(beside(value, 0), h);
      half(middle, h < largest ? h + (h & 1) : largest);
      half(beside(middle, 1e30), h < largest ? h + 1 : largest);
    }
    for (const double far : {65536.0, 1e9, 3e38}) half(far, largest);
    for (int k = 0; k <= 32767; ++k) {
      const auto whole = [&](double x, int y) { wholes.pair(up * x, static_cast<std::int16_t>(up * y)); };
      const int above = k < 32767 ? k + 1 : 32767;
      whole(k, k), whole(beside(k, 1e9), k), whole(beside(k + 0.5, 0), k);
      whole(k + 0.5, k % 2 == 0 ? k : above), whole(beside(k + 0.5, 1e9), above);
    }
    for (const double far : {32768.0, 32768.5, 1e9, 3e38}) {
      wholes.pair(up * far, static_cast<std::int16_t>(up * 32767));
    }
  }
  halves.check();
  wholes.check();

  // The int16 and float16 samples of a record are its rounded float32 samples; int16 counts thousandths.
  for (const Unit unit : {Unit::zscore, Unit::millivolt}) {
    for (std::uint32_t label = 0; label < kClassCount; ++label) {
      Request r = request(kPaper, label, 4999, 500, unit, 8);
      const WorkspacePtr workspace = make_workspace();
      std::vector<float> full(r.length_samples);
      std::vector<std::int16_t> counts(r.length_samples);
      std::vector<std::uint16_t> packed(r.length_samples);
      synth_record(r, label, full.data(), *workspace, nullptr);
      r.type = SampleType::int16, synth_record(r, label, counts.data(), *workspace, nullptr);
      r.type = SampleType::float16, synth_record(r, label, packed.data(), *workspace, nullptr);
      for (std::size_t i = 0; i < r.length_samples; ++i) {
        const double x = static_cast<double>(full[i]), size = std::fabs(x);
        CHECK(std::fabs(counts[i] - 1000 * x) < 0.501, "%g as %d thousandths", x, counts[i]);
        const double half = value_of_half(packed[i] & 0x7FFFu) * (packed[i] >> 15 ? -1 : 1);
        CHECK(std::fabs(half - x) <= size * 0x1.01p-11 + 0x1p-25, "%g as half %g", x, half);
      }
    }
  }
}

// A stop takes effect in the plan and between chunks, and is reported. The workspace can then be used for the
// next record.
void test_stop() {
  const WorkspacePtr workspace = make_workspace(), fresh = make_workspace();
  for (std::uint32_t k = 0; k < 2 * kSampleTypes; ++k) {
    Request r =
        request(kPaper, 1, 2 * kPieceSamples + 5, 500, k % 2 == 0 ? Unit::zscore : Unit::millivolt, 9);
    r.type = static_cast<SampleType>(k / 2);
    Request next = r;
    next.length_samples = 3000;
    const Output expected = whole(next, *fresh, 1);
    int asked = 0, allowed = 0;
    const Stop stop = [&] { return ++asked > allowed; };
    for (allowed = 0; allowed < 5000; allowed += 1 + allowed / 2) {
      asked = 0;
      Output out(r.length_samples * bytes_of(r.type));
      const bool done = synth_record(r, 0, out.at(), *workspace, nullptr, stop);
      CHECK(out.guarded(), "a stopped record wrote past its end");
      CHECK(done == (asked <= allowed), "stop was called %d times, %d were allowed", asked, allowed);
      CHECK(same(whole(next, *workspace, 1), expected), "the record after a stopped one");
      if (done) break;
    }
    // 43 chunks per piece.
    CHECK(asked >= 2 * 43 && allowed < 5000, "three pieces call stop %d times", asked);
    allowed = 1, asked = 0;
    CHECK(!open_record(r, 0, *workspace, nullptr, stop), "the plan of a long record calls stop");
    allowed = 5000;
    CHECK(open_record(r, 0, *workspace, nullptr, stop), "open_record without a stop");
    allowed = 1, asked = 0;
    Output part(kPieceSamples * bytes_of(r.type)), again(kPieceSamples * bytes_of(r.type));
    CHECK(!read_piece(*workspace, 0, part.at(), stop), "read_piece calls stop");
    CHECK(read_piece(*workspace, 0, part.at()), "a piece that was stopped can be read again");
    CHECK(open_record(r, 0, *fresh, nullptr) && read_piece(*fresh, 0, again.at()), "a piece");
    CHECK(same(part, again), "the piece after a stopped one");
    CHECK(same(pieces(next, *workspace, 1, {0}), expected),
          "the pieces after an open_record that was stopped");
  }
}

}  // namespace pqrst
