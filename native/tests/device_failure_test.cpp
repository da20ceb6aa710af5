// A device that is full, and one that is lost in the middle of a pass. The second needs the host emulation of CUDA: it
// can be told to lose its device.
#include "tests/fixtures.h"

namespace draftscope::tests {
namespace {

bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

}  // namespace

DS_TEST("Device memory: what does not fit is refused with the bytes, and the device goes on") {
  Device device(t.settings(), 1);
  std::shared_ptr<WeightStore> store;
  const Status petabyte = WeightStore::create(device.backend(), {{"small", DS_F32, {4}}, {"large", DS_U8, {int64_t(1) << 50}}}, store);
  t.expect(petabyte.code == DS_OUT_OF_MEMORY && store == nullptr, "a petabyte was not refused as too much memory: " + petabyte.message);
  t.expect(contains(petabyte.message, "large: ") && contains(petabyte.message, "1125899906842624 bytes"), "no name or no bytes: " + petabyte.message);
  t.expect(WeightStore::create(device.backend(), {{"small", DS_F32, {4}}}, store).ok(), "16 bytes were refused after the refusal of a petabyte");
}

DS_TEST("Device memory: the refusal says what is free of what there is") {
  if (!is_emulated(Device(t.settings(), 1))) return t.skip("only the host emulation of CUDA can be given little memory");
  const Variable memory("CUDA_ON_HOST_MEMORY", "1000000");
  Device device(t.settings(), 1);
  std::shared_ptr<WeightStore> store;
  const std::vector<ParameterSpec> specs = {{"first", DS_U8, {600'000}}, {"second", DS_U8, {600'000}}};
  const Status refused = WeightStore::create(device.backend(), specs, store);
  t.expect(refused.code == DS_OUT_OF_MEMORY, "1.2 MB fitted into 1 MB");
  t.expect(contains(refused.message, "second: ") && contains(refused.message, "600000 bytes were asked for, 400000 of the device's 1000000 are free"), refused.message);
  // What was taken for the first parameter has been given back.
  t.expect(WeightStore::create(device.backend(), {specs[1], {"rest", DS_U8, {400'000}}}, store).ok(), "memory of a refused store is still taken");
}

DS_TEST("Lost device: a status of its own, from every later call, until it is opened anew") {
  if (!is_emulated(Device(t.settings(), 1))) return t.skip("only the host emulation of CUDA can be told to lose its device");
  const std::vector<float> ones(8, 1.0f);
  {
    const Variable lose("CUDA_ON_HOST_LOSE_AT_LAUNCH", "2");
    Device device(t.settings(), 1);
    const ds_view a = device.put(ones), b = device.put(ones);
    float out[8];
    device.need(device.api().add(device.handle(), a, b, 8));
    device.need(device.api().download(device.handle(), out, a, sizeof out));
    t.expect(out[7] == 2, "the launch before the loss");
    ds_status status = device.api().add(device.handle(), a, b, 8);
    if (status == DS_OK) status = device.api().synchronize(device.handle());  // it may be found only on waiting
    t.expect(status == DS_DEVICE_LOST, "the loss has status " + std::to_string(status));
    t.expect(contains(device.api().last_error(), "the device was lost while") && contains(device.api().last_error(), "started again"), device.api().last_error());
    t.expect(device.api().download(device.handle(), out, a, sizeof out) == DS_DEVICE_LOST, "a download works on a lost device");
    ds_buffer *buffer = nullptr;
    t.expect(device.api().buffer_alloc(device.handle(), 64, &buffer) == DS_DEVICE_LOST && buffer == nullptr, "memory of a lost device");
  }
  Device again(t.settings(), 1);
  const ds_view a = again.put(ones);
  again.need(again.api().add(again.handle(), a, a, 8));
  t.expect(again.get<float>(a, 8)[0] == 2, "a device opened after the loss does not work");
}

}  // namespace draftscope::tests
