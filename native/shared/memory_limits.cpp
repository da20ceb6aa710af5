// See memory_limits.h.
#include "shared/memory_limits.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace draftscope::shared {
namespace {

// The files of one version of the memory controller.
struct Controller {
  const char *limit, *soft_limit, *usage;
  // Lines of memory.stat: pages of files, which the system takes back when memory is wanted.
  const char *active_file, *inactive_file;
};

constexpr Controller kVersion1 = {"memory.limit_in_bytes", nullptr, "memory.usage_in_bytes", "total_active_file", "total_inactive_file"};
constexpr Controller kVersion2 = {"memory.max", "memory.high", "memory.current", "active_file", "inactive_file"};

// False where there is no such file or no number in it ("max").
bool read_number(const std::string &path, uint64_t &out) {
  std::ifstream file(path);
  return bool(file >> out);
}

// The number after `name` in a file of "name value" lines; 0 = not there.
uint64_t line_of(const std::string &path, const std::string &name) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string word;
    uint64_t value = 0;
    if (words >> word && word == name && words >> value) return value;
  }
  return 0;
}

void narrow_by_group(const std::string &folder, const Controller &controller, MemoryLimits &limits) {
  uint64_t limit = UINT64_MAX, usage = 0, soft = 0;
  const bool hard = read_number(folder + "/" + controller.limit, limit);
  if (!hard) limit = UINT64_MAX;
  if (controller.soft_limit != nullptr && read_number(folder + "/" + controller.soft_limit, soft)) limit = std::min(limit, soft);
  if (limit == UINT64_MAX || !read_number(folder + "/" + controller.usage, usage)) return;
  const std::string statistics = folder + "/memory.stat";
  const uint64_t files = line_of(statistics, controller.active_file) + line_of(statistics, controller.inactive_file);
  const uint64_t held = usage - std::min(usage, files);
  limits.total = std::min(limits.total, limit);
  limits.available = std::min(limits.available, limit - std::min(limit, held));
}

// The group itself and all around it: each may have a limit of its own. Inside a container the path may be the host's and
// not be there; the mounted folder itself is then the container's group.
void narrow_by_groups(const std::string &mount, std::string path, const Controller &controller, MemoryLimits &limits) {
  while (!path.empty() && path != "/") {
    narrow_by_group(mount + path, controller, limits);
    path.resize(path.find_last_of('/'));
  }
  narrow_by_group(mount, controller, limits);
}

bool names_memory(const std::string &controllers) {
  std::istringstream names(controllers);
  std::string name;
  while (std::getline(names, name, ',')) {
    if (name == "memory") return true;
  }
  return false;
}

}  // namespace

MemoryLimits memory_limits(const std::string &root) {
  const std::string meminfo = root + "/proc/meminfo";
  MemoryLimits limits{line_of(meminfo, "MemTotal:") * 1024, line_of(meminfo, "MemAvailable:") * 1024};
  if (limits.total == 0) return limits;
  // Lines are id:controllers:path; no controllers = version 2.
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    const size_t first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (path.empty() || path.front() != '/') continue;
    const std::string base = root + "/sys/fs/cgroup";
    if (controllers.empty()) {
      narrow_by_groups(base, path, kVersion2, limits);
      narrow_by_groups(base + "/unified", path, kVersion2, limits);
    } else if (names_memory(controllers)) {
      narrow_by_groups(base + "/memory", path, kVersion1, limits);
    }
  }
  return limits;
}

}  // namespace draftscope::shared
