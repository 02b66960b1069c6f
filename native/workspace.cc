// Chooses the model of a record.
#include "workspace.h"

namespace pqrst {

bool Workspace::start(const Request& request, std::uint64_t index, std::vector<Beat>* beats,
                      const Stop& stop) {
  rhythms.clear();
  if (request.model == Model::paper) {
    if (!paper.plan(request, index, stop)) return false;
    if (beats != nullptr) paper.annotate(request, *beats);
    rhythms.push_back({0.0, request.classes[index % request.class_count]});
    rendering.start(request, index, paper);
    return true;
  }
  if (!physiological.plan(request, index, beats != nullptr, stop)) return false;
  if (beats != nullptr) physiological.annotate(request, *beats);
  physiological.list(request, rhythms);
  rendering.start(request, index, physiological);
  return true;
}

}  // namespace pqrst
