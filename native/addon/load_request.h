// The arguments of WeightStore.load as plain values.
#pragma once

#include "addon/argument_reader.h"

namespace draftscope::addon {

struct LoadRequest {
  std::vector<SourceFile> files;
  std::vector<ReadItem> items;
  LoadOptions options;
};

// (files, items, options); checks every index against `parameters` and the number of files.
Status read_load_request(const Napi::CallbackInfo &info, int32_t parameters, LoadRequest &out);

}  // namespace draftscope::addon
