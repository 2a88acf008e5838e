#include "threads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

namespace rewardlab {
namespace {

struct Job {
  void (*body)(void*, int64_t, int64_t);
  void* context;
  int64_t count;
  int64_t grain;
  std::atomic<int64_t> next{0};

  bool has_more() const { return next.load(std::memory_order_relaxed) < count; }

  /** Takes piece after piece until none is left. */
  void work() {
    for (;;) {
      const int64_t from = next.fetch_add(grain);
      if (from >= count) return;
      const int64_t to = std::min(count, from + grain);
      body(context, from, to);
    }
  }
};

int wanted = 0;

int cores() {
  const char* const asked = std::getenv("TF_NUM_INTRAOP_THREADS");
  if (asked != nullptr && std::atoi(asked) > 0) return std::atoi(asked);
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

/** Threads that wait for jobs. Kernels may run at once, so there may be several jobs. */
class Pool {
 public:
  Pool() {
    const int threads = wanted > 0 ? wanted : cores();
    for (int i = 1; i < threads; i++) std::thread([this] { serve(); }).detach();
    alone_ = threads < 2;
  }

  void run(Job& job) {
    if (alone_) return job.work();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(&job);
    }
    waiting_.notify_all();
    job.work();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.erase(std::remove(jobs_.begin(), jobs_.end(), &job), jobs_.end());
    }
    // All pieces are taken, and no thread can begin on it any more; those that did are about to finish.
    while (users_of(job) > 0) std::this_thread::yield();
  }

 private:
  void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      waiting_.wait(lock, [&] {
        for (Job* one : jobs_)
          if (one->has_more()) job = one;
        return job != nullptr;
      });
      busy_.push_back(job);
      lock.unlock();
      job->work();
      lock.lock();
      busy_.erase(std::find(busy_.begin(), busy_.end(), job));
    }
  }

  /** A thread that has done its last piece still looks at the job once more. */
  int64_t users_of(Job& job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::count(busy_.begin(), busy_.end(), &job);
  }

  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<Job*> jobs_;
  std::deque<Job*> busy_;
  bool alone_ = false;
};

}  // namespace

void set_kernel_threads(int threads) { wanted = threads; }

void parallel_pieces(int64_t count, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context) {
  static Pool* const pool = new Pool;  // never destroyed: its threads don't end
  Job job;
  job.body = body;
  job.context = context;
  job.count = count;
  job.grain = grain;
  pool->run(job);
}

}  // namespace rewardlab
