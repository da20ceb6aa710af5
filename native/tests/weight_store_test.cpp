// WeightStore: what is loaded where, progress, cancel, files that changed.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <thread>

#include "model/load_plan.h"
#include "model/load_pace.h"
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

// One item for every row of a [rows, cols] file.
std::vector<ReadItem> row_by_row(int64_t rows, int64_t cols) {
  std::vector<ReadItem> items(size_t(rows), whole(0, 0, 1, cols));
  for (int64_t row = 0; row < rows; row++) {
    items[size_t(row)].file_offset = uint64_t(row * cols) * 4;
    items[size_t(row)].dst_offset = row * cols;
  }
  return items;
}

Status load(WeightStore &store, const std::vector<SourceFile> &files, const std::vector<ReadItem> &items, int threads) {
  LoadControl control(items.size(), store.parameters());
  return store.load(files, items, {threads, false}, control);
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
  LoadControl control(items.size(), store->parameters());
  const Status status = store->load(files, items, {3, false}, control);
  t.expect(status.ok(), status.message);
  const std::vector<float> got = device.get<float>(store->view(0), big.size());
  t.expect(std::memcmp(got.data(), big.data() + rows / 2 * cols, size_t(rows / 2 * cols) * 4) == 0, "the second half is not in front");
  t.expect(std::memcmp(got.data() + rows / 2 * cols, big.data(), size_t(rows / 2 * cols) * 4) == 0, "the first half is not behind");
  t.expect(device.get<float>(store->view(1), line.size()) == line, "a long vector came out wrong");
  const LoadProgress progress = control.progress();
  t.expect(progress.items_done == 3 && progress.items_total == 3 && progress.bytes_read == progress.bytes_total &&
               progress.bytes_total == (big.size() + line.size()) * 4, "progress does not add up");
  for (size_t i = 0; i < items.size(); i++) t.expect(control.item_done(i), "an item was not reported done");
  t.expect(control.parameter_bytes() == std::vector<uint64_t>{big.size() * 4, line.size() * 4, 0}, "the filled bytes of the parameters are wrong");
  uint64_t bytes_by_file[2] = {};
  for (const LoadRead &read : control.take_reads()) {
    t.expect(read.thread >= 0 && read.thread < 3 && read.begin_micros >= 0 && read.end_micros >= read.begin_micros, "a read by nobody, or before it began");
    bytes_by_file[read.file] += read.bytes;
  }
  t.expect(bytes_by_file[0] == big.size() * 4 && bytes_by_file[1] == line.size() * 4, "the reads do not add up to the files");
  t.expect(control.take_reads().empty(), "reads were told twice");
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
  t.expect(load(*store, {file}, items, 2).ok(), "an unchanged file was refused");
  file.expected_mtime_ns = 1;
  const Status later = load(*store, {file}, items, 2);
  t.expect(later.code == DS_IO_ERROR && later.message.find("changed since it was opened") != std::string::npos, "another time was accepted: " + later.message);
  file.expected_mtime_ns = 0;
  folder.write("weights", bytes_of(std::vector<float>(50, 1.0f)));
  const Status shorter = load(*store, {file}, items, 2);
  t.expect(shorter.code == DS_IO_ERROR && shorter.message.find("changed since it was opened") != std::string::npos, "another size was accepted: " + shorter.message);
  const Status truncated = load(*store, {source_of(path)}, items, 2);
  t.expect(truncated.code == DS_SHORT_READ && truncated.message.find("p from ") != std::string::npos, "a read past the end: " + truncated.message);
  std::filesystem::remove(path);
  t.expect(load(*store, {file}, items, 2).code == DS_IO_ERROR, "a file that is gone was accepted");
  t.expect(load(*store, {{"/", 0, 0}}, items, 2).code == DS_IO_ERROR, "a folder was accepted as a file");
}

DS_TEST("WeightStore: cancel, before and during a load") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  const int64_t rows = 500'000, cols = 4;
  const std::vector<SourceFile> files = {source_of(folder.write("weights", std::vector<uint8_t>(size_t(rows * cols) * 4)))};
  auto store = make_store(t, device, {{"p", DS_F32, {rows, cols}}});
  const std::vector<ReadItem> item = {whole(0, 0, rows, cols)};
  LoadControl early(1, 1);
  early.cancel();
  t.expect(store->load(files, item, {2, false}, early).code == DS_CANCELLED && early.progress().bytes_read == 0, "a cancel before the load was lost");
  t.expect(load(*store, files, item, 2).ok(), "a cancel was taken for two loads");

  // One read per row: hundreds of thousands are left when the first is done.
  const std::vector<ReadItem> many = row_by_row(rows, cols);
  LoadControl control(many.size(), 1);
  Status status;
  std::thread loader([&] { status = store->load(files, many, {2, false}, control); });
  while (control.progress().items_done == 0) std::this_thread::yield();
  control.cancel();
  loader.join();
  t.expect(status.code == DS_CANCELLED, "the load was not cancelled");
  t.expect(control.progress().items_done < rows, "all was read in spite of the cancel");
}

