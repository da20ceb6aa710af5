import type { Tensor } from '../../../common/domain.ts';
import { dtypeText } from '../../../common/dtypeName.ts';
import { about, evidenceOf } from '../../loading/findings/evidence.ts';
import { namesText, plural } from '../../loading/findings/finding.ts';
import type { CheckpointFindingRule } from './checkpointFindings.ts';

/** Types of the safetensors format that Draftscope has no numbers for. */
const ofFormat: ReadonlySet<string> = new Set([
  'F4',
  'F6_E2M3',
  'F6_E3M2',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
  'F8_E8M0FNU',
  'C64',
]);

export const dtypeUnknown: CheckpointFindingRule = ({ tensors, files }) => {
  const found = tensors.filter(({ dtype }) => dtype === 'UNKNOWN');
  if (found.length === 0) return null;
  const alien = found.filter((tensor) => !ofFormat.has(dtypeText(tensor)));
  const shown = alien.length > 0 ? alien : found;
  const types = namesText(
    [...new Set(shown.map(dtypeText))].map((name) => JSON.stringify(name)),
    4,
  );
  const names = namesText(shown.map(({ name }) => name));
  const fileOf = ({ file }: Tensor) => files[file]?.name ?? '';
  const refused = namesText([...new Set(shown.map(fileOf))]);
  return {
    code: 'dtypeUnknown',
    severity: alien.length > 0 ? 'blocker' : 'warning',
    sentence:
      alien.length > 0
        ? `${plural(alien.length, 'tensor')} ${alien.length === 1 ? 'has' : 'have'} a dtype that safetensors does not have, ${types}, so the reference cannot read ${refused}: ${names}.`
        : `${plural(found.length, 'tensor')} ${found.length === 1 ? 'has' : 'have'} a dtype whose numbers are not read here, ${types}: ${names}. Names, shapes and sizes are followed, values are not looked at.`,
    evidence: evidenceOf(
      shown.map((tensor) => about('tensor', tensor.name, `${tensor.name}: ${dtypeText(tensor)}, in ${fileOf(tensor)}`)),
    ),
    hint:
      alien.length > 0
        ? 'Save these tensors again in a dtype of the format.'
        : 'Check with the serving engine that it reads this dtype.',
  };
};
