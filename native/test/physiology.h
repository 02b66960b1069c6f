// Shared by the tests of the physiological model: the shipped classes with altered laws, and their records.
// `node scripts/test-native.mjs --write` writes the numbers of the classes.
#pragma once

#include <string>

#include "plan/physiology/spec.h"
#include "samples.h"

namespace pqrst {

inline constexpr std::uint8_t kAllLeads[kLeadCount] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
inline constexpr const char* kLeadNames[kLeadCount] = {"I",  "II", "III", "aVR", "aVL", "aVF",
                                                       "V1", "V2", "V3",  "V4",  "V5",  "V6"};

// The place of a shipped class in the table.
std::uint32_t class_named(const char* name);

// A table of classes. It starts with the shipped ones.
class ClassTable {
 public:
  ClassTable();

  std::uint32_t size() const { return static_cast<std::uint32_t>(specs_.size()); }
  const char* name(std::uint32_t at) const { return names_[at].c_str(); }
  physiology::Spec& operator[](std::uint32_t at) { return specs_[at]; }
  // Appends a copy of a class and returns its place.
  std::uint32_t add(std::uint32_t copied, const char* name);
  // Gives the law of this dotted name, or all laws whose names contain the text, a constant value in every
  // class.
  void set(const char* text, double value);
  // Sets the chances and the sizes of all noise and faults to 0.
  void clean();

  // Requests lead II of records of one class in mV. The table must exist until the records are rendered.
  Request request(std::uint32_t at, std::uint32_t length, double fs_hz, std::uint64_t seed = 7) const;

 private:
  std::vector<physiology::Spec> specs_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::string> names_;
};

// Requests all twelve leads, or those of a list that must exist until the records are rendered.
Request with_leads(Request, const std::vector<std::uint8_t>& leads);
Request with_leads(Request, const std::vector<std::uint8_t>&& leads) = delete;
Request twelve_leads(Request);

// A record as the kernel makes it. `samples` has guard bytes at its end.
struct Made {
  std::vector<unsigned char> samples;
  std::vector<Beat> beats;
  std::vector<RhythmStart> rhythms;
  std::size_t row_bytes = 0;

  const unsigned char* row(std::size_t k) const { return samples.data() + k * row_bytes; }
};

// Makes a record. Checks that nothing is written past its end.
Made made(const Request&, std::uint64_t index, Workspace&);
// Makes it by reading its pieces in a mixed order.
Made made_in_pieces(const Request&, std::uint64_t index, Workspace&);
// Returns true if the samples, beats and rhythms have the same bits.
bool same(const Made&, const Made&);

// Returns the first fault of the annotations of a record, or null.
const char* fault_of_annotations(const Request&, const Made&);

// Prints the golden hashes of the shipped classes (physiology_golden.inc).
void print_physiology_golden();

}  // namespace pqrst
