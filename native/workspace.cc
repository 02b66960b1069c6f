// Chooses the model of a record.
#include "workspace.h"

namespace pqrst {

void Workspace::start(const Request& request, std::uint64_t index, std::vector<Beat>* beats) {
  rhythms.clear();
  if (request.model == Model::paper) {
    paper.plan(request, index);
    if (beats != nullptr) paper.annotate(request, *beats);
    rhythms.push_back({0.0, request.classes[index % request.class_count]});
    rendering.start(request, index, paper);
    return;
  }
  physiological.plan(request, index, beats != nullptr);
  if (beats != nullptr) physiological.annotate(request, *beats);
  physiological.list(request, rhythms);
  rendering.start(request, index, physiological);
}

}  // namespace pqrst
