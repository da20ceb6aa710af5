import { dtypeText } from '../../../common/dtypeName.ts';
import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';
import { fp8, fullPrecision } from './precision.ts';
import { loadedTensors } from './shapes.ts';

/** In full precision by the config, quantised or of integers on disk. */
export const storedQuantized: FindingRule = (picture) => {
  const { method, ignoredLayers } = picture.plan.quantization;
  if (method === 'other') return null;
  const found = loadedTensors(picture).filter(
    ({ what: { tensor, parameter } }) =>
      tensor.file >= 0 &&
      !fullPrecision.has(tensor.dtype) &&
      // Scales as powers of two: converting them keeps their values.
      tensor.dtype !== 'F8_E8M0' &&
      fullPrecision.has(parameter.dtype),
  );
  const [first] = found;
  if (first === undefined) return null;
  const { tensor: example } = first.what;
  const type = fp8.has(example.dtype)
    ? 'fp8 without its scale'
    : example.dtype === 'UNKNOWN'
      ? `${dtypeText(example)} without its scale`
      : 'whole numbers';
  return {
    code: 'storedQuantized',
    severity: 'silent',
    sentence: `${plural(found.length, 'weight')} ${found.length === 1 ? 'is' : 'are'} unquantised by config.json${ignoredLayers.length > 0 ? ' (its ignore list has entries)' : ''} but stored as ${dtypeText(example)}, ${namesText(found.map(({ what }) => what.tensor.name))}: the values would be taken as ${type}${onRanks(ranksOf(found), picture)}.`,
    evidence: evidenceOf([
      about('configKey', 'quantization_config'),
      ...found.map(({ what: { tensor, parameter } }) =>
        about('tensor', tensor.name, `${tensor.name}: expected ${parameter.dtype}, found ${dtypeText(tensor)}`),
      ),
    ]),
    hint: 'Correct quantization_config so that it says how these layers are stored.',
  };
};
