/** Saves what the page shows. The page gives text and what it is about; where it goes is the person's choice alone. */
import { basename } from 'node:path';
import { type BrowserWindow, dialog } from 'electron';
import type { ExportKind, ExportResult } from '../common/contract.ts';
import { makeFailure } from '../common/failure.ts';
import { exportFilters, exportRequestSchema, suggestedName, withEnding, writeWhole } from './exportFiles.ts';

/** Never throws: a full disk is an answer. */
export async function saveText(window: BrowserWindow, request: unknown): Promise<ExportResult> {
  const parsed = exportRequestSchema.safeParse(request);
  if (!parsed.success) return refused('What was to be saved is not valid, or too long.');
  const { kind, about, text } = parsed.data;
  return save(window, about, kind, async () => text);
}

/** The window's content as it is on screen, in the screen's own pixels. */
export async function savePicture(window: BrowserWindow, about: unknown): Promise<ExportResult> {
  // Taken before the dialog lies over it.
  const picture = await window.webContents.capturePage();
  if (picture.isEmpty()) return refused('The window could not be captured.');
  return save(window, typeof about === 'string' ? about.slice(0, 1000) : '', 'png', async () => picture.toPNG());
}

async function save(
  window: BrowserWindow,
  about: string,
  kind: ExportKind | 'png',
  content: () => Promise<string | Uint8Array>,
): Promise<ExportResult> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Save',
    defaultPath: suggestedName(about, kind),
    filters: [exportFilters[kind]],
  });
  if (canceled || filePath === '') return { saved: null, failure: null };
  const path = withEnding(filePath, kind);
  try {
    await writeWhole(path, await content());
    return { saved: basename(path), failure: null };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return refused(`${basename(path)} could not be written (${code}).`);
  }
}

function refused(message: string): ExportResult {
  return { saved: null, failure: makeFailure('badRequest', message, { hint: 'Choose another place and try again.' }) };
}
