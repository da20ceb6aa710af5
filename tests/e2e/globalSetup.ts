import { rmSync } from 'node:fs';
import { hasDisplay } from '../../scripts/project.mjs';
import { startXvfb } from '../../scripts/xvfb.mjs';
import { screensFolder } from './screens.ts';

/** Gives the tests a display where there is none. */
export default async function globalSetup(): Promise<(() => Promise<void>) | undefined> {
  rmSync(screensFolder, { recursive: true, force: true });
  if (hasDisplay()) return undefined;
  const { display, stop } = await startXvfb();
  process.env.DISPLAY = display;
  return stop;
}
