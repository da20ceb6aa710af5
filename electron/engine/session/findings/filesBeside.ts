import { withoutFilesBeside } from '../../checkpoint/filesBeside.ts';
import { about, evidenceOf } from '../../loading/findings/evidence.ts';
import { namesText } from '../../loading/findings/finding.ts';
import type { CheckpointFindingRule } from './checkpointFindings.ts';

/** Said apart from what the loader makes of the tensors: that stops at one name, and the file is the reason. */
export const filesBeside: CheckpointFindingRule = (checkpoint) => {
  const names = withoutFilesBeside(checkpoint).filesBeside ?? [];
  if (names.length === 0) return null;
  const one = names.length === 1;
  return {
    code: 'filesBeside',
    severity: 'warning',
    sentence: `${namesText(names, 4)} ${one ? 'lies' : 'lie'} beside model.safetensors and ${one ? 'holds' : 'hold'} no tensor that is named like a weight; without an index the reference reads every .safetensors file of the folder, ${one ? 'this' : 'these'} too.`,
    evidence: evidenceOf(names.map((name) => about('file', name))),
    hint: `Move ${one ? 'the file' : 'the files'} elsewhere, or write a model.safetensors.index.json that names model.safetensors alone.`,
  };
};
