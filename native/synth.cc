// The functions of synth.h. The kernel plans a record in double precision, renders it with the target in use,
// and annotates it from the plan.
#include "synth.h"

#include "address.h"
#include "workspace.h"

namespace pqrst {

void WorkspaceDeleter::operator()(Workspace* workspace) const { delete workspace; }

WorkspacePtr make_workspace() { return WorkspacePtr(new Workspace); }

bool synth_record(const Request& request, std::uint64_t index, void* out, Workspace& workspace,
                  std::vector<Beat>* beats, const Stop& stop) {
  if (!workspace.start(request, index, beats, stop)) return false;
  return workspace.rendering.whole(out, stop);
}

bool open_record(const Request& request, std::uint64_t index, Workspace& workspace, std::vector<Beat>* beats,
                 const Stop& stop) {
  if (!workspace.start(request, index, beats, stop)) return false;
  workspace.paper.forget_beats();
  workspace.physiological.forget_beats();
  return workspace.rendering.measure(stop);
}

std::span<const RhythmStart> rhythms_of(const Workspace& workspace) { return workspace.rhythms; }

std::size_t bytes_of(const Workspace& workspace) {
  return workspace.paper.bytes() + workspace.physiological.bytes();
}

bool read_piece(Workspace& workspace, std::uint32_t piece, void* out, const Stop& stop) {
  return workspace.rendering.read(piece, out, stop);
}

void synth_white_noise(const Request& request, std::uint64_t index, float* out) {
  alignas(64) float rest[kNormalBlock];
  LaneState lanes;
  for (std::size_t start = 0; start < request.length_samples; start += kPieceSamples) {
    const std::size_t left = request.length_samples - start,
                      count = left < kPieceSamples ? left : kPieceSamples;
    const std::size_t whole = count / kNormalBlock * kNormalBlock;
    kernels().seed(address_of(request, index, Stream::white_noise),
                   static_cast<std::uint32_t>(start / kPieceSamples), lanes);
    kernels().normals(lanes, 1.0f, out + start, whole);
    if (whole == count) continue;
    kernels().normals(lanes, 1.0f, rest, kNormalBlock);
    __builtin_memcpy(out + start + whole, rest, (count - whole) * sizeof(float));
  }
}

}  // namespace pqrst
