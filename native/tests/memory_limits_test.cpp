// The memory that is told: the system's own figures, narrowed by the control groups around the process.
#include "shared/memory_limits.h"

#include "tests/harness.h"
#include "tests/temporary_folder.h"

namespace draftscope::tests {
namespace {

constexpr uint64_t kMiB = 1 << 20;

// A folder that stands in for "/": 16 GiB of memory, of which 8 are available.
class System {
 public:
  explicit System(const std::string &groups) {
    write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n");
    write("proc/self/cgroup", groups);
  }
  void write(const std::string &name, const std::string &text) const { folder_.write(name, {text.begin(), text.end()}); }
  void expect(Context &t, uint64_t total, uint64_t available) const {
    const shared::MemoryLimits limits = shared::memory_limits(folder_.path());
    t.expect(limits.total == total * kMiB && limits.available == available * kMiB,
             std::to_string(limits.available / kMiB) + " of " + std::to_string(limits.total / kMiB) + " MiB, expected " + std::to_string(available) + " of " +
                 std::to_string(total));
  }

 private:
  TemporaryFolder folder_;
};

std::string mib(uint64_t count) { return std::to_string(count * kMiB); }

}  // namespace

DS_TEST("memory limits: without control groups the system's own") {
  System("").expect(t, 16384, 8192);
  System("0::/\n").expect(t, 16384, 8192);
  System("nonsense\n1:memory\n").expect(t, 16384, 8192);
  t.expect(shared::memory_limits("/nowhere").total == 0, "no system, but memory");
}

DS_TEST("memory limits: version 2, a limit above the process's group, file pages count as free") {
  const System system("0::/user/job\n");
  system.write("sys/fs/cgroup/user/job/memory.max", "max\n");
  system.write("sys/fs/cgroup/user/job/memory.current", mib(900));
  system.write("sys/fs/cgroup/user/memory.max", mib(2048));
  system.write("sys/fs/cgroup/user/memory.current", mib(1500));
  system.write("sys/fs/cgroup/user/memory.stat", "anon 5\nactive_file " + mib(200) + "\ninactive_file " + mib(300) + "\n");
  system.expect(t, 2048, 1048);
  system.write("sys/fs/cgroup/user/job/memory.high", mib(1000));
  system.expect(t, 1000, 100);
}

DS_TEST("memory limits: version 1, and a container that is shown the host's path") {
  const System system("5:cpu,cpuacct:/x\n4:hugetlb,memory:/docker/abc\n0::/\n");
  system.write("sys/fs/cgroup/memory/memory.limit_in_bytes", mib(4096));
  system.write("sys/fs/cgroup/memory/memory.usage_in_bytes", mib(4000));
  system.write("sys/fs/cgroup/memory/memory.stat", "active_file 1\ntotal_inactive_file " + mib(96) + "\n");
  system.expect(t, 4096, 192);
  // No limit is told as a number beyond all memory; usage above a limit leaves nothing.
  system.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712");
  system.write("sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", mib(4000));
  system.expect(t, 4096, 192);
  system.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", mib(3000));
  system.expect(t, 3000, 0);
}

}  // namespace draftscope::tests
