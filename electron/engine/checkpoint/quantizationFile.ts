/**
 * hf_quant_config.json: where ModelOpt up to 0.29 declares the quantisation. The reference reads it when config.json has no
 * quantization_config, as if it stood there.
 */
import { join } from 'node:path';
import type { ModelConfig } from '../../common/domain.ts';
import { type Failure, makeFailure } from '../../common/failure.ts';
import { checkpointConfig } from './classDefaults.ts';
import { lfsPointerHint, lfsPointerText, looksLikeLfsPointer } from './lfsPointer.ts';
import { readTextFile } from './textFile.ts';

type Json = Readonly<Record<string, unknown>>;

const fileName = 'hf_quant_config.json';
const maxBytes = 16 * 2 ** 20;

/**
 * @param raw parsed config.json
 * @param problems a file that can't be read is added, and the config is taken without it
 */
export async function configWithQuantizationFile(folder: string, raw: Json, problems: Failure[]): Promise<ModelConfig> {
  if ((raw.quantization_config ?? null) !== null) return checkpointConfig(raw);
  const path = join(folder, fileName);
  const unreadable = (what: string, hint = 'Restore it from the original checkpoint.') =>
    problems.push(makeFailure('configUnreadable', `${fileName} ${what}.`, { path, hint }));
  let text: string;
  try {
    text = await readTextFile(path, maxBytes);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') unreadable(`could not be read (${code})`);
    return checkpointConfig(raw);
  }
  const declared = objectOf(parsed(text));
  if (declared === null) {
    if (looksLikeLfsPointer(text)) unreadable(lfsPointerText, lfsPointerHint);
    else unreadable('is not a JSON object');
    return checkpointConfig(raw);
  }
  const method = methodOf(declared);
  const quantization = method === null ? declared : { ...declared, quant_method: method };
  return { ...checkpointConfig({ ...raw, quantization_config: quantization }), quantizationFile: fileName };
}

/** The name under which the reference looks up the method; null = as the file says itself. */
function methodOf({ producer, quantization }: Json): string | null {
  if (objectOf(producer)?.name !== 'modelopt') return null;
  const algorithm = String(objectOf(quantization)?.quant_algo ?? '').toUpperCase();
  return algorithm === 'NVFP4' ? 'modelopt_fp4' : 'modelopt';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function objectOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}
