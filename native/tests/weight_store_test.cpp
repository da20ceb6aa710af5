// WeightStore: what is loaded where, progress, cancel, files that changed.
#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/fixtures.h"
#include "tests/temporary_folder.h"

namespace draftscope::tests {
namespace {

std::vector<uint8_t> bytes_of(const std::vector<float> &values) {
  std::vector<uint8_t> bytes(values.size() * 4);
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

SourceFile source_of(const std::string &path) { return {path, std::filesystem::file_size(path), 0}; }

ReadItem whole(int32_t file, int32_t parameter, int64_t rows, int64_t cols) {
  ReadItem item;
  item.file = file;
  item.parameter = parameter;
  item.rows = rows;
  item.cols = cols;
  item.src_row_bytes = cols * 4;
  item.src_dtype = DS_F32;
  item.dst_stride = cols;
  return item;
}

std::shared_ptr<WeightStore> make_store(Context &t, Device &device, std::vector<ParameterSpec> specs) {
  std::shared_ptr<WeightStore> store;
  const Status status = WeightStore::create(device.backend(), std::move(specs), store);
  t.expect(status.ok(), status.message);
  return store;
}

}  // namespace

DS_TEST("WeightStore: parts of parameters from several files and threads") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  Random random(41);
  // 20 MiB, so that it is read in several pieces; its halves go to the halves of one parameter, in the other order.
  const int64_t rows = 1024, cols = 5121;
  const std::vector<float> big = random.normals(rows * cols), line = random.normals(3'000'000);
  const std::vector<SourceFile> files = {source_of(folder.write("big", bytes_of(big))), source_of(folder.write("line", bytes_of(line)))};
  auto store = make_store(t, device, {{"big", DS_F32, {rows, cols}}, {"line", DS_F32, {3'000'000}}, {"untouched", DS_BF16, {4}}});
  ReadItem first = whole(0, 0, rows / 2, cols), second = first;
  first.dst_offset = rows / 2 * cols;
  second.file_offset = uint64_t(rows / 2 * cols) * 4;
  const std::vector<ReadItem> items = {first, whole(1, 1, 1, 3'000'000), second};
  std::vector<std::atomic<uint8_t>> done(items.size());
  const Status status = store->load(files, items, 3, done.data());
  t.expect(status.ok(), status.message);
  const std::vector<float> got = device.get<float>(store->view(0), big.size());
  t.expect(std::memcmp(got.data(), big.data() + rows / 2 * cols, size_t(rows / 2 * cols) * 4) == 0, "the second half is not in front");
  t.expect(std::memcmp(got.data() + rows / 2 * cols, big.data(), size_t(rows / 2 * cols) * 4) == 0, "the first half is not behind");
  t.expect(device.get<float>(store->view(1), line.size()) == line, "a long vector came out wrong");
  const LoadProgress progress = store->progress();
  t.expect(progress.items_done == 3 && progress.items_total == 3 && progress.bytes_read == progress.bytes_total &&
               progress.bytes_total == (big.size() + line.size()) * 4, "progress does not add up");
  for (const auto &flag : done) t.expect(flag == 1, "an item was not reported done");
  ds_statistics statistics{};
  t.expect(store->statistics(2, statistics).ok() && statistics.zero_count == 4, "a parameter nobody filled is not zero");
  t.expect(store->find("big") != nullptr && store->find("small") == nullptr && store->index_of("line") == 1, "names are mixed up");
}

DS_TEST("WeightStore: a file that changed is refused") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  const std::string path = folder.write("weights", bytes_of(std::vector<float>(100, 1.0f)));
  auto store = make_store(t, device, {{"p", DS_F32, {100}}});
  const std::vector<ReadItem> items = {whole(0, 0, 1, 100)};
  SourceFile file = source_of(path);
  t.expect(store->load({file}, items, 2, nullptr).ok(), "an unchanged file was refused");
  file.expected_mtime_ns = 1;
  const Status later = store->load({file}, items, 2, nullptr);
  t.expect(later.code == DS_IO_ERROR && later.message.find("changed since it was opened") != std::string::npos, "another time was accepted: " + later.message);
  file.expected_mtime_ns = 0;
  folder.write("weights", bytes_of(std::vector<float>(50, 1.0f)));
  const Status shorter = store->load({file}, items, 2, nullptr);
  t.expect(shorter.code == DS_IO_ERROR && shorter.message.find("changed since it was opened") != std::string::npos, "another size was accepted: " + shorter.message);
  const Status truncated = store->load({source_of(path)}, items, 2, nullptr);
  t.expect(truncated.code == DS_SHORT_READ && truncated.message.find("p from ") != std::string::npos, "a read past the end: " + truncated.message);
  std::filesystem::remove(path);
  t.expect(store->load({file}, items, 2, nullptr).code == DS_IO_ERROR, "a file that is gone was accepted");
  t.expect(store->load({{"/", 0, 0}}, items, 2, nullptr).code == DS_IO_ERROR, "a folder was accepted as a file");
}

