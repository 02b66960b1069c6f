// Tests that records of the physiological model have the same bits on every target and every machine: golden
// hashes of every shipped class, and all targets compared with scalar.
#include <algorithm>

#include "noise_specs.h"
#include "physiology.h"

namespace pqrst {
namespace {

constexpr std::uint64_t kHashes[] = {
#include "physiology_golden.inc"
};

// The shipped classes, and one whose rhythm changes.
ClassTable golden_table() {
  ClassTable table;
  const std::uint32_t changing = table.add(class_named("normal"), "normal>aflt");
  table[changing].rhythm.episode_spec.a = class_named("aflt");
  return table;
}

// Hashes four records of twelve leads, with their beats and rhythms: in mV and z-scored, in all types of
// samples, one of them with added noise.
std::uint64_t golden_of(const ClassTable& table, std::uint32_t at, Workspace& workspace) {
  const NoiseSpec noise = all_noise();
  Request r = twelve_leads(table.request(at, 4999, 500));
  std::uint64_t hash = kHashStart;
  for (std::uint64_t index = 0; index < 4; ++index) {
    r.unit = index % 2 == 0 ? Unit::millivolt : Unit::zscore;
    r.type = static_cast<SampleType>(index % kSampleTypes);
    r.noise = index == 3 ? numbers(noise) : nullptr;
    const Made record = made(r, index, workspace);
    hash = hash_of(record.beats, hash_of(record.samples.data(), record.samples.size(), hash));
    for (const RhythmStart& rhythm : record.rhythms) {
      hash = hash_of(&rhythm.label, 1, hash_of(&rhythm.time_s, sizeof rhythm.time_s, hash));
    }
  }
  return hash;
}

struct Shape {
  double fs_hz;
  std::uint32_t length;
};

// Compares a record of each class with that of scalar. The unit and the type differ from class to class and
// from shape to shape.
void compare(const ClassTable& table, const Shape& shape, bool all_leads, std::uint32_t turn) {
  const NoiseSpec noise = all_noise();
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t at = 0; at < table.size(); ++at, ++turn) {
    Request r = table.request(at, shape.length, shape.fs_hz, 11);
    if (all_leads) r = twelve_leads(r);
    r.unit = turn % 2 == 0 ? Unit::millivolt : Unit::zscore;
    r.type = static_cast<SampleType>(turn / 2 % kSampleTypes);
    if (turn % 7 == 6) r.noise = numbers(noise);
    select_target("scalar");
    const Made expected = made(r, turn, *workspace);
    for (const char* name : targets()) {
      if (std::strcmp(name, "scalar") == 0) continue;
      select_target(name);
      CHECK(same(made(r, turn, *workspace), expected),
            "%s: %s, %g Hz, %u samples, %u leads, unit %d, type %d", name, table.name(at), shape.fs_hz,
            shape.length, r.lead_count, static_cast<int>(r.unit), static_cast<int>(r.type));
    }
  }
}

}  // namespace

void test_physiology_golden() {
  const ClassTable table = golden_table();
  const WorkspacePtr workspace = make_workspace();
  constexpr std::size_t count = sizeof kHashes / sizeof kHashes[0];
  CHECK(count == table.size(), "physiology_golden.inc is out of date: node scripts/test-native.mjs --write");
  for (std::uint32_t at = 0; at < table.size() && at < count; ++at) {
    const std::uint64_t hash = golden_of(table, at, *workspace);
    CHECK(hash == kHashes[at], "%s: %016llx", table.name(at), static_cast<unsigned long long>(hash));
  }
}

void print_physiology_golden() {
  const ClassTable table = golden_table();
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t at = 0; at < table.size(); ++at) {
    std::printf("0x%016llxu,  // %s\n", static_cast<unsigned long long>(golden_of(table, at, *workspace)),
                table.name(at));
  }
}

void test_physiology_bits() {
  const ClassTable table = golden_table();
  std::uint32_t turn = 0;
  for (const double fs_hz : {50.0, 100.0, 250.0, 500.0, 1000.0}) {
    for (const std::uint32_t length : {1u, 17u, 5000u, 6144u + 1300u}) {
      for (const bool all_leads : {false, true}) compare(table, {fs_hz, length}, all_leads, turn++);
    }
  }
  // More than a piece. At 50 Hz its waves are narrow; at 1,000 Hz they are wide.
  for (const double fs_hz : {50.0, 1000.0}) compare(table, {fs_hz, kPieceSamples + 4321}, false, turn++);
  select_target(targets().front());
}

// A record depends neither on the records that its workspace made before, nor on the other classes of the
// table.
void test_physiology_order() {
  const ClassTable table = golden_table();
  const WorkspacePtr used = make_workspace();
  std::vector<std::uint64_t> hashes;
  for (std::uint32_t at = table.size(); at-- > 0;) {
    const Request r = twelve_leads(table.request(at, 2000, 250, 77));
    const Made record = made(r, at, *used), fresh = made(r, at, *make_workspace());
    CHECK(same(record, fresh), "%s depends on earlier records", table.name(at));
    hashes.push_back(hash_of(record.samples.data(), record.samples.size()));
    if (record.rhythms.size() > 1) continue;
    ClassTable alone = table;
    Request only = twelve_leads(alone.request(0, 2000, 250, 77));
    alone[0] = alone[at];
    only.ids = r.ids + at;
    Made moved = made(only, at, *used);
    for (RhythmStart& rhythm : moved.rhythms) rhythm.label = static_cast<std::uint8_t>(at);
    CHECK(same(moved, fresh), "%s depends on its place in the table", table.name(at));
  }
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end(), "two classes make the same record");
}

// A long record of twelve leads is the same when its pieces are read in any order, on any target.
void test_physiology_pieces() {
  const ClassTable table = golden_table();
  const WorkspacePtr workspace = make_workspace();
  const NoiseSpec noise = all_noise();
  for (std::uint32_t k = 0; k < 2 * kSampleTypes; ++k) {
    Request r = twelve_leads(table.request(table.size() - 1 - k, 2 * kPieceSamples + 777 + k, 500, 31));
    r.unit = k < kSampleTypes ? Unit::zscore : Unit::millivolt;
    r.type = static_cast<SampleType>(k % kSampleTypes);
    if (k == 4) r.noise = numbers(noise);
    select_target("scalar");
    const Made expected = made(r, k, *workspace);
    for (const char* name : targets()) {
      select_target(name);
      CHECK(same(made(r, k, *workspace), expected), "%s: type %u differs from scalar", name, k);
      CHECK(same(made_in_pieces(r, k, *workspace), expected), "%s: type %u in pieces", name, k);
    }
    CHECK(fault_of_annotations(r, expected) == nullptr, "%s", fault_of_annotations(r, expected));
  }
  select_target(targets().front());
}

}  // namespace pqrst
