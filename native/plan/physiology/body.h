// The waves of one patient: how a P wave, a QRS complex and a T wave of each kind of beat look. Drawn once
// per record.
#pragma once

#include <cstddef>
#include <vector>

#include "law.h"
#include "plan/annotate.h"
#include "timeline.h"

namespace pqrst::physiology {

// A Gaussian of two widths whose peak is at_s after the R peak of its beat, or after the first sample.
struct Wave {
  Vector mv;
  double at_s, rise_s, fall_s;
};

// Returns the extent of a wave, at the size of its vector.
Extent extent_of(const Wave&, double threshold_mv);

// The waves of the QRS of one kind of beat at its mean size, and the T wave that belongs to it.
struct Complex {
  static constexpr int kMost = 8;
  Wave waves[kMost];
  int count = 0;
  Vector area;  // sum of vector times width, in mV s
  Vector t;     // the T wave
  double onset_s = 0.0, offset_s = 0.0;

  void add(const Vector& mv, double at_s, double rise_s, double fall_s);
  // Sets the time from the first to the last sample at which a wave exceeds the share `kEdge` of `r_mv`.
  void measure(double r_mv);
  // Stretches the complex about the R peak.
  void stretch(double factor);
};

// The places of the waves of a beat in the list of waves: P, QRS and T are [p, p_end), [qrs, qrs_end) and
// [t, t_end).
struct BeatWaves {
  std::size_t p, p_end, qrs, qrs_end, t, t_end;
};

class Body {
 public:
  // Draws the patient.
  void draw(const Spec&, Draws&);
  // Draws the foci and the accessory pathway of a spec, as far as its events need them.
  void draw_kinds(const Spec&, const std::vector<Event>&, Draws&);

  double r_mv() const { return r_mv_; }
  // Appends the waves of an event. `breath` is the sine of breathing at its time, and `qt_rr_s` the mean RR
  // interval behind its QT.
  BeatWaves add(const Event&, double breath, double qt_rr_s, Draws&, std::vector<Wave>& waves) const;
  // Returns the share of the mean RR interval that is kept at each beat.
  double hysteresis() const { return hysteresis_; }

 private:
  struct Beside {
    bool on;
    Vector mv;
    double at, sigma;  // as shares of the duration of the QRS
  };
  struct Ectopic {
    Complex complex;
    double qt_s;
  };
  Complex conducted() const;
  Complex preexcited(const Spec&, Draws&) const;
  Complex aberrant() const;
  Ectopic focus(const Focus&, Draws&) const;
  Beside beside(const Deflection&, Draws&) const;
  // Measures a complex and sets its T wave, of which the primary T is `primary` times that of the record.
  void finish(Complex&, double primary) const;
  void add_p(const Event&, Draws&, std::vector<Wave>&) const;

  // P
  Vector p_mv_;
  double p_sigma_s_ = 0.0, p_notch_s_ = 0.0, p_beat_sd_ = 0.0;
  bool p_notched_ = false;
  // QRS
  double r_mv_ = 0.0, axis_deg_ = 0.0, duration_s_ = 0.0, r_sigma_ = 0.0, r_asymmetry_ = 0.0, beat_sd_ = 0.0,
         breath_ = 0.0;
  Vector r_;
  Beside q_{}, s_{}, notch_{}, terminal_{};
  // ST, T and U
  Vector t_, st_;
  double t_rise_s_ = 0.0, t_fall_s_ = 0.0, t_beat_sd_ = 0.0, secondary_gain_ = 0.0, qtc_s_ = 0.0,
         qt_exponent_ = 0.0, hysteresis_ = 0.0, st_slope_ = 0.0, u_of_t_ = 0.0;
  bool biphasic_ = false;
  // The kinds of beats
  Complex normal_, aberrant_, preexcited_;
  Ectopic foci_[3];  // the third one is that of escape beats
  double focus_sd_ = 0.0;
  Vector spike_;
};

}  // namespace pqrst::physiology
