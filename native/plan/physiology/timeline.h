// Plans when the atria and the ventricles are activated, in seconds from the first sample: the rhythm, the
// conduction of the AV node, premature beats and escape beats. It plans no wave.
#pragma once

#include <span>
#include <vector>

#include "law.h"

namespace pqrst::physiology {

// How the ventricles are activated. `none` is a P wave that is not conducted.
enum class Activation { none, conducted, aberrant, ventricular, fusion, escape, paced };

// An activation of the heart.
struct Event {
  Activation activation = Activation::conducted;
  char type = 'N';        // the beat annotation
  double p_s = 0.0;       // the centre of the P wave
  double p_factor = 0.0;  // its size as a multiple of the P wave of the record; 0: no P wave
  double r_s = 0.0;       // the main deflection of the QRS; the P wave if there is no QRS
  double rr_s = 0.0;      // the interval to the QRS before
  int focus = 0;          // of a ventricular beat
  bool preexcited = false, atrial_spike = false;
};

// A stretch of the record with one rhythm.
struct Episode {
  double from_s, to_s;
  int spec;          // its place in the table
  double atrial_hz;  // of fibrillation and flutter; 0: none
  bool flutter;
};

class Timeline {
 public:
  // Plans a record of `duration_s` of the spec `at` of the table. The events are in order of r_s.
  void plan(std::span<const Spec> table, int at, double duration_s, Draws&);
  void forget();

  std::vector<Event> events;
  std::vector<Episode> episodes;
  // Breathing changes the RR interval, the size of the QRS and the baseline.
  double breath_hz = 0.0, breath_turns = 0.0;

 private:
  void rhythm(const Spec&, Episode&, double duration_s, Draws&);
  void sinus(const Spec&, const Episode&, double duration_s, Draws&);
  void fibrillation(const Spec&, const Episode&, double duration_s, Draws&);
  void flutter(const Spec&, const Episode&, double duration_s, Draws&);
  void junctional(const Spec&, const Episode&, Draws&);
  void ventricular(const Spec&, const Episode&, Draws&);
  void complete_block(const Spec&, const Episode&, Draws&);
};

}  // namespace pqrst::physiology
