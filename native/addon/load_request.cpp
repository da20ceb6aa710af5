#include "addon/load_request.h"

#include <charconv>

namespace draftscope::addon {
namespace {

constexpr int64_t kMaxThreads = 1024;

SourceFile read_file_entry(ArgumentReader &reader, Napi::Value value) {
  const Napi::Object object = reader.object(value, "");
  SourceFile file;
  file.path = reader.text(reader.member(object, "path"), "path");
  file.expected_bytes = uint64_t(reader.integer(object, "expectedBytes", 0, kMaxSafeInteger));
  // Nanoseconds since the epoch exceed what a double holds exactly, so they come as text.
  const std::string mtime = reader.text(reader.member(object, "expectedMtimeNs"), "expectedMtimeNs");
  const char *end = mtime.data() + mtime.size();
  const auto [stop, failure] = std::from_chars(mtime.data(), end, file.expected_mtime_ns);
  if (failure != std::errc() || stop != end) reader.complain("expectedMtimeNs", "must be a whole number of nanoseconds as text");
  if (file.path.find('\0') != std::string::npos) reader.complain("path", "must not contain a zero byte");
  return file;
}

// Names of the members of an item, made once instead of once per item.
struct ItemKeys {
  explicit ItemKeys(Napi::Env env)
      : file(Napi::String::New(env, "file")),
        parameter(Napi::String::New(env, "parameter")),
        file_offset(Napi::String::New(env, "fileOffset")),
        rows(Napi::String::New(env, "rows")),
        cols(Napi::String::New(env, "cols")),
        src_row_bytes(Napi::String::New(env, "srcRowBytes")),
        src_dtype(Napi::String::New(env, "srcDtype")),
        dst_offset(Napi::String::New(env, "dstOffset")),
        dst_stride(Napi::String::New(env, "dstStride")),
        broadcast_cols(Napi::String::New(env, "broadcastCols")) {}
  Napi::String file, parameter, file_offset, rows, cols, src_row_bytes, src_dtype, dst_offset, dst_stride, broadcast_cols;
};

ReadItem read_item(ArgumentReader &reader, const ItemKeys &keys, Napi::Value value, int64_t files, int64_t parameters) {
  const Napi::Object object = reader.object(value, "");
  ReadItem item;
  if (!reader.ok()) return item;
  const auto size = [&](const Napi::String &key, const char *what) { return reader.integer(object.Get(key), what, 0, kMaxSafeInteger); };
  item.file = int32_t(reader.integer(object.Get(keys.file), "file", 0, files - 1));
  item.parameter = int32_t(reader.integer(object.Get(keys.parameter), "parameter", 0, parameters - 1));
  item.file_offset = uint64_t(size(keys.file_offset, "fileOffset"));
  item.rows = size(keys.rows, "rows");
  item.cols = size(keys.cols, "cols");
  item.src_row_bytes = size(keys.src_row_bytes, "srcRowBytes");
  item.src_dtype = reader.dtype(object.Get(keys.src_dtype), "srcDtype");
  item.dst_offset = size(keys.dst_offset, "dstOffset");
  item.dst_stride = size(keys.dst_stride, "dstStride");
  item.broadcast_cols = reader.boolean(object.Get(keys.broadcast_cols), "broadcastCols");
  if (item.cols != 0 && item.rows > kMaxSafeInteger / item.cols) reader.complain("rows", "times cols is more than any file holds");
  return item;
}

}  // namespace

Status read_load_request(const Napi::CallbackInfo &info, int32_t parameters, LoadRequest &out) {
  const Napi::Env env = info.Env();
  ArgumentReader reader(env);
  const Napi::Array files = reader.array(info[0], "files");
  const Napi::Array items = reader.array(info[1], "items");
  reader.at("options");
  const Napi::Object options = reader.object(info[2], "");
  out.options.threads = int(reader.integer(options, "threads", 1, kMaxThreads));
  const Napi::Value statistics = reader.member(options, "statistics");
  if (!statistics.IsEmpty() && !statistics.IsUndefined()) out.options.statistics = reader.boolean(statistics, "statistics");
  for (uint32_t i = 0; reader.ok() && i < files.Length(); ++i) {
    const Napi::HandleScope scope(env);
    reader.at("files", i);
    out.files.push_back(read_file_entry(reader, files.Get(i)));
  }
  const ItemKeys keys(env);
  for (uint32_t i = 0; reader.ok() && i < items.Length(); ++i) {
    const Napi::HandleScope scope(env);
    reader.at("items", i);
    out.items.push_back(read_item(reader, keys, items.Get(i), int64_t(out.files.size()), parameters));
  }
  return reader.status();
}

}  // namespace draftscope::addon
