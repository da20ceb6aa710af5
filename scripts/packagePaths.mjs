/** Where electron-builder leaves the unpacked app. */
import { inRoot, readJsonIfAny } from './project.mjs';

const folders = { linux: 'linux', darwin: 'mac', win32: 'win' };

/**
 * @returns {{ folder: string, executable: string, resources: string }} folder = the unpacked app; the fuses are in
 *   executable
 */
export function packagedApp() {
  const platform = /** @type {keyof typeof folders} */ (process.platform);
  const suffix = process.arch === 'x64' ? '' : `-${process.arch}`;
  const name = readJsonIfAny(inRoot('package.json')).productName;
  const folder = inRoot('release', platform === 'darwin' ? `mac${suffix}` : `${folders[platform]}${suffix}-unpacked`);
  if (platform === 'darwin') {
    const contents = `${folder}/${name}.app/Contents`;
    return { folder, executable: `${contents}/MacOS/${name}`, resources: `${contents}/Resources` };
  }
  const executable = platform === 'win32' ? `${folder}/${name}.exe` : `${folder}/draftscope`;
  return { folder, executable, resources: `${folder}/resources` };
}
