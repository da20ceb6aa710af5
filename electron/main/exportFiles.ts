/** What main does with a file that the page wants saved, as far as it needs no Electron. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { ExportKind } from '../common/contract.ts';

/** Characters of text; more than the table of the largest checkpoint. */
const longestExport = 300_000_000;

export const exportRequestSchema = z.object({
  kind: z.enum(['html', 'csv', 'json', 'svg']),
  /** What the file is about, without an ending. */
  about: z.string().max(10_000),
  text: z.string().max(longestExport),
});

export const exportFilters: Readonly<
  Record<ExportKind | 'png', { readonly name: string; readonly extensions: string[] }>
> = {
  html: { name: 'Web page', extensions: ['html'] },
  csv: { name: 'Comma-separated values', extensions: ['csv'] },
  json: { name: 'JSON', extensions: ['json'] },
  svg: { name: 'Drawing', extensions: ['svg'] },
  png: { name: 'Picture', extensions: ['png'] },
};

/** The name that the dialog begins with: letters, digits, dots, dashes; never a path, never hidden. */
export function suggestedName(about: string, kind: ExportKind | 'png'): string {
  const plain = about
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 100);
  return `${plain === '' ? 'draftscope' : plain}.${kind}`;
}

/** The path as the dialog gave it, with the ending when the person left it out. */
export function withEnding(path: string, kind: ExportKind | 'png'): string {
  return /\.[A-Za-z0-9]{1,5}$/.test(basename(path)) ? path : `${path}.${kind}`;
}

/** Written beside and renamed: what was there before stays whole when the disk is full. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  try {
    await writeFile(partial, data, { flag: 'wx' });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
