// Work on many small things by a few threads.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace libre {

// What one call may use: more readers than this do not make a disk faster, and others work here, too.
inline constexpr std::size_t most_threads = 4;

// Calls worker(begin, end) until all of [0, count) was given out, in runs of `run`; which thread gets which
// one is left to chance. Each thread has a worker of its own, made by make_worker() in the calling one: so
// what a worker holds need not be safe for threads, but what it shares must be. The caller is one of the
// threads, and the only one where there is one core, one run, or no thread to be had. Throws what a
// worker has thrown.
template <class MakeWorker>
void in_parallel(std::size_t count, std::size_t run, MakeWorker make_worker) {
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t runs = (count + run - 1) / run;
  const std::size_t wanted = std::min({cores, most_threads, runs});
  std::atomic<std::size_t> next = 0;
  std::exception_ptr problem;
  std::mutex mutex;  // guards it
  const auto work = [&](auto& worker) {
    try {
      for (std::size_t begin = 0; (begin = next.fetch_add(run)) < count;)
        worker(begin, std::min(begin + run, count));
    } catch (...) {
      next = count;
      const std::lock_guard guard(mutex);
      problem = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  auto own = make_worker();
  try {
    while (others.size() + 1 < wanted)
      others.emplace_back([&work, worker = make_worker()]() mutable { work(worker); });
  } catch (const std::system_error&) {  // those that there are do it all
  }
  work(own);
  others.clear();  // joins
  if (problem) std::rethrow_exception(problem);
}

}  // namespace libre
