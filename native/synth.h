// The contract of the kernel: plain C++20 with pointers and sizes. The kernel does not know N-API and throws
// no exceptions. Its only global state that changes is the target in use. Rendering allocates no memory
// except in the workspace. A lead of a record is a pure function of (spec, seed, class, index, fs, length,
// unit, noise): the other leads, batch size, thread count and instruction set do not change a bit of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace pqrst {

// What makes a record: the paper's model of five classes, or the physiological model, whose classes are data.
enum class Model : std::uint8_t { paper = 0, physiological = 1 };

// Label bytes of the paper's model, in the order of src/signal/classes.ts.
enum class Class : std::uint8_t { normal = 0, af = 1, aflt = 2, pvc = 3, wpw = 4 };
inline constexpr std::size_t kClassCount = 5;

enum class Unit : std::uint8_t { zscore = 0, millivolt = 1 };

// The type of the samples in the output. int16 counts thousandths of a mV, or of an SD if the record is
// z-scored, and is limited to +-32767.
enum class SampleType : std::uint8_t { float32 = 0, float16 = 1, int16 = 2 };
inline constexpr std::size_t kSampleTypes = 3;
inline constexpr std::size_t kSampleBytes[kSampleTypes] = {4, 2, 2};
inline constexpr float kInt16PerUnit = 1000.0f;

// The kernel renders a record in pieces of this many samples; the last piece is shorter. Each piece can be
// rendered without the others.
inline constexpr std::uint32_t kPieceSamples = 1u << 18;

// Returns the dotted names of the numbers of a spec ("waves.p.amplitudeMv.base", ...). The spec crosses the
// border as an array of doubles in this order, into which TypeScript writes the validated preset.
std::span<const char* const> spec_fields();

// Returns the dotted names of the laws of a class of the physiological model ("rhythm.rrS", ...). Each law is
// five doubles: kind, a, b, min, max (plan/physiology/spec.h).
std::span<const char* const> physiology_fields();

// Returns the dotted names of the numbers of the added noise ("wander.kind", ...). render/noise.h explains
// the numbers.
std::span<const char* const> noise_fields();

// The twelve leads in their usual order: I, II, III, aVR, aVL, aVF, V1 to V6. The paper's model has lead II.
inline constexpr std::size_t kLeadCount = 12;
inline constexpr std::uint8_t kLeadII[] = {1};

// A request for records. The caller keeps the arrays that it points to.
struct Request {
  // Validated values: spec_fields().size() of them, or, for the physiological model, five for each of
  // physiology_fields() of each class of a table.
  const double* spec = nullptr;
  std::uint64_t seed = 0;
  // Record i is of class classes[i % class_count]: a Class, or the place of a class in the table.
  const std::uint8_t* classes = nullptr;
  std::uint32_t class_count = 0;
  double fs_hz = 0.0;                // 50-4000
  std::uint32_t length_samples = 0;  // of a record
  Unit unit = Unit::zscore;
  SampleType type = SampleType::float32;
  // Writes the samples to memory past the cache. This is faster if the whole output exceeds the cache. It
  // changes no bit.
  bool past_cache = false;
  const double* noise = nullptr;  // noise_fields().size() values; null adds no noise
  Model model = Model::paper;
  std::uint32_t table_size = 1;        // the number of classes in the table of the physiological model
  const std::uint32_t* ids = nullptr;  // a number below 2^24 for each of them, which seeds its records
  const std::uint8_t* leads = kLeadII;
  std::uint32_t lead_count = 1;
};

// Onset, peak and offset of a wave, in seconds from the first sample. NaN if the beat does not have the wave.
struct Fiducials {
  double onset_s, peak_s, offset_s;
};

// A beat and its waves.
struct Beat {
  Fiducials p, qrs, t;  // qrs.peak_s is the R peak, or the main deflection of a PVC
  std::uint8_t type;  // the symbol of the beat in WFDB: 'N', 'L', 'R', 'A', 'a', 'J', 'V', 'F', 'E', 'j', '/'
};

// The start of a rhythm in a record, and its class. The first one is at 0 s.
struct RhythmStart {
  double time_s;
  std::uint8_t label;
};

// The memory of one thread, reused from record to record.
class Workspace;
struct WorkspaceDeleter {
  void operator()(Workspace*) const;
};
using WorkspacePtr = std::unique_ptr<Workspace, WorkspaceDeleter>;
WorkspacePtr make_workspace();

// The kernel calls this function often: between chunks of a lead (6,144 samples) and between some beats of a
// plan. It stops if the function returns true. An empty function never stops it.
using Stop = std::function<bool()>;

// Renders the record `index` into out[lead_count][length_samples], an array of request.type. Leads III, aVR,
// aVL and aVF of a record in mV are computed from the samples of I and II as the output has them. A z-scored
// record has each lead scaled by itself. Appends the beats whose QRS peak is in [0, length_samples / fs_hz)
// to `beats`, in order of time, unless `beats` is null. Returns false if it was stopped.
bool synth_record(const Request&, std::uint64_t index, void* out, Workspace&, std::vector<Beat>* beats,
                  const Stop& stop = {});

// Returns the rhythms of the record that was planned last.
std::span<const RhythmStart> rhythms_of(const Workspace&);

// Make the same record in pieces, if it is too long for one buffer. open_record plans the record, and
// measures its mean and SD if it is z-scored. Then read_piece makes the pieces in any order, piece k in
// out[lead_count][min(kPieceSamples, length_samples - k kPieceSamples)]. The bits equal those of
// synth_record. Both return false if they were stopped; a piece that was stopped can be read again. The
// arrays of the request must exist until the last piece has been read.
bool open_record(const Request&, std::uint64_t index, Workspace&, std::vector<Beat>* beats,
                 const Stop& stop = {});
bool read_piece(Workspace&, std::uint32_t piece, void* out, const Stop& stop = {});
// Returns the approximate memory that an open record occupies.
std::size_t bytes_of(const Workspace&);

// Fills out[length_samples] with the white noise of the record at SD 1, for benchmarks and statistics.
void synth_white_noise(const Request&, std::uint64_t index, float* out);

// Report and select the instruction set. targets() lists those that are compiled in and that this machine can
// run, best first. target() is the one in use: the best one, or the one that PQRST_FORCE_TARGET names.
// select_target() may be called while records are rendered. For an unknown name it returns false and changes
// nothing.
std::span<const char* const> targets();
const char* target();
bool select_target(const char* name);

}  // namespace pqrst
