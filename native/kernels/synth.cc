// The functions of synth.h: a recording is planned (double, once), rendered by the target in use, annotated.
#include "synth.h"

#include "plan.h"

namespace pqrst {

void WorkspaceDeleter::operator()(Workspace* workspace) const { delete workspace; }

WorkspacePtr make_workspace(const Request&) { return WorkspacePtr(new Workspace); }

namespace {

Address noise_address(const Request& request, std::uint64_t index) {
  const std::uint32_t label = request.classes[index % request.class_count];
  return {request.seed, index, label | static_cast<std::uint32_t>(Stream::noise) << 8};
}

}  // namespace

void synth_record(const Request& request, std::uint64_t index, float* out, Workspace& workspace,
                  std::vector<Beat>* beats) {
  RenderPlan plan;
  workspace.plan(request, index, plan);
  current_target().render(plan, noise_address(request, index), request.unit == Unit::zscore, out,
                          request.length);
  if (beats != nullptr) {
    Spec spec;
    __builtin_memcpy(&spec, request.spec, sizeof spec);
    annotate(workspace.beats, spec.threshold_mv, request.length / request.fs_hz, *beats);
  }
}

void synth_noise(const Request& request, std::uint64_t index, float* out) {
  alignas(64) float chunk[kNormalBlock];
  LaneState lanes;
  const Target& target = current_target();
  target.seed(noise_address(request, index), lanes);
  const std::size_t whole = request.length / kNormalBlock * kNormalBlock;
  target.normals(lanes, 1.0f, out, whole);
  if (whole < request.length) {
    target.normals(lanes, 1.0f, chunk, kNormalBlock);
    __builtin_memcpy(out + whole, chunk, (request.length - whole) * sizeof(float));
  }
}

}  // namespace pqrst
