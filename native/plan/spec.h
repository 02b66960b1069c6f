// The spec as the kernel reads it: nothing but doubles, in the order of spec_fields(). Every number of the
// model lives here; the code holds only the arithmetic. Meaning, source and range of each number:
// src/synth/spec.ts and presets.ts. Units in the names; `width` and `shift` of a wave are fractions of the
// beat (normalised beat time).
#pragma once

namespace pqrst {

// A number perturbed on two levels: recording value ~ N(base, recordingSd), beat value ~ N(recording value,
// beatSd).
struct Level {
  double base, recordingSd, beatSd;
};

// Uniform, one draw a recording unless said otherwise.
struct Range {
  double min, max;
};

struct WaveSpec {
  Level amplitude_mv, width, shift;  // shifts: P from the beat's start, Q from P, R and S from Q, T from S
};

// Atrial activity: four harmonics of a fundamental, its rate and size moved by two slow sines.
struct AtrialSpec {
  Range rate_hz, peak_to_peak_mv;
  double harmonic2, harmonic3, harmonic4;  // relative to the fundamental
  Range slow_hz, slow_rate_hz, slow_size;  // frequency of the sine, its swing of the rate, of the size
  Range fast_hz, fast_rate_hz, fast_size;
};

struct PatternSpec {
  double weight, min_sinus_beats, max_sinus_beats, run;  // sinus beats between runs, PVCs in a run
};

struct EctopicSpec {
  Level amplitude_mv, width_s;
};

struct Spec {
  struct {
    WaveSpec p, q, r, s, t;
  } waves;
  double width_floor;
  struct {
    double p, qrs, t;  // a length in beat time grows with (beat / reference)^stretch
  } stretch;
  struct {
    double reference_s;
    Level length_s;
    double floor_s, recording_min_s, recording_max_s;
    Range respiratory_hz, respiratory_fraction;
  } beat;
  struct {
    Range start_s;
  } cut;
  Range noise_mv, baseline_hz, baseline_mv;
  double support_sigmas, threshold_mv;
  struct {
    Range rr_s, rr_cv;
    double rr_floor_s, p_scale;
    AtrialSpec atrial;
  } af;
  struct {
    double p_scale;
    AtrialSpec atrial;
    double weight2, weight3, weight4, weight_variable;  // conduction n:1
    double share2, share3, share4;                      // of the beats where it is variable
    double jitter_s;
  } aflt;
  struct {
    PatternSpec isolated, bigeminy, trigeminy, couplet;
    Range coupling;  // fraction of the sinus interval, one draw a recording
    double coupling_beat_sd, coupling_floor_s, p_scale, negative_probability, amplitude_floor_mv,
        width_floor_s;
    EctopicSpec main, terminal, t;
    Level terminal_delay_s;
    Range st_s;
    double qrs_min_s;
  } pvc;
  struct {
    Range pq_s;
    double p_share, q_scale, delta_floor_mv, qrs_min_s;
    Level delta_ratio, delta_width_s, delta_lead_s;
    double r_width_floor_s;
    Range t_scale;
  } wpw;
};

}  // namespace pqrst
