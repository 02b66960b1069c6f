// Tests the model: sound records, annotations that match the rendered signal, the rhythms of the classes.
#include <cmath>

#include "check.h"

namespace pqrst {

// All samples are finite, the fiducials are in order, and the annotations follow the rules of the classes.
void test_records_are_sound() {
  for (const auto& preset : kPresets) {
    for (std::uint32_t label = 0; label < kClassCount; ++label) {
      for (const std::uint32_t length : {5000u, 40u, 1u}) {
        const Request r = request(preset.values, label, length, 500, Unit::zscore, 21);
        const WorkspacePtr workspace = make_workspace();
        std::vector<float> out(length);
        for (std::uint64_t index = 0; index < 400; ++index) {
          std::vector<Beat> beats;
          synth_record(r, index, out.data(), *workspace, &beats);
          double sum = 0, squares = 0;
          for (const float x : out) {
            CHECK(std::isfinite(x), "%s %s record %d", preset.name, kClassNames[label],
                  static_cast<int>(index));
            sum += x, squares += static_cast<double>(x) * x;
          }
          const double mean = sum / length;
          CHECK(std::fabs(mean) < 1e-4, "mean %g", mean);
          if (length > 1) CHECK(std::fabs(squares / length - 1) < 1e-3, "variance %g", squares / length);
          double before = 0.0;
          int ventricular = 0;
          for (const Beat& b : beats) {
            for (const Fiducials* w : {&b.p, &b.qrs, &b.t}) {
              for (const double time : {w->onset_s, w->peak_s, w->offset_s}) {
                if (std::isnan(time)) continue;
                CHECK(time >= before && time < length / 500.0, "%s %s record %d: %g after %g", preset.name,
                      kClassNames[label], static_cast<int>(index), time, before);
                before = time;
              }
            }
            const double qrs = b.qrs.offset_s - b.qrs.onset_s;
            if (b.type == 'V' && !std::isnan(qrs)) {
              CHECK(qrs >= 0.12 - 1e-9, "a PVC of %g s", qrs);
              ++ventricular;
            }
            if (label == 4) {
              CHECK(!(qrs < 0.11 - 1e-9), "a WPW QRS of %g s", qrs);
              CHECK(!(b.qrs.onset_s - b.p.onset_s >= 0.12), "a PQ of %g s", b.qrs.onset_s - b.p.onset_s);
            }
            if (label == 1 || label == 2) CHECK(std::isnan(b.p.peak_s), "a P wave in %s", kClassNames[label]);
          }
          if (length == 5000) CHECK(!beats.empty(), "no beat in ten seconds");
          if (label == 3 && length == 5000)
            CHECK(ventricular > 0, "no whole PVC in record %d", static_cast<int>(index));
          if (label != 3) CHECK(ventricular == 0, "a PVC in %s", kClassNames[label]);
        }
      }
    }
  }
}

// With a single wave and no noise, the rendered signal crosses the threshold at the annotated onset and
// offset and is highest at the annotated peak.
void test_annotations_are_exact() {
  constexpr double fs_hz = 4000, threshold_mv = 0.02;
  const char* bases[] = {"waves.p.amplitudeMv.base", "waves.r.amplitudeMv.base", "waves.t.amplitudeMv.base"};
  for (const auto& preset : kPresets) {
    for (int w = 0; w < 3; ++w) {
      const std::vector<double> spec =
          altered(preset.values, {{"amplitudeMv", 0}, {"noiseMv", 0}, {"baselineMv", 0}, {bases[w], 0.5}});
      const Request r = request(spec.data(), 0, 40000, fs_hz, Unit::millivolt, 5);
      const WorkspacePtr workspace = make_workspace();
      std::vector<float> out(r.length_samples);
      int seen = 0;
      for (std::uint64_t index = 0; index < 20; ++index) {
        std::vector<Beat> beats;
        synth_record(r, index, out.data(), *workspace, &beats);
        const auto at = [&](double time) {
          const double x = time * fs_hz;
          const auto i = static_cast<std::size_t>(x);
          const auto next = i + 1 < out.size() ? i + 1 : i;
          return static_cast<double>(out[i]) +
                 (x - static_cast<double>(i)) * static_cast<double>(out[next] - out[i]);
        };
        for (const Beat& b : beats) {
          const Fiducials& f = w == 0 ? b.p : w == 1 ? b.qrs : b.t;
          // Only an isolated wave: one that touches its neighbour has a border instead of an onset.
          const bool free = w == 1 || (f.onset_s > (w == 0 ? 0.0 : b.qrs.offset_s) &&
                                       (w == 2 || f.offset_s < b.qrs.onset_s));
          if (std::isnan(f.onset_s) || std::isnan(f.offset_s) || !free) continue;
          const double half = 0.5 * (f.offset_s - f.onset_s);
          if (half < 0.008) continue;  // linear interpolation between samples does not follow a narrow wave
          if (std::fabs(f.onset_s - (f.peak_s - half)) > 1e-9) continue;
          CHECK(std::fabs(at(f.onset_s) - threshold_mv) < 1e-3, "onset %g", at(f.onset_s));
          CHECK(std::fabs(at(f.offset_s) - threshold_mv) < 1e-3, "offset %g", at(f.offset_s));
          CHECK(std::fabs(at(f.peak_s) - 0.5) < 2e-3, "peak %g", at(f.peak_s));
          // The wave equals the formula at every sample: 0.5 exp(-1/2 ((t - s) / d)^2).
          const double sd = half / std::sqrt(2 * std::log(0.5 / threshold_mv));
          double worst = 0;
          for (auto i = static_cast<std::size_t>(f.onset_s * fs_hz) + 1; i < f.offset_s * fs_hz; ++i) {
            const double x = (static_cast<double>(i) / fs_hz - f.peak_s) / sd;
            worst = std::fmax(worst, std::fabs(static_cast<double>(out[i]) - 0.5 * std::exp(-0.5 * x * x)));
          }
          CHECK(worst < 1.5e-5, "differs from the formula by %g mV", worst);
          ++seen;
        }
      }
      CHECK(seen > 50, "%s %s: only %d waves were isolated", preset.name, bases[w], seen);
    }
  }
}

// A PVC does not reset the sinus node: the annotated intervals around it sum to two sinus intervals.
void test_rhythms() {
  const auto steady = altered(kClinical, {{"lengthS.beatSd", 0},
                                          {"lengthS.recordingSd", 0},
                                          {"respiratoryFraction", 0},
                                          {"shift.beatSd", 0},
                                          {"patterns.bigeminy.weight", 0},
                                          {"patterns.trigeminy.weight", 0},
                                          {"patterns.couplet.weight", 0}});
  const Request r = request(steady.data(), 3, 30000, 500, Unit::zscore, 3);
  std::vector<float> out(r.length_samples);
  int pauses = 0;
  for (std::uint64_t index = 0; index < 100; ++index) {
    std::vector<Beat> beats;
    synth_record(r, index, out.data(), *make_workspace(), &beats);
    for (std::size_t k = 1; k + 1 < beats.size(); ++k) {
      if (beats[k].type != 'V') continue;
      const double around = beats[k + 1].qrs.peak_s - beats[k - 1].qrs.peak_s;
      CHECK(std::fabs(around - 1.6) < 1e-6, "around a PVC: %g s", around);
      CHECK(beats[k].qrs.peak_s - beats[k - 1].qrs.peak_s < 0.8 * 0.85, "a PVC is not early");
      ++pauses;
    }
  }
  CHECK(pauses > 200, "only %d PVCs", pauses);
}

// If all amplitudes are 0, the flat record consists of zeros.
void test_flat() {
  const std::vector<double> spec = altered(kPaper, {{"amplitudeMv", 0}, {"noiseMv", 0}, {"baselineMv", 0}});
  const Request r = request(spec.data(), 0, 777, 500, Unit::zscore);
  std::vector<float> out(r.length_samples, 1.0f);
  std::vector<Beat> beats;
  synth_record(r, 0, out.data(), *make_workspace(), &beats);
  for (const float x : out) CHECK(x == 0.0f, "%g in a flat record", static_cast<double>(x));
  CHECK(beats.size() > 0 && std::isnan(beats[0].p.peak_s), "beats %zu", beats.size());
}

}  // namespace pqrst