DS_TEST("WeightStore: after a cancel each thread ends within the read it is at") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  // A hole of 256 MiB, so that much is left when the first bytes are there.
  const int64_t rows = 64 << 10, cols = 1 << 10;
  const std::string path = folder.write("weights", {});
  std::filesystem::resize_file(path, uint64_t(rows * cols) * 4);
  auto store = make_store(t, device, {{"p", DS_F32, {rows, cols}}});
  const std::vector<ReadItem> item = {whole(0, 0, rows, cols)};
  for (const int threads : {1, 3}) {
    LoadControl control(1, 1);
    Status status;
    std::thread loader([&] { status = store->load({source_of(path)}, item, {threads, false}, control); });
    while (control.progress().bytes_read == 0) std::this_thread::yield();
    control.cancel();
    const uint64_t at_cancel = control.progress().bytes_read;
    loader.join();
    t.expect(status.code == DS_CANCELLED, "the load was not cancelled");
    t.expect(control.progress().bytes_read <= at_cancel + uint64_t(threads) * uint64_t(LoadPace::kMostBytes),
             std::to_string(control.progress().bytes_read - at_cancel) + " bytes were read after the cancel");
  }
}

DS_TEST("LoadPace: reads of a slow disk get short, those of a fast one long, in steps") {
  LoadPace pace;
  // 4 MB/s: a read of the first size would take a quarter of a second.
  const auto read_at = [&](double bytes_per_micro) {
    const int64_t bytes = pace.bytes();
    pace.took(bytes, double(bytes) / bytes_per_micro);
  };
  read_at(4);
  t.expect(double(pace.bytes()) / 4 <= LoadPace::kWantedMicros, "a slow disk is not followed at once");
  read_at(0.1);
  t.expect(pace.bytes() == LoadPace::kLeastBytes, "the least is not kept");
  for (int64_t before = pace.bytes(); before < LoadPace::kMostBytes; before = pace.bytes()) {
    read_at(5000);
    if (!t.expect(pace.bytes() > before && pace.bytes() <= 4 * before, "a fast disk is not followed in steps")) return;
  }
  t.expect(pace.bytes() == LoadPace::kMostBytes, "the most is not reached");
  pace.took(100, 0);
  t.expect(pace.bytes() == LoadPace::kMostBytes, "a read that took no time changed the pace");
}

