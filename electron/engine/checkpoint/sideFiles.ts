/** The files beside the weights that running needs: the tokenizer and, in the demo checkpoint, prompts. */
import { join } from 'node:path';
import { FailureError } from '../../common/failure.ts';
import { readTextFile } from './textFile.ts';

/** Ten times the largest tokenizer.json of the family. */
const maxSideFileBytes = 100_000_000;

export interface SideFiles {
  /** Parsed tokenizer.json. */
  readonly tokenizer: unknown;
  /** Parsed tokenizer_config.json; {} when there is none. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly path: string;
}

/** @throws FailureError tokenizerUnreadable */
export async function readTokenizerFiles(folder: string): Promise<SideFiles> {
  const path = join(folder, 'tokenizer.json');
  const tokenizer = await readJson(path);
  if (tokenizer === undefined) {
    throw new FailureError('tokenizerUnreadable', 'There is no readable tokenizer.json in the checkpoint folder.', {
      path,
    });
  }
  const config = await readJson(join(folder, 'tokenizer_config.json'));
  return { tokenizer, config: isObject(config) ? config : {}, path };
}

export interface Prompt {
  readonly text: string;
  readonly label: string;
}

/** Prompts of prompts.json; none when the file is absent or of another form. */
export async function readPrompts(folder: string): Promise<Prompt[]> {
  const parsed = await readJson(join(folder, 'prompts.json'));
  const list = isObject(parsed) && Array.isArray(parsed.prompts) ? parsed.prompts : [];
  return list.flatMap((entry: unknown) =>
    isObject(entry) && typeof entry.text === 'string'
      ? [{ text: entry.text, label: typeof entry.label === 'string' ? entry.label : entry.text.slice(0, 40) }]
      : [],
  );
}

/** undefined when it can't be read or is no JSON. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readTextFile(path, maxSideFileBytes));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
