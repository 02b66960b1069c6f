// The dotted names of the spec's numbers, in the order of struct Spec. Their count is checked against its
// size; their order is what kernel_test and the packing in src/synth/spec.ts rely on.
#include "spec.h"

#include "synth.h"

namespace pqrst {
namespace {

#define LEVEL(p) p ".base", p ".recordingSd", p ".beatSd"
#define RANGE(p) p ".min", p ".max"
#define WAVE(p) LEVEL(p ".amplitudeMv"), LEVEL(p ".width"), LEVEL(p ".shift")
#define MOTION(p) RANGE(p ".hz"), RANGE(p ".rateHz"), RANGE(p ".size")
#define ATRIAL(p)                                                                               \
  RANGE(p ".rateHz"), RANGE(p ".peakToPeakMv"), p ".harmonic2", p ".harmonic3", p ".harmonic4", \
      MOTION(p ".slow"), MOTION(p ".fast")
#define PATTERN(p) p ".weight", p ".minSinusBeats", p ".maxSinusBeats", p ".run"
#define ECTOPIC(p) LEVEL(p ".amplitudeMv"), LEVEL(p ".widthS")

constexpr const char* kFields[] = {
    WAVE("waves.p"),
    WAVE("waves.q"),
    WAVE("waves.r"),
    WAVE("waves.s"),
    WAVE("waves.t"),
    "widthFloor",
    "stretch.p",
    "stretch.qrs",
    "stretch.t",
    "beat.referenceS",
    LEVEL("beat.lengthS"),
    "beat.floorS",
    "beat.recordingMinS",
    "beat.recordingMaxS",
    RANGE("beat.respiratoryHz"),
    RANGE("beat.respiratoryFraction"),
    RANGE("cut.startS"),
    RANGE("noiseMv"),
    RANGE("baselineHz"),
    RANGE("baselineMv"),
    "supportSigmas",
    "thresholdMv",
    RANGE("af.rrS"),
    RANGE("af.rrCv"),
    "af.rrFloorS",
    "af.pScale",
    ATRIAL("af.atrial"),
    "aflt.pScale",
    ATRIAL("aflt.atrial"),
    "aflt.conduction.weight2",
    "aflt.conduction.weight3",
    "aflt.conduction.weight4",
    "aflt.conduction.weightVariable",
    "aflt.conduction.share2",
    "aflt.conduction.share3",
    "aflt.conduction.share4",
    "aflt.jitterS",
    PATTERN("pvc.patterns.isolated"),
    PATTERN("pvc.patterns.bigeminy"),
    PATTERN("pvc.patterns.trigeminy"),
    PATTERN("pvc.patterns.couplet"),
    RANGE("pvc.coupling"),
    "pvc.couplingBeatSd",
    "pvc.couplingFloorS",
    "pvc.pScale",
    "pvc.negativeProbability",
    "pvc.amplitudeFloorMv",
    "pvc.widthFloorS",
    ECTOPIC("pvc.main"),
    ECTOPIC("pvc.terminal"),
    ECTOPIC("pvc.t"),
    LEVEL("pvc.terminalDelayS"),
    RANGE("pvc.stS"),
    "pvc.qrsMinS",
    RANGE("wpw.pqS"),
    "wpw.pShare",
    "wpw.qScale",
    "wpw.deltaFloorMv",
    "wpw.qrsMinS",
    LEVEL("wpw.deltaRatio"),
    LEVEL("wpw.deltaWidthS"),
    LEVEL("wpw.deltaLeadS"),
    "wpw.rWidthFloorS",
    RANGE("wpw.tScale"),
};
static_assert(sizeof(kFields) / sizeof(kFields[0]) == sizeof(Spec) / sizeof(double));

}  // namespace

std::span<const char* const> spec_fields() { return kFields; }

}  // namespace pqrst
