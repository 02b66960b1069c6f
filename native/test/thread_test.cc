// Tests threads that use the kernel as in the addon: tickets give them the records of a job, each thread has
// its own workspace, and all write into one output. The thread sanitizer runs this test
// (scripts/test-native.mjs
// --sanitize=thread); without it the test checks the results.
#include <thread>

#include "binding/tickets.h"
#include "check.h"

namespace pqrst {
namespace {

using binding::Tickets;
constexpr int kThreads = 4;

// The records first, first + 1, ... of one request in one buffer, with their beats and a mark for each
// finished record.
struct Batch {
  Request request;
  std::uint64_t first;
  std::uint32_t count;
  std::vector<float> out;
  std::vector<std::vector<Beat>> beats;
  std::vector<unsigned char> whole;

  Batch(const Request& of, std::uint64_t from, std::uint32_t records)
      : request(of),
        first(from),
        count(records),
        out(static_cast<std::size_t>(records) * of.length_samples, -77.0f),
        beats(records),
        whole(records, 0) {}

  bool make(std::uint32_t item, Workspace& workspace, const Stop& stop) {
    float* at = out.data() + static_cast<std::size_t>(item) * request.length_samples;
    if (!synth_record(request, first + item, at, workspace, &beats[item], stop)) return false;
    whole[item] = 1;
    return true;
  }

  void work(Tickets& tickets) {
    const WorkspacePtr workspace = make_workspace();
    const Stop stop = [&tickets] { return tickets.cancelled(); };
    tickets.draw([&](std::uint32_t item) { return make(item, *workspace, stop); });
  }

  bool same(std::uint32_t item, const Batch& other) const {
    const std::size_t from = static_cast<std::size_t>(item) * request.length_samples;
    if (std::memcmp(&out[from], &other.out[from], request.length_samples * sizeof(float)) != 0) return false;
    if (beats[item].size() != other.beats[item].size()) return false;
    for (std::size_t k = 0; k < beats[item].size(); ++k) {
      if (beats[item][k].qrs.peak_s != other.beats[item][k].qrs.peak_s) return false;
    }
    return true;
  }
};

Batch alone(const Batch& like) {
  Batch batch(like.request, like.first, like.count);
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t item = 0; item < batch.count; ++item) batch.make(item, *workspace, {});
  return batch;
}

void join(std::vector<std::thread>& threads) {
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

// Two jobs with overlapping records run at the same time on four threads each, while the test selects one
// target after another. The results equal those of a single thread.
void test_threads() {
  const Request r{kPaper, 12, kLabels, 5, 500, 2500, Unit::zscore};
  Batch batches[] = {{r, 0, 150}, {r, 75, 150}};
  std::int32_t controls[2][2] = {};
  Tickets tickets[] = {{controls[0], 150, 1}, {controls[1], 150, 7}};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2 * kThreads; ++t) {
    threads.emplace_back([&batches, &tickets, t] { batches[t % 2].work(tickets[t % 2]); });
  }
  for (std::size_t turn = 0; !tickets[0].complete() || !tickets[1].complete(); ++turn) {
    select_target(targets()[turn % targets().size()]);
    std::this_thread::yield();
  }
  join(threads);
  select_target(targets().front());
  for (int job = 0; job < 2; ++job) {
    CHECK(tickets[job].complete() && controls[job][1] == 150, "job %d: %d done", job, controls[job][1]);
    const Batch expected = alone(batches[job]);
    for (std::uint32_t item = 0; item < 150; ++item) {
      CHECK(batches[job].same(item, expected), "record %u of job %d", item, job);
    }
  }
}

// Another thread cancels the job: through the control block, as JavaScript does, or by stop(). One record
// waits for the cancellation, so the job cannot end before. Every record that is marked as finished is
// complete.
void test_cancel() {
  const Request r = request(kPaper, 0, kPieceSamples + 100, 500, Unit::zscore, 13);
  for (const bool by_control : {true, false}) {
    Batch batch(r, 0, 24);
    std::int32_t control[2] = {};
    Tickets tickets(control, batch.count, 1);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        const WorkspacePtr workspace = make_workspace();
        tickets.draw([&](std::uint32_t item) {
          const Stop stop = [&tickets, item] {  // record 3 waits between its pieces
            while (item == 3 && !tickets.cancelled()) std::this_thread::yield();
            return tickets.cancelled();
          };
          return batch.make(item, *workspace, stop);
        });
      });
    }
    std::thread canceller([&] {
      while (__atomic_load_n(&control[1], __ATOMIC_SEQ_CST) < 4) std::this_thread::yield();
      if (by_control) __atomic_store_n(&control[0], 1, __ATOMIC_SEQ_CST);
      if (!by_control) tickets.stop();
    });
    canceller.join();
    join(threads);
    CHECK(!tickets.complete() && tickets.cancelled(), "a cancelled job reports that it is complete");
    CHECK(batch.whole[3] == 0, "a stopped record reports that it is complete");
    const Batch expected = alone(batch);
    int whole = 0;
    for (std::uint32_t item = 0; item < batch.count; ++item) {
      if (batch.whole[item] == 0) continue;
      CHECK(batch.same(item, expected), "record %u of a cancelled job", item);
      ++whole;
    }
    CHECK(whole >= 4 && control[1] <= whole, "%d records whole, %d counted", whole, control[1]);
  }
}

}  // namespace pqrst
