// The spec of the physiological model: one struct of laws per class. The laws are data: src/synth/physiology
// gives each number with its unit and its source. This file gives the order in which they cross the border.
#pragma once

#include <type_traits>

#include "fields.h"

namespace pqrst::physiology {

// A distribution of one number. kind 0: always `a`; 1: uniform in [min, max]; 2: normal with mean a and SD b;
// 3: log-normal with median a and SD b of the logarithm. The kinds 2 and 3 are limited to [min, max].
// A law is one field: its name stands for its five numbers.
struct Law {
  double kind, a, b, min, max;
};
inline void append_names(const Law*, const std::string& path, std::vector<std::string>& names) {
  names.push_back(path);
}

// Rhythm: what starts the beats, and when. `kind` is a RhythmKind. A record whose `episodeSpec` is not
// negative changes to the rhythm of that spec of the table for `episodeS`.
#define PHYSIO_RHYTHM(X)                            \
  X(Law, kind, "kind")                              \
  X(Law, rr_s, "rrS")                               \
  X(Law, cv, "cv")                                  \
  X(Law, floor_s, "floorS")                         \
  X(Law, drift_fraction, "driftFraction")           \
  X(Law, drift_hz, "driftHz")                       \
  X(Law, breath_hz, "breathHz")                     \
  X(Law, breath_fraction, "breathFraction")         \
  X(Law, pause_chance, "pauseChance")               \
  X(Law, pause_factor, "pauseFactor")               \
  X(Law, retrograde_chance, "retrogradeChance")     \
  X(Law, retrograde_s, "retrogradeS")               \
  X(Law, atrial_fibrillation, "fibrillationChance") \
  X(Law, atrial_rr_s, "atrialRrS")                  \
  X(Law, paced, "paced")                            \
  X(Law, episode_spec, "episodeSpec")               \
  X(Law, episode_start_s, "episodeStartS")          \
  X(Law, episode_s, "episodeS")
PQRST_FIELDS(Rhythm, PHYSIO_RHYTHM);

// The P wave: one or two humps in the direction (axis, depth).
#define PHYSIO_P(X)                   \
  X(Law, size_mv, "sizeMv")           \
  X(Law, axis_deg, "axisDeg")         \
  X(Law, depth_deg, "depthDeg")       \
  X(Law, sigma_s, "sigmaS")           \
  X(Law, notch_chance, "notchChance") \
  X(Law, notch_s, "notchS")           \
  X(Law, beat_sd, "beatSd")
PQRST_FIELDS(P, PHYSIO_P);

// Waves of fibrillating or fluttering atria: a carrier with harmonics that two sines modulate. `rise` is the
// share of a period in which the wave rises (0.5: triangle); 0 takes the harmonics as given. A pulsed flutter
// consists of separate waves, with a flat line between them.
#define PHYSIO_ATRIAL_WAVES(X)          \
  X(Law, rate_hz, "rateHz")             \
  X(Law, size_mv, "sizeMv")             \
  X(Law, size_by_r, "sizeByR")          \
  X(Law, axis_deg, "axisDeg")           \
  X(Law, depth_deg, "depthDeg")         \
  X(Law, rise, "rise")                  \
  X(Law, smoothness, "smoothness")      \
  X(Law, harmonic2, "harmonic2")        \
  X(Law, harmonic3, "harmonic3")        \
  X(Law, slow_hz, "slowHz")             \
  X(Law, slow_rate, "slowRate")         \
  X(Law, slow_size, "slowSize")         \
  X(Law, fast_hz, "fastHz")             \
  X(Law, fast_rate, "fastRate")         \
  X(Law, fast_size, "fastSize")         \
  X(Law, pulsed_chance, "pulsedChance") \
  X(Law, pulse_rise_s, "pulseRiseS")    \
  X(Law, pulse_fall_s, "pulseFallS")
PQRST_FIELDS(AtrialWaves, PHYSIO_ATRIAL_WAVES);

// AV conduction. `kind` is an AvKind. Flutter: the weights choose n:1 or variable conduction for a record,
// the shares choose n for each beat of variable conduction.
#define PHYSIO_AV(X)                                    \
  X(Law, kind, "kind")                                  \
  X(Law, pr_s, "prS")                                   \
  X(Law, pr_by_rr, "prByRr")                            \
  X(Law, pr_beat_sd_s, "prBeatSdS")                     \
  X(Law, cycle, "cycle")                                \
  X(Law, increment_s, "incrementS")                     \
  X(Law, escape_rr_s, "escapeRrS")                      \
  X(Law, escape_ventricular, "escapeVentricularChance") \
  X(Law, weight2, "weight2")                            \
  X(Law, weight3, "weight3")                            \
  X(Law, weight4, "weight4")                            \
  X(Law, weight_variable, "weightVariable")             \
  X(Law, share2, "share2")                              \
  X(Law, share3, "share3")                              \
  X(Law, share4, "share4")                              \
  X(Law, share5, "share5")                              \
  X(Law, jitter_s, "jitterS")                           \
  X(Law, irregular_chance, "irregularChance")           \
  X(Law, irregular_s, "irregularS")                     \
  X(Law, aberrant_chance, "aberrantChance")
PQRST_FIELDS(Av, PHYSIO_AV);

// An accessory pathway: its chance, and the delta wave of a pre-excited beat. The delta wave begins `deltaS`
// before the QRS and has `deltaOfR` of the height of R in its own direction.
#define PHYSIO_PATHWAY(X)                           \
  X(Law, chance, "chance")                          \
  X(Law, pr_s, "prS")                               \
  X(Law, delta_of_r, "deltaOfR")                    \
  X(Law, delta_s, "deltaS")                         \
  X(Law, turn_deg, "turnDeg")                       \
  X(Law, depth_deg, "depthDeg")                     \
  X(Law, hump_chance, "humpChance")                 \
  X(Law, intermittent_chance, "intermittentChance") \
  X(Law, intermittent_share, "intermittentShare")   \
  X(Law, septal, "septal")
PQRST_FIELDS(Pathway, PHYSIO_PATHWAY);

// Premature supraventricular beats. `chance` is the chance that a record has any; `rate` is their share of
// the beats.
#define PHYSIO_PAC(X)                           \
  X(Law, chance, "chance")                      \
  X(Law, rate, "rate")                          \
  X(Law, bigeminy_chance, "bigeminyChance")     \
  X(Law, coupling, "coupling")                  \
  X(Law, reset, "reset")                        \
  X(Law, p_factor, "pFactor")                   \
  X(Law, pr_shift_s, "prShiftS")                \
  X(Law, junctional_chance, "junctionalChance") \
  X(Law, aberrant_chance, "aberrantChance")     \
  X(Law, blocked_chance, "blockedChance")       \
  X(Law, required, "required")
PQRST_FIELDS(Pac, PHYSIO_PAC);

// Premature ventricular beats. The weights choose the pattern of a record.
#define PHYSIO_PVC(X)                               \
  X(Law, chance, "chance")                          \
  X(Law, rate, "rate")                              \
  X(Law, isolated, "isolatedWeight")                \
  X(Law, bigeminy, "bigeminyWeight")                \
  X(Law, trigeminy, "trigeminyWeight")              \
  X(Law, quadrigeminy, "quadrigeminyWeight")        \
  X(Law, couplet, "coupletWeight")                  \
  X(Law, run, "runWeight")                          \
  X(Law, run_beats, "runBeats")                     \
  X(Law, run_rr_s, "runRrS")                        \
  X(Law, coupling, "coupling")                      \
  X(Law, coupling_sd_s, "couplingSdS")              \
  X(Law, coupling_min_s, "couplingMinS")            \
  X(Law, interpolated_chance, "interpolatedChance") \
  X(Law, second_focus_chance, "secondFocusChance")  \
  X(Law, fusion_chance, "fusionChance")             \
  X(Law, required, "required")
PQRST_FIELDS(Pvc, PHYSIO_PVC);

// A beat that a ventricular focus or an electrode starts: sizes are multiples of R, and times are seconds.
#define PHYSIO_FOCUS(X)                    \
  X(Law, size_of_r, "sizeOfR")             \
  X(Law, axis_deg, "axisDeg")              \
  X(Law, depth_deg, "depthDeg")            \
  X(Law, rise_s, "riseS")                  \
  X(Law, fall_ratio, "fallRatio")          \
  X(Law, second_of_main, "secondOfMain")   \
  X(Law, second_delay_s, "secondDelayS")   \
  X(Law, second_turn_deg, "secondTurnDeg") \
  X(Law, first_chance, "firstChance")      \
  X(Law, first_of_main, "firstOfMain")     \
  X(Law, notch_chance, "notchChance")      \
  X(Law, qt_s, "qtS")                      \
  X(Law, spike_mv, "spikeMv")              \
  X(Law, beat_sd, "beatSd")
PQRST_FIELDS(Focus, PHYSIO_FOCUS);

// One deflection beside the R wave: `of` is its size relative to R, `turnDeg` its direction in the frontal
// plane relative to R, `at` its time after R and `sigma` its width, both as shares of the QRS duration.
#define PHYSIO_DEFLECTION(X)    \
  X(Law, chance, "chance")      \
  X(Law, of, "ofR")             \
  X(Law, turn_deg, "turnDeg")   \
  X(Law, depth_deg, "depthDeg") \
  X(Law, at, "at")              \
  X(Law, sigma, "sigma")
PQRST_FIELDS(Deflection, PHYSIO_DEFLECTION);

// The QRS of a conducted beat. `type` is the character code of its beat annotation (N, L or R).
#define PHYSIO_QRS(X)               \
  X(Law, type, "type")              \
  X(Law, size_mv, "sizeMv")         \
  X(Law, axis_deg, "axisDeg")       \
  X(Law, depth_deg, "depthDeg")     \
  X(Law, duration_s, "durationS")   \
  X(Law, r_sigma, "rSigma")         \
  X(Law, r_asymmetry, "rAsymmetry") \
  X(Law, beat_sd, "beatSd")         \
  X(Law, breath, "breath")          \
  X(Deflection, q, "q")             \
  X(Deflection, s, "s")             \
  X(Deflection, notch, "notch")     \
  X(Deflection, terminal, "terminal")
PQRST_FIELDS(Qrs, PHYSIO_QRS);

// Repolarisation. The T wave of a beat is its primary T minus `secondaryGain` times the area of its QRS
// (the ventricular gradient of Wilson). ST is a level between QRS and T.
#define PHYSIO_REPOLARISATION(X)             \
  X(Law, size_mv, "tSizeMv")                 \
  X(Law, size_by_r, "tSizeByR")              \
  X(Law, turn_deg, "tTurnDeg")               \
  X(Law, depth_deg, "tDepthDeg")             \
  X(Law, inverted_chance, "tInvertedChance") \
  X(Law, inverted_factor, "tInvertedFactor") \
  X(Law, flat_chance, "tFlatChance")         \
  X(Law, flat_factor, "tFlatFactor")         \
  X(Law, biphasic_chance, "tBiphasicChance") \
  X(Law, rise_s, "tRiseS")                   \
  X(Law, fall_s, "tFallS")                   \
  X(Law, beat_sd, "tBeatSd")                 \
  X(Law, secondary_gain, "secondaryGain")    \
  X(Law, qtc_s, "qtcS")                      \
  X(Law, qt_exponent, "qtExponent")          \
  X(Law, hysteresis, "qtHysteresis")         \
  X(Law, st_mv, "stMv")                      \
  X(Law, st_turn_deg, "stAxisDeg")           \
  X(Law, st_depth_deg, "stDepthDeg")         \
  X(Law, st_slope, "stSlope")                \
  X(Law, u_chance, "uChance")                \
  X(Law, u_of_t, "uOfT")
PQRST_FIELDS(Repolarisation, PHYSIO_REPOLARISATION);

// Noise and faults of a recording. Sizes are multiples of the R size of the record.
#define PHYSIO_FAULTS(X)                    \
  X(Law, white, "whiteOfR")                 \
  X(Law, burst_chance, "burstChance")       \
  X(Law, burst, "burstOfR")                 \
  X(Law, burst_s, "burstS")                 \
  X(Law, breath, "breathOfR")               \
  X(Law, wander, "wanderOfR")               \
  X(Law, wander_hz, "wanderHz")             \
  X(Law, sway, "swayOfR")                   \
  X(Law, sway_per_minute, "swayPerMinute")  \
  X(Law, step_chance, "stepChance")         \
  X(Law, step, "stepOfR")                   \
  X(Law, pop_chance, "popChance")           \
  X(Law, pop, "popOfR")                     \
  X(Law, tremor_chance, "tremorChance")     \
  X(Law, tremor, "tremorOfR")               \
  X(Law, tremor_hz, "tremorHz")             \
  X(Law, tremor_s, "tremorS")               \
  X(Law, mains_chance, "mainsChance")       \
  X(Law, mains, "mainsOfR")                 \
  X(Law, mains_hz, "mainsHz")               \
  X(Law, arms_chance, "armsReversedChance") \
  X(Law, inverted_chance, "invertedChance") \
  X(Law, clip_chance, "clipChance")         \
  X(Law, clip, "clipOfR")                   \
  X(Law, flat_chance, "flatChance")         \
  X(Law, flat_s, "flatS")
PQRST_FIELDS(Faults, PHYSIO_FAULTS);

#define PHYSIO_PHYSIOLOGY(X)                          \
  X(Law, id, "id")                                    \
  X(Law, threshold_mv, "thresholdMv")                 \
  X(Rhythm, rhythm, "rhythm")                         \
  X(P, p, "p")                                        \
  X(AtrialWaves, atrial, "atrialWaves")               \
  X(Av, av, "av")                                     \
  X(Pathway, pathway, "pathway")                      \
  X(Pac, pac, "pac")                                  \
  X(Pvc, pvc, "pvc")                                  \
  X(Focus, focus, "focus")                            \
  X(Qrs, qrs, "qrs")                                  \
  X(Repolarisation, repolarisation, "repolarisation") \
  X(Faults, faults, "faults")
PQRST_FIELDS(Spec, PHYSIO_PHYSIOLOGY);
static_assert(std::is_standard_layout_v<Spec>);

// What starts the beats.
enum class RhythmKind { sinus = 0, fibrillation = 1, flutter = 2, junctional = 3, ventricular = 4 };
// How the AV node conducts.
enum class AvKind { normal = 0, mobitz1 = 1, mobitz2 = 2, complete = 3 };

}  // namespace pqrst::physiology