DS_TEST("load plan: parts tile an item, in order, and cost no more than they may") {
  struct Shape {
    int64_t rows, cols, src_row_bytes;
    bool broadcast;
  };
  // Plain; rows with short gaps; narrow rows far apart; rows longer than a read; a column that is repeated.
  for (const Shape shape : {Shape{1000, 64, 256, false}, {5000, 16, 1024, false}, {3000, 4, 1 << 20, false}, {7, 100'003, 400'012, false}, {900, 50, 4, true}}) {
    ReadItem item = whole(0, 0, shape.rows, shape.cols);
    item.src_row_bytes = shape.src_row_bytes;
    item.broadcast_cols = shape.broadcast;
    int64_t allowed = 1000, covered = 0, end = 0, parts = 0;
    for_each_part(item, {0, 0, shape.rows, 0, shape.cols}, [&] { return allowed = allowed * 7919 % 300'007 + 1; }, [&](const LoadChunk &part) {
      const bool least = part.rows == 1 && (part.cols == 1 || read_cost(item, part) - (16 << 10) <= allowed);
      t.expect(read_cost(item, part) <= allowed || least, "a part costs " + std::to_string(read_cost(item, part)) + " of " + std::to_string(allowed));
      t.expect(part.row * shape.cols + part.col == end, "a part is not the next one");
      t.expect(part.cols == shape.cols || part.rows == 1, "a piece of several rows");
      end = (part.row + part.rows - 1) * shape.cols + part.col + part.cols;
      covered += part.rows * part.cols;
      return ++parts < 1'000'000;
    });
    t.expect(covered == shape.rows * shape.cols && end == covered, "parts leave something out");
  }
  ReadItem narrow = whole(0, 0, 100'000, 4);
  narrow.src_row_bytes = 1 << 14;
  LoadPlan plan;
  t.expect(plan_load({{"p", DS_F32, {100'000, 4}}}, 1, {narrow}, plan).ok(), "narrow rows were refused");
  const uint64_t file_bytes = 100'000ull << 14;
  t.expect(plan.chunks.size() >= file_bytes / uint64_t(LoadPace::kMostBytes), "narrow rows are read in " + std::to_string(plan.chunks.size()) + " chunks");
}

DS_TEST("WeightStore: a load that is held reads nothing, and goes on or ends as told") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  const int64_t rows = 300'000, cols = 4;
  const std::vector<SourceFile> files = {source_of(folder.write("weights", std::vector<uint8_t>(size_t(rows * cols) * 4)))};
  auto store = make_store(t, device, {{"p", DS_F32, {rows, cols}}});
  const std::vector<ReadItem> many = row_by_row(rows, cols);
  for (const bool cancel : {false, true}) {
    LoadControl control(many.size(), 1);
    control.pause();
    Status status;
    std::thread loader([&] { status = store->load(files, many, {2, false}, control); });
    while (control.progress().bytes_total == 0) std::this_thread::yield();
    t.expect(control.progress().items_done == 0, "a load that was held from the start has read");
    control.resume();
    while (control.progress().items_done == 0) std::this_thread::yield();
    control.pause();
    // What runs is finished; then nothing moves. Waiting for that without a clock: two equal counts far apart.
    int64_t done = -1;
    for (int equal = 0; equal < 1000; std::this_thread::yield()) {
      const int64_t now = control.progress().items_done;
      equal = now == done ? equal + 1 : 0;
      done = now;
    }
    t.expect(done < rows, "the load was over before it could be held");
    if (cancel) {
      control.cancel();
    } else {
      control.resume();
    }
    loader.join();
    t.expect(status.code == (cancel ? DS_CANCELLED : DS_OK), "a held load did not end as told: " + status.message);
    t.expect(cancel || control.progress().items_done == rows, "a load that went on is not whole");
    size_t told = 0;
    while (const size_t more = control.take_reads().size()) told += more;
    t.expect(told <= LoadControl::kMostReads + 2, "more reads are told than are kept");
  }
}

DS_TEST("WeightStore: statistics counted while reading are those of the parameter") {
  TemporaryFolder folder;
  Device device(t.settings(), 2);
  Random random(42);
  std::vector<float> values = random.normals(200 * 1000);
  values[3] = NAN;
  values[5] = -INFINITY;
  values[7] = 0;
  const std::vector<SourceFile> files = {source_of(folder.write("weights", bytes_of(values)))};
  auto store = make_store(t, device, {{"p", DS_F32, {200, 1000}}, {"q", DS_F32, {1}}});
  // Two items, so that parts are merged.
  ReadItem first = whole(0, 0, 100, 1000), second = first;
  second.file_offset = 100 * 1000 * 4;
  second.dst_offset = 100 * 1000;
  const std::vector<ReadItem> items = {first, second};
  LoadControl control(items.size(), 2);
  t.expect(store->load(files, items, {2, true}, control).ok(), "loading with statistics failed");
  ds_statistics counted{}, computed{};
  t.expect(store->statistics(0, counted).ok(), "there are no statistics");
  device.need(device.api().statistics(device.handle(), &computed, store->view(0), DS_F32, 200 * 1000));
  t.expect(counted.count == 200'000 && counted.nan_count == 1 && counted.inf_count == 1 && counted.zero_count == computed.zero_count, "counts are wrong");
  t.expect(counted.min == computed.min && counted.max == computed.max && std::fabs(counted.mean - computed.mean) < 1e-9 &&
               std::fabs(counted.mean_square - computed.mean_square) < 1e-9, "range or means are wrong");
  uint64_t sum = 0;
  for (int e = 0; e < 256; e++) {
    sum += counted.exponents[e];
    t.expect(counted.exponents[e] == computed.exponents[e], "exponents are counted otherwise");
  }
  t.expect(sum + counted.zero_count + 2 == counted.count, "the exponents do not add up");
}

DS_TEST("WeightStore: items and parameters that make no sense") {
  TemporaryFolder folder;
  Device device(t.settings(), 1);
  const std::vector<SourceFile> files = {source_of(folder.write("weights", std::vector<uint8_t>(4000)))};
  auto store = make_store(t, device, {{"p", DS_F32, {10, 10}}});
  const auto code_of = [&](const ReadItem &item) { return load(*store, files, {item}, 1).code; };
  ReadItem item = whole(0, 0, 10, 10);
  t.expect(code_of(item) == DS_OK, "a fitting item was refused");
  item.dst_offset = 1;
  t.expect(code_of(item) == DS_INVALID_ARGUMENT, "an item past its parameter");
  t.expect(code_of(whole(1, 0, 10, 10)) == DS_INVALID_ARGUMENT, "a file that is not there");
  t.expect(code_of(whole(0, 1, 10, 10)) == DS_INVALID_ARGUMENT, "a parameter that is not there");
  std::shared_ptr<WeightStore> none;
  t.expect(WeightStore::create(device.backend(), {{"a", DS_F32, {1}}, {"a", DS_F32, {1}}}, none).code == DS_INVALID_ARGUMENT, "one name twice");
  t.expect(WeightStore::create(device.backend(), {{"a", DS_F32, {int64_t(1) << 50}}}, none).code == DS_OUT_OF_MEMORY, "a petabyte");
}

}  // namespace draftscope::tests
