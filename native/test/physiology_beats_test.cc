// Tests the annotations of the physiological model: their order and types, the types that a class must show,
// the times of a clean normal beat, and the rhythms of a record.
#include <algorithm>
#include <cmath>

#include "physiology.h"

namespace pqrst {
namespace {

constexpr std::uint32_t kLength = 5000;
constexpr double kFsHz = 500;

bool has(const std::vector<Beat>& beats, const char* types) {
  return std::any_of(beats.begin(), beats.end(),
                     [=](const Beat& beat) { return std::strchr(types, beat.type) != nullptr; });
}

// Appends a class that starts as normal and changes to the rhythm of another one.
std::uint32_t add_episode(ClassTable& table, const char* rhythm, double start_s, double length_s) {
  const std::uint32_t at = table.add(class_named("normal"), (std::string("normal>") + rhythm).c_str());
  table[at].rhythm.episode_spec = {0, static_cast<double>(class_named(rhythm)), 0, 0, 0};
  table[at].rhythm.episode_start_s = {0, start_s, 0, start_s, start_s};
  table[at].rhythm.episode_s = {0, length_s, 0, length_s, length_s};
  return at;
}

constexpr const char* kEpisodes[] = {"af", "aflt", "svt", "vt", "avb3", "pvc", "paced"};

// Every record has ordered annotations of known types, at least one beat, and no two QRS within 0.2 s.
void sound() {
  ClassTable table;
  for (const char* rhythm : kEpisodes) add_episode(table, rhythm, 4.0, 3.0);
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t at = 0; at < table.size(); ++at) {
    for (std::uint64_t index = 0; index < 100; ++index) {
      const Request r = table.request(at, kLength, kFsHz, 41);
      const Made record = made(r, index, *workspace);
      const char* fault = fault_of_annotations(r, record);
      CHECK(fault == nullptr, "%s, record %d: %s", table.name(at), static_cast<int>(index), fault);
      CHECK(!record.beats.empty(), "%s, record %d: no beat in ten seconds", table.name(at),
            static_cast<int>(index));
      for (std::size_t k = 1; k < record.beats.size(); ++k) {
        const double rr = record.beats[k].qrs.peak_s - record.beats[k - 1].qrs.peak_s;
        CHECK(rr > 0.2, "%s, record %d: %g s between two QRS", table.name(at), static_cast<int>(index), rr);
      }
    }
  }
}

// The types that each record of a class shows, and the only ones that it may show.
constexpr struct {
  const char *name, *must, *may;
} kTypes[] = {
    {"normal", "N", "NAaJ"},  {"af", "N", "NV"},         {"aflt", "N", "NV"},    {"pvc", "VF", "NVFAaJ"},
    {"bigeminy", "V", "NVF"}, {"trigeminy", "V", "NVF"}, {"clbbb", "L", "LAaJ"}, {"crbbb", "R", "RAaJ"},
    {"paced", "/", "/"},      {"pac", "AaJ", "NAaJ"},    {"avb3", "jE", "jE"},   {"vt", "V", "V"},
    {"svt", "N", "N"},        {"wpw", "N", "NAaJ"},
};

void types_of_classes() {
  const ClassTable table;
  const WorkspacePtr workspace = make_workspace();
  for (const auto& [name, must, may] : kTypes) {
    const std::uint32_t at = class_named(name);
    for (std::uint64_t index = 0; index < 200; ++index) {
      const Made record = made(table.request(at, kLength, kFsHz, 43), index, *workspace);
      CHECK(has(record.beats, must), "%s, record %d: no beat of a type in %s", name, static_cast<int>(index),
            must);
      for (const Beat& beat : record.beats) {
        CHECK(std::strchr(may, beat.type) != nullptr, "%s, record %d: a beat of type %c", name,
              static_cast<int>(index), beat.type);
      }
    }
  }
}

// Calls `check` with the clean records of normal whose P and T waves keep away from the QRS.
template <class Check>
void clean_normal(ClassTable& table, double fs_hz, Check check) {
  table.clean();
  for (const char* text :
       {"pac.chance", "pauseChance", "p.notchChance", "qrs.notch.chance", "qrs.terminal.chance", "qrs.breath",
        "qrs.beatSd", "av.prByRr", "av.prBeatSdS", "av.aberrantChance"}) {
    table.set(text, 0.0);
  }
  table.set("qrs.axisDeg", 40.0);  // near the direction of lead II
  const WorkspacePtr workspace = make_workspace();
  const Request r = table.request(class_named("normal"), static_cast<std::uint32_t>(10 * fs_hz), fs_hz, 47);
  for (std::uint64_t index = 0; index < 100; ++index) check(r, made(r, index, *workspace));
}

// In a clean normal record, the R peak is the place of the largest deflection of lead II near each beat.
void r_peak() {
  ClassTable table;
  int beats = 0;
  clean_normal(table, 500, [&](const Request& r, const Made& record) {
    const auto mv = [&](std::size_t i) { return std::fabs(sample_at(record.row(0), r.type, i)); };
    for (const Beat& beat : record.beats) {
      const double peak = beat.qrs.peak_s * r.fs_hz, reach = 0.15 * r.fs_hz;
      if (peak < reach || peak + reach >= r.length_samples) continue;
      auto largest = static_cast<std::size_t>(peak - reach);
      for (std::size_t i = largest; static_cast<double>(i) < peak + reach; ++i) {
        if (mv(i) > mv(largest)) largest = i;
      }
      CHECK(std::fabs(static_cast<double>(largest) - peak) <= 2.0, "R at sample %g, the largest at %zu", peak,
            largest);
      ++beats;
    }
  });
  CHECK(beats > 500, "only %d beats", beats);
}

// The QRS lasts as long as planned, and P precedes R by the planned interval.
void planned_times() {
  ClassTable table;
  table.set("qrs.sizeMv", 1.5);
  table.set("thresholdMv", 0.02 * 1.5);  // the duration is defined at this share of R
  table.set("p.sizeMv", 0.08);           // short enough to end before the QRS
  table.set("qrs.durationS", 0.09);
  table.set("av.prS", 0.17);
  int beats = 0, whole = 0;
  clean_normal(table, 500, [&](const Request&, const Made& record) {
    for (const Beat& beat : record.beats) {
      if (std::isnan(beat.p.onset_s + beat.qrs.onset_s + beat.qrs.offset_s + beat.t.onset_s)) continue;
      ++beats;
      CHECK(std::fabs(beat.qrs.peak_s - beat.p.peak_s - 0.17) < 1e-9, "PR %g s",
            beat.qrs.peak_s - beat.p.peak_s);
      const double duration = beat.qrs.offset_s - beat.qrs.onset_s;
      CHECK(duration < 0.09 + 1e-9, "a QRS of %g s", duration);
      // A QRS that touches P or T ends at their border.
      if (beat.p.offset_s == beat.qrs.onset_s || beat.qrs.offset_s == beat.t.onset_s) continue;
      ++whole;
      CHECK(std::fabs(duration - 0.09) < 1e-9, "a QRS of %g s", duration);
    }
  });
  CHECK(beats > 500 && whole > beats / 2, "%d of %d beats are whole", whole, beats);
}

// With the laws as shipped, the median QRS is near the planned median.
void durations_of_classes() {
  ClassTable table;
  const WorkspacePtr workspace = make_workspace();
  for (const char* name : {"normal", "clbbb", "crbbb", "irbbb", "lvh"}) {
    std::vector<double> durations;
    const std::uint32_t at = class_named(name);
    for (std::uint64_t index = 0; index < 100; ++index) {
      for (const Beat& beat : made(table.request(at, kLength, kFsHz, 53), index, *workspace).beats) {
        const double duration = beat.qrs.offset_s - beat.qrs.onset_s;
        if (!std::isnan(duration)) durations.push_back(duration);
      }
    }
    std::sort(durations.begin(), durations.end());
    const double median = durations[durations.size() / 2], planned = table[at].qrs.duration_s.a;
    CHECK(std::fabs(median / planned - 1) < 0.1, "%s: median QRS %g s, planned %g s", name, median, planned);
  }
}

// A record lists its rhythm from the start, and the rhythm of an episode while it lasts.
void rhythms() {
  ClassTable table;
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t at = 0; at < table.size(); ++at) {
    const Made record = made(table.request(at, kLength, kFsHz, 59), 0, *workspace);
    CHECK(record.rhythms.size() == 1 && record.rhythms[0].time_s == 0.0 && record.rhythms[0].label == at,
          "%s changes its rhythm", table.name(at));
  }
  for (const char* name : kEpisodes) {
    const std::uint32_t other = class_named(name), ends = add_episode(table, name, 3.25, 4.5),
                        lasts = add_episode(table, name, 6.5, 60.0),
                        first = add_episode(table, name, 0.0, 4.0),
                        late = add_episode(table, name, 10.5, 5.0);
    const auto start = [](double time_s, std::uint32_t label) {
      return RhythmStart{time_s, static_cast<std::uint8_t>(label)};
    };
    const struct {
      std::uint32_t at;
      std::vector<RhythmStart> expected;
    } cases[] = {{ends, {start(0, ends), start(3.25, other), start(7.75, ends)}},
                 {lasts, {start(0, lasts), start(6.5, other)}},
                 {first, {start(0, other), start(4, first)}},
                 {late, {start(0, late)}}};
    for (const auto& [at, expected] : cases) {
      Made record;
      record.rhythms = expected;
      Made got = made(table.request(at, kLength, kFsHz, 61), 1, *workspace);
      const std::vector<Beat> beats = got.beats;
      got.beats.clear(), got.samples.clear();
      CHECK(same(got, record), "%s: %zu rhythms", table.name(at), got.rhythms.size());
      if (at != ends) continue;
      // Beats of both rhythms: those of the episode are inside it.
      for (const Beat& beat : beats) {
        if (std::strchr("VjE/", beat.type) == nullptr) continue;
        CHECK(beat.qrs.peak_s >= 3.25 && beat.qrs.peak_s < 7.75 + 0.5, "%s: a beat of type %c at %g s",
              table.name(at), beat.type, beat.qrs.peak_s);
      }
      if (std::strcmp(name, "vt") == 0) CHECK(has(beats, "V") && has(beats, "N"), "one rhythm only");
    }
  }
}

}  // namespace

void test_physiology_beats() {
  sound();
  types_of_classes();
  r_peak();
  planned_times();
  durations_of_classes();
  rhythms();
}

}  // namespace pqrst
