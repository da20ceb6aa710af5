/** The host emulation of CUDA as the CUDA backend of a copy of the addon: a second device on every machine. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../scripts/project.mjs';

const built = (name: string) => inRoot('native/build', name);
const emulation = built('libdraftscope_cuda_on_host.so');

/** Why it can't be had, for the name of what is skipped; '' = it can. */
export const emulationReason = existsSync(emulation)
  ? ''
  : ' (skipped: the build has no libdraftscope_cuda_on_host.so)';

/** Environment variables of the emulated device: bytes of its memory, and at which launch it is lost. */
export const emulationVariables = { memory: 'CUDA_ON_HOST_MEMORY', lose: 'CUDA_ON_HOST_LOSE_AT_LAUNCH' };

/** @returns the path of a copy of the addon in the folder, with the CPU backend and the emulation beside it */
export function addonWithEmulation(folder: string): string {
  const addon = join(folder, 'emulated.node');
  if (!existsSync(addon)) {
    copyFileSync(built('draftscope.node'), addon);
    copyFileSync(built('libdraftscope_cpu.so'), join(folder, 'libdraftscope_cpu.so'));
    copyFileSync(emulation, join(folder, 'libdraftscope_cuda.so'));
  }
  return addon;
}