DS_TEST("WeightStore: cancel, before and during a load") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  const int64_t rows = 500'000, cols = 4;
  const std::vector<SourceFile> files = {source_of(folder.write("weights", std::vector<uint8_t>(size_t(rows * cols) * 4)))};
  auto store = make_store(t, device, {{"p", DS_F32, {rows, cols}}});
  const std::vector<ReadItem> item = {whole(0, 0, rows, cols)};
  store->cancel();
  t.expect(store->load(files, item, 2, nullptr).code == DS_CANCELLED, "a cancel before the load was lost");
  t.expect(store->load(files, item, 2, nullptr).ok(), "a cancel was taken for two loads");

  // One read per row: hundreds of thousands are left when the first is done.
  std::vector<ReadItem> many(size_t(rows), whole(0, 0, 1, cols));
  for (int64_t row = 0; row < rows; row++) {
    many[size_t(row)].file_offset = uint64_t(row * cols) * 4;
    many[size_t(row)].dst_offset = row * cols;
  }
  Status status;
  std::thread loader([&] { status = store->load(files, many, 2, nullptr); });
  while (store->progress().items_total != rows || store->progress().items_done == 0) std::this_thread::yield();
  store->cancel();
  loader.join();
  t.expect(status.code == DS_CANCELLED, "the load was not cancelled");
  t.expect(store->progress().items_done < rows, "all was read in spite of the cancel");
}

DS_TEST("WeightStore: items and parameters that make no sense") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  const std::vector<SourceFile> files = {source_of(folder.write("weights", std::vector<uint8_t>(4000)))};
  auto store = make_store(t, device, {{"p", DS_F32, {10, 10}}});
  const auto load = [&](const ReadItem &item) { return store->load(files, {item}, 1, nullptr).code; };
  ReadItem item = whole(0, 0, 10, 10);
  t.expect(load(item) == DS_OK, "a fitting item was refused");
  item.dst_offset = 1;
  t.expect(load(item) == DS_INVALID_ARGUMENT, "an item past its parameter");
  t.expect(load(whole(1, 0, 10, 10)) == DS_INVALID_ARGUMENT, "a file that is not there");
  t.expect(load(whole(0, 1, 10, 10)) == DS_INVALID_ARGUMENT, "a parameter that is not there");
  std::shared_ptr<WeightStore> none;
  t.expect(WeightStore::create(device.backend(), {{"a", DS_F32, {1}}, {"a", DS_F32, {1}}}, none).code == DS_INVALID_ARGUMENT, "one name twice");
  t.expect(WeightStore::create(device.backend(), {{"a", DS_F32, {int64_t(1) << 50}}}, none).code == DS_OUT_OF_MEMORY, "a petabyte");
}

}  // namespace draftscope::tests
