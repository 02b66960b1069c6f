// The spec as the kernel reads it: only doubles, in the order of spec_fields(). Every number of the model is
// here; the code holds the arithmetic alone. src/synth/spec.ts and src/synth/presets.ts explain the meaning,
// the source and the range of each number. Names carry their units; `width` and `shift` of a wave are
// fractions of the beat.
//
// Each list below generates one struct and the dotted names of its members (fields.h).
#pragma once

#include <type_traits>

#include "fields.h"
#include "synth.h"

namespace pqrst {

// A number that varies on two levels: the value of a record is N(base, recordingSd), the value of a beat is
// N(value of the record, beatSd).
#define PQRST_LEVEL(X)                  \
  X(double, base, "base")               \
  X(double, recordingSd, "recordingSd") \
  X(double, beatSd, "beatSd")
PQRST_FIELDS(Level, PQRST_LEVEL);

// A wave of a sinus beat. `shift` is the distance of P from the start of the beat, of Q from P, of R and S
// from Q, and of T from S.
#define PQRST_WAVE(X)                   \
  X(Level, amplitude_mv, "amplitudeMv") \
  X(Level, width, "width")              \
  X(Level, shift, "shift")
PQRST_FIELDS(WaveSpec, PQRST_WAVE);

#define PQRST_WAVES(X) \
  X(WaveSpec, p, "p")  \
  X(WaveSpec, q, "q")  \
  X(WaveSpec, r, "r")  \
  X(WaveSpec, s, "s")  \
  X(WaveSpec, t, "t")
PQRST_FIELDS(WavesSpec, PQRST_WAVES);

// Exponents: a length in beat time grows with (beat / reference)^exponent.
#define PQRST_STRETCH(X) \
  X(double, p, "p")      \
  X(double, qrs, "qrs")  \
  X(double, t, "t")
PQRST_FIELDS(StretchSpec, PQRST_STRETCH);

#define PQRST_BEAT(X)                         \
  X(double, reference_s, "referenceS")        \
  X(Level, length_s, "lengthS")               \
  X(double, floor_s, "floorS")                \
  X(double, recording_min_s, "recordingMinS") \
  X(double, recording_max_s, "recordingMaxS") \
  X(Range, respiratory_hz, "respiratoryHz")   \
  X(Range, respiratory_fraction, "respiratoryFraction")
PQRST_FIELDS(BeatSpec, PQRST_BEAT);

#define PQRST_CUT(X) X(Range, start_s, "startS")
PQRST_FIELDS(CutSpec, PQRST_CUT);

// Atrial activity: a fundamental and three harmonics, whose amplitudes `harmonic2` to `harmonic4` are
// relative to the fundamental. Two sines, a slow and a fast one, modulate its rate and its size. Each has
// three numbers: its frequency, the change of the rate, and the change of the size.
#define PQRST_ATRIAL(X)                     \
  X(Range, rate_hz, "rateHz")               \
  X(Range, peak_to_peak_mv, "peakToPeakMv") \
  X(double, harmonic2, "harmonic2")         \
  X(double, harmonic3, "harmonic3")         \
  X(double, harmonic4, "harmonic4")         \
  X(Range, slow_hz, "slow.hz")              \
  X(Range, slow_rate_hz, "slow.rateHz")     \
  X(Range, slow_size, "slow.size")          \
  X(Range, fast_hz, "fast.hz")              \
  X(Range, fast_rate_hz, "fast.rateHz")     \
  X(Range, fast_size, "fast.size")
PQRST_FIELDS(AtrialSpec, PQRST_ATRIAL);

#define PQRST_AF(X)                 \
  X(Range, rr_s, "rrS")             \
  X(Range, rr_cv, "rrCv")           \
  X(double, rr_floor_s, "rrFloorS") \
  X(double, p_scale, "pScale")      \
  X(AtrialSpec, atrial, "atrial")
PQRST_FIELDS(AfSpec, PQRST_AF);

// The weights choose the conduction of a record: n:1, or variable. The shares choose n for each beat of a
// record with variable conduction.
#define PQRST_AFLT(X)                                     \
  X(double, p_scale, "pScale")                            \
  X(AtrialSpec, atrial, "atrial")                         \
  X(double, weight2, "conduction.weight2")                \
  X(double, weight3, "conduction.weight3")                \
  X(double, weight4, "conduction.weight4")                \
  X(double, weight_variable, "conduction.weightVariable") \
  X(double, share2, "conduction.share2")                  \
  X(double, share3, "conduction.share3")                  \
  X(double, share4, "conduction.share4")                  \
  X(double, jitter_s, "jitterS")
PQRST_FIELDS(AfltSpec, PQRST_AFLT);

// A pattern of PVCs: the number of sinus beats between two runs, and the number of PVCs in a run.
#define PQRST_PATTERN(X)                      \
  X(double, weight, "weight")                 \
  X(double, min_sinus_beats, "minSinusBeats") \
  X(double, max_sinus_beats, "maxSinusBeats") \
  X(double, run, "run")
PQRST_FIELDS(PatternSpec, PQRST_PATTERN);

#define PQRST_ECTOPIC(X)                \
  X(Level, amplitude_mv, "amplitudeMv") \
  X(Level, width_s, "widthS")
PQRST_FIELDS(EctopicSpec, PQRST_ECTOPIC);

// `coupling` is a fraction of the sinus interval.
#define PQRST_PVC(X)                                     \
  X(PatternSpec, isolated, "patterns.isolated")          \
  X(PatternSpec, bigeminy, "patterns.bigeminy")          \
  X(PatternSpec, trigeminy, "patterns.trigeminy")        \
  X(PatternSpec, couplet, "patterns.couplet")            \
  X(Range, coupling, "coupling")                         \
  X(double, coupling_beat_sd, "couplingBeatSd")          \
  X(double, coupling_floor_s, "couplingFloorS")          \
  X(double, p_scale, "pScale")                           \
  X(double, negative_probability, "negativeProbability") \
  X(double, amplitude_floor_mv, "amplitudeFloorMv")      \
  X(double, width_floor_s, "widthFloorS")                \
  X(EctopicSpec, main, "main")                           \
  X(EctopicSpec, terminal, "terminal")                   \
  X(EctopicSpec, t, "t")                                 \
  X(Level, terminal_delay_s, "terminalDelayS")           \
  X(Range, st_s, "stS")                                  \
  X(double, qrs_min_s, "qrsMinS")
PQRST_FIELDS(PvcSpec, PQRST_PVC);

#define PQRST_WPW(X)                         \
  X(Range, pq_s, "pqS")                      \
  X(double, p_share, "pShare")               \
  X(double, q_scale, "qScale")               \
  X(double, delta_floor_mv, "deltaFloorMv")  \
  X(double, qrs_min_s, "qrsMinS")            \
  X(Level, delta_ratio, "deltaRatio")        \
  X(Level, delta_width_s, "deltaWidthS")     \
  X(Level, delta_lead_s, "deltaLeadS")       \
  X(double, r_width_floor_s, "rWidthFloorS") \
  X(Range, t_scale, "tScale")
PQRST_FIELDS(WpwSpec, PQRST_WPW);

#define PQRST_SPEC(X)                        \
  X(WavesSpec, waves, "waves")               \
  X(double, width_floor, "widthFloor")       \
  X(StretchSpec, stretch, "stretch")         \
  X(BeatSpec, beat, "beat")                  \
  X(CutSpec, cut, "cut")                     \
  X(Range, noise_mv, "noiseMv")              \
  X(Range, baseline_hz, "baselineHz")        \
  X(Range, baseline_mv, "baselineMv")        \
  X(double, support_sigmas, "supportSigmas") \
  X(double, threshold_mv, "thresholdMv")     \
  X(AfSpec, af, "af")                        \
  X(AfltSpec, aflt, "aflt")                  \
  X(PvcSpec, pvc, "pvc")                     \
  X(WpwSpec, wpw, "wpw")
PQRST_FIELDS(Spec, PQRST_SPEC);
static_assert(std::is_standard_layout_v<Spec>);

// Returns the spec of a request without copying it. No thread writes to it while the request is in use.
inline const Spec& spec_of(const Request& request) { return *reinterpret_cast<const Spec*>(request.spec); }

}  // namespace pqrst
