// The contract of the synthesis kernel: plain C++20 over pointers and sizes, no N-API, no allocation in the
// hot path beyond the workspace, no exceptions, no global state but the target in use.
// A record is a pure function of (spec, seed, class, index, fs, length, unit): the same bits whatever the
// batch size, the thread count and the instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace pqrst {

// Label bytes, the order of src/classes.ts.
enum class Class : std::uint8_t { normal = 0, af = 1, aflt = 2, pvc = 3, wpw = 4 };
inline constexpr std::size_t kClassCount = 5;

enum class Unit : std::uint8_t { zscore = 0, millivolt = 1 };

// Type of the samples that leave. int16 counts 1/1000 mV, or 1/1000 SD where z-scored, held to +-32767.
enum class SampleType : std::uint8_t { float32 = 0, float16 = 1, int16 = 2 };
inline constexpr std::size_t kSampleTypes = 3;
inline constexpr std::size_t kSampleBytes[kSampleTypes] = {4, 2, 2};
inline constexpr float kInt16PerUnit = 1000.0f;

// A record is made in pieces of this many samples, the last one shorter; each can be made by itself.
inline constexpr std::uint32_t kPieceSamples = 1u << 18;

// The spec crosses the border as a flat array of doubles; these are their dotted names in order
// ("waves.p.amplitudeMv.base", ...). TypeScript flattens the validated preset by this list.
std::span<const char* const> spec_fields();

// Those of the noise beyond the paper ("wander.kind", ...; artefacts.h says what they mean).
std::span<const char* const> noise_fields();

struct Request {
  const double* spec;  // spec_fields().size() values, already validated
  std::uint64_t seed;
  const std::uint8_t* classes;  // record of index i is of class classes[i % class_count]
  std::uint32_t class_count;
  double fs_hz;                  // 50-4000
  std::uint32_t length_samples;  // of a record
  Unit unit;
  SampleType type = SampleType::float32;
  // Whether samples go to memory past the cache: faster where the whole output exceeds it. Changes no bit.
  bool past_cache = false;
  const double* noise = nullptr;  // noise_fields().size() values, or null: none beyond the spec's own
};

// A wave's onset, peak and offset in seconds from the first sample; NaN where the beat has no such wave.
struct Fiducials {
  double onset_s, peak_s, offset_s;
};

struct Beat {
  Fiducials p, qrs, t;  // qrs.peak_s is the beat's time (the R peak; the dominant deflection of a PVC)
  std::uint8_t type;    // 'N' or 'V'
};

// Scratch of one thread; reused from record to record.
class Workspace;
struct WorkspaceDeleter {
  void operator()(Workspace*) const;
};
using WorkspacePtr = std::unique_ptr<Workspace, WorkspaceDeleter>;
WorkspacePtr make_workspace();

// Asked between pieces: true stops the work. An empty one never does.
using Stop = std::function<bool()>;

// Renders the record `index` into out[length] of request.type. Beats with their QRS peak inside [0,
// length/fs) are appended to `beats`, in order of time, where it is not null. False where it was stopped.
bool synth_record(const Request&, std::uint64_t index, void* out, Workspace&, std::vector<Beat>* beats,
                  const Stop& stop = {});

// The same record in pieces, for lengths that no buffer should hold: opened (planned, and measured where it
// is z-scored), then read piece by piece in any order, piece s into out[min(kPieceSamples, length - s
// kPieceSamples)]. The same bits as synth_record. The request's arrays must outlive the workspace.
bool open_record(const Request&, std::uint64_t index, Workspace&, std::vector<Beat>* beats,
                 const Stop& stop = {});
void read_piece(Workspace&, std::uint32_t piece, void* out);
// What an open record keeps, about.
std::size_t bytes_of(const Workspace&);

// The noise stage alone: fills out[length] with the record's white noise at SD 1 (bench and statistics).
void synth_white_noise(const Request&, std::uint64_t index, float* out);

// Instruction sets. targets() lists those compiled in and runnable on this machine, best first; target() is
// the one in use: the best, or PQRST_FORCE_TARGET. select_target may be called while records are made; it
// returns false (and changes nothing) for an unknown name.
std::span<const char* const> targets();
const char* target();
bool select_target(const char* name);

}  // namespace pqrst
