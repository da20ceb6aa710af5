/**
 * The only place that decides which paths may be opened: what the person chose in the dialog, dropped on the window,
 * opened before, or named on the command line.
 */
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BrowserWindow, dialog } from 'electron';
import { z } from 'zod';
import type { RecentCheckpoint } from '../common/contract.ts';

const recentSchema = z.array(z.object({ name: z.string(), folder: z.string() })).max(20);
const maxRecent = 8;

export class CheckpointPicker {
  readonly #recentFile: string;
  readonly #open: (path: string) => void;
  #recent: RecentCheckpoint[] = [];

  /**
   * @param recentFile JSON list of what was opened
   * @param open passes a path on to the engine
   */
  constructor(recentFile: string, open: (path: string) => void) {
    this.#recentFile = recentFile;
    this.#open = open;
  }

  /** Last opened first; what is gone is marked, and stays: its disk may come back. */
  async listRecent(): Promise<readonly RecentCheckpoint[]> {
    const missing = await Promise.all(
      this.#recent.map(({ folder }) =>
        access(folder).then(
          () => false,
          () => true,
        ),
      ),
    );
    return this.#recent.map((entry, at) => ({ ...entry, missing: missing[at] ?? false }));
  }

  /** A missing or damaged list is an empty list. */
  async readRecent(): Promise<void> {
    const text = await readFile(this.#recentFile, 'utf8').catch(() => '[]');
    try {
      this.#recent = recentSchema.parse(JSON.parse(text));
    } catch {
      this.#recent = [];
    }
  }

  async openDialog(window: BrowserWindow): Promise<void> {
    const result = await dialog.showOpenDialog(window, {
      title: 'Open a checkpoint folder',
      properties: ['openDirectory'],
    });
    const folder = result.filePaths[0];
    if (!result.canceled && folder !== undefined) this.#open(folder);
  }

  /** A file that `draftscope headers` wrote; a dialog for folders can't show it on every platform. */
  async openHeadersDialog(window: BrowserWindow): Promise<void> {
    const result = await dialog.showOpenDialog(window, { title: 'Open a headers file', properties: ['openFile'] });
    const file = result.filePaths[0];
    if (!result.canceled && file !== undefined) this.#open(file);
  }

  /** A path that preload took from a dropped file. */
  openDropped(path: unknown): void {
    if (typeof path === 'string' && path !== '') this.#open(path);
  }

  /** Only folders of the list are opened this way. */
  openRecent(folder: unknown): void {
    const known = this.#recent.find((entry) => entry.folder === folder);
    if (known !== undefined) this.#open(known.folder);
  }

  remember(entry: RecentCheckpoint): Promise<void> {
    return this.#keep([entry, ...this.#recent.filter((old) => old.folder !== entry.folder)]);
  }

  /** The entry alone goes; whatever it names is left as it is. */
  async forget(folder: unknown): Promise<void> {
    const rest = this.#recent.filter((entry) => entry.folder !== folder);
    if (rest.length < this.#recent.length) await this.#keep(rest);
  }

  async #keep(recent: readonly RecentCheckpoint[]): Promise<void> {
    this.#recent = recent.slice(0, maxRecent);
    await mkdir(dirname(this.#recentFile), { recursive: true });
    // Written beside and renamed, so that a crash never leaves half a list.
    const partial = `${this.#recentFile}.partial`;
    await writeFile(partial, JSON.stringify(this.#recent, null, 2));
    await rename(partial, this.#recentFile);
  }
}
