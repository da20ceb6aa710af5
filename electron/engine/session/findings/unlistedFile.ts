import { evidenceOf } from '../../loading/findings/evidence.ts';
import { plural } from '../../loading/findings/finding.ts';
import type { CheckpointFindingRule } from './checkpointFindings.ts';

/** MTP weights in a side file are the classic: they are there, and no engine that goes by the index sees them. */
export const unlistedFile: CheckpointFindingRule = ({ outsideIndex, config, tensors }) => {
  if (outsideIndex.files.length === 0) return null;
  const first = config.numHiddenLayers;
  const promised = config.numNextnPredictLayers ?? 0;
  const isMtp = (name: string) => {
    const layer = /^model\.layers\.(\d+)\./.exec(name);
    return layer !== null && Number(layer[1]) >= first && Number(layer[1]) < first + promised;
  };
  const names = outsideIndex.files.flatMap(({ tensors }) => tensors);
  const mtp = names.filter(isMtp);
  // A second copy of the weights, in one file say: what the index names is complete without it.
  const listed = mtp.length === 0 ? new Set<string>() : new Set(tensors.map(({ name }) => name));
  const lost = mtp.filter((name) => !listed.has(name)).length;
  const ofMtp =
    mtp.length === 0
      ? ''
      : `, ${mtp.length.toLocaleString('en-US')} of them of MTP layers${lost === 0 ? ', which are in files of the index too' : ''}`;
  const files = outsideIndex.files.map(({ name }) => name);
  const which =
    files.length === 1
      ? `${files[0]} is`
      : `${files.slice(0, 3).join(', ')}${files.length > 3 ? ' and others' : ''} are`;
  return {
    code: 'unlistedFile',
    severity: lost > 0 ? 'silent' : 'warning',
    sentence: `${which} not named by the index, so the reference never reads ${names.length === 0 ? 'it; no tensor is in it' : `${plural(names.length, 'tensor')} there`}${ofMtp}.`,
    evidence: evidenceOf([...files, ...mtp]),
    hint: 'Add the tensors to weight_map in model.safetensors.index.json, or remove the file if it is left over.',
  };
};
