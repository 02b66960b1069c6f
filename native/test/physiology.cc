#include "physiology.h"

#include <algorithm>
#include <cmath>

namespace pqrst {
namespace {

constexpr physiology::Law kShipped[] = {
#include "physiology_classes.inc"
};
constexpr const char* kNames[] = {
#include "physiology_names.inc"
};
constexpr std::size_t kClasses = sizeof kNames / sizeof kNames[0],
                      kLaws = sizeof kShipped / sizeof kShipped[0];
constexpr std::size_t kFields = sizeof(physiology::Spec) / sizeof(physiology::Law);

constexpr unsigned char kGuard = 0xA5;
constexpr std::size_t kGuards = 64;

Made space_for(const Request& r) {
  Made record;
  record.row_bytes = kSampleBytes[static_cast<int>(r.type)] * r.length_samples;
  record.samples.assign(record.row_bytes * r.lead_count + kGuards, kGuard);
  return record;
}

void check_guards(const std::vector<unsigned char>& bytes) {
  CHECK(std::all_of(bytes.end() - kGuards, bytes.end(), [](unsigned char b) { return b == kGuard; }),
        "%s wrote past the end", target());
}

bool same(const Beat& a, const Beat& b) {
  const Fiducials* const both[3][2] = {{&a.p, &b.p}, {&a.qrs, &b.qrs}, {&a.t, &b.t}};
  for (const auto& [x, y] : both) {
    if (std::memcmp(x, y, sizeof *x) != 0) return false;
  }
  return a.type == b.type;
}

}  // namespace

std::uint32_t class_named(const char* name) {
  const auto at =
      std::find_if(kNames, kNames + kClasses, [=](auto one) { return std::strcmp(one, name) == 0; });
  CHECK(at != kNames + kClasses, "no class %s is shipped", name);
  return static_cast<std::uint32_t>(at - kNames);
}

ClassTable::ClassTable() : specs_(kClasses), names_(kNames, kNames + kClasses) {
  const bool fits = kLaws == kClasses * kFields;
  CHECK(fits, "physiology_classes.inc is out of date: node scripts/test-native.mjs --write");
  if (fits) std::memcpy(specs_.data(), kShipped, sizeof kShipped);
  for (const physiology::Spec& spec : specs_) ids_.push_back(static_cast<std::uint32_t>(spec.id.a));
}

std::uint32_t ClassTable::add(std::uint32_t copied, const char* name) {
  specs_.push_back(specs_[copied]);
  names_.push_back(name);
  ids_.push_back(ids_[copied] + 1);
  return size() - 1;
}

void ClassTable::set(const char* text, double value) {
  bool found = false;
  const auto fields = physiology_fields();
  const bool whole =
      std::any_of(fields.begin(), fields.end(), [=](auto f) { return std::strcmp(f, text) == 0; });
  for (std::size_t k = 0; k < kFields; ++k) {
    if (whole ? std::strcmp(fields[k], text) != 0 : std::strstr(fields[k], text) == nullptr) continue;
    found = true;
    for (physiology::Spec& spec : specs_) {
      reinterpret_cast<physiology::Law*>(&spec)[k] = {0, value, 0, value, value};
    }
  }
  CHECK(found, "no number contains %s", text);
}

void ClassTable::clean() {
  for (const char* field : physiology_fields()) {
    if (std::strncmp(field, "faults.", 7) != 0) continue;
    const char* const size_words[] = {"OfR", "Chance", "PerMinute"};
    for (const char* word : size_words) {
      if (std::strstr(field, word) != nullptr) set(field, 0.0);
    }
  }
}

Request ClassTable::request(std::uint32_t at, std::uint32_t length, double fs_hz, std::uint64_t seed) const {
  static const std::vector<std::uint8_t> labels = [] {
    std::vector<std::uint8_t> all(256);
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<std::uint8_t>(k);
    return all;
  }();
  Request r{reinterpret_cast<const double*>(specs_.data()),
            seed,
            labels.data() + at,
            1,
            fs_hz,
            length,
            Unit::millivolt};
  r.model = Model::physiological;
  r.table_size = size();
  r.ids = ids_.data();
  return r;
}

Request with_leads(Request r, const std::vector<std::uint8_t>& leads) {
  r.leads = leads.data();
  r.lead_count = static_cast<std::uint32_t>(leads.size());
  return r;
}

Request twelve_leads(Request r) {
  r.leads = kAllLeads;
  r.lead_count = kLeadCount;
  return r;
}

Made made(const Request& r, std::uint64_t index, Workspace& workspace) {
  Made record = space_for(r);
  CHECK(synth_record(r, index, record.samples.data(), workspace, &record.beats), "it was stopped");
  check_guards(record.samples);
  const auto rhythms = rhythms_of(workspace);
  record.rhythms.assign(rhythms.begin(), rhythms.end());
  return record;
}

Made made_in_pieces(const Request& r, std::uint64_t index, Workspace& workspace) {
  Made record = space_for(r);
  CHECK(open_record(r, index, workspace, &record.beats), "it was stopped");
  const auto rhythms = rhythms_of(workspace);
  record.rhythms.assign(rhythms.begin(), rhythms.end());
  const std::size_t bytes = kSampleBytes[static_cast<int>(r.type)];
  const std::uint32_t pieces = (r.length_samples + kPieceSamples - 1) / kPieceSamples;
  // The last piece first, then forwards, the last one twice.
  for (std::uint32_t k = 0; k <= pieces; ++k) {
    const std::uint32_t piece = k == 0 ? pieces - 1 : k - 1;
    const std::size_t first = static_cast<std::size_t>(piece) * kPieceSamples,
                      count = std::min<std::size_t>(kPieceSamples, r.length_samples - first);
    std::vector<unsigned char> part(count * bytes * r.lead_count + kGuards, kGuard);
    read_piece(workspace, piece, part.data());
    check_guards(part);
    for (std::uint32_t row = 0; row < r.lead_count; ++row) {
      std::memcpy(record.samples.data() + row * record.row_bytes + first * bytes,
                  part.data() + row * count * bytes, count * bytes);
    }
  }
  return record;
}

bool same(const Made& a, const Made& b) {
  const auto same_rhythm = [](const RhythmStart& x, const RhythmStart& y) {
    return x.time_s == y.time_s && x.label == y.label;
  };
  return a.samples == b.samples &&
         std::equal(a.beats.begin(), a.beats.end(), b.beats.begin(), b.beats.end(),
                    [](const Beat& x, const Beat& y) { return same(x, y); }) &&
         std::equal(a.rhythms.begin(), a.rhythms.end(), b.rhythms.begin(), b.rhythms.end(), same_rhythm);
}

const char* fault_of_annotations(const Request& r, const Made& record) {
  const double end_s = r.length_samples / r.fs_hz;
  for (const Beat& beat : record.beats) {
    if (beat.type == 0 || std::strchr("NLRAaJVFEj/", beat.type) == nullptr)
      return "a beat of an unknown type";
  }
  if (record.rhythms.empty() || record.rhythms[0].time_s != 0.0) return "no rhythm at the start";
  if (record.rhythms.size() > 3) return "more than one episode";
  double before = -1.0;
  for (const RhythmStart& rhythm : record.rhythms) {
    if (!(rhythm.time_s > before && rhythm.time_s < end_s)) return "rhythms out of order";
    if (rhythm.label >= r.table_size) return "a rhythm that is not in the table";
    before = rhythm.time_s;
  }
  return fault_of_beats(record.beats, end_s);
}

}  // namespace pqrst
