/** What the config says about quantisation against what the files hold. */
import type { Dtype } from '../../../common/domain.ts';
import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';
import { loadedTensors } from './shapes.ts';

const fullPrecision: ReadonlySet<Dtype> = new Set(['BF16', 'F16', 'F32', 'F64']);
const fp8: ReadonlySet<Dtype> = new Set(['F8_E4M3', 'F8_E5M2']);

/** Quantised by the config, in full precision on disk: copied into fp8 without a scale. */
export const storedInFullPrecision: FindingRule = (picture) => {
  const found = loadedTensors(picture).filter(
    ({ what: { tensor, parameter } }) =>
      tensor.file >= 0 && parameter.dtype === 'F8_E4M3' && fullPrecision.has(tensor.dtype),
  );
  const [first] = found;
  if (first === undefined) return null;
  return {
    code: 'storedInFullPrecision',
    severity: 'silent',
    sentence: `${plural(found.length, 'weight')} ${found.length === 1 ? 'is' : 'are'} quantised by config.json but stored as ${first.what.tensor.dtype}, ${namesText(found.map(({ what }) => what.tensor.name))}: they are converted to fp8 without a scale${onRanks(ranksOf(found), picture)}.`,
    evidence: evidenceOf([
      about('configKey', 'quantization_config'),
      ...found.map(({ what: { tensor, parameter } }) =>
        about('tensor', tensor.name, `${tensor.name}: expected ${parameter.dtype}, found ${tensor.dtype}`),
      ),
    ]),
    hint: 'Name these layers in quantization_config.ignored_layers (modules_to_not_convert), in the names that the engine uses.',
  };
};

/** In full precision by the config, quantised or of integers on disk. */
export const storedQuantized: FindingRule = (picture) => {
  const { method, ignoredLayers } = picture.plan.quantization;
  if (method === 'other') return null;
  const found = loadedTensors(picture).filter(
    ({ what: { tensor, parameter } }) =>
      tensor.file >= 0 && !fullPrecision.has(tensor.dtype) && fullPrecision.has(parameter.dtype),
  );
  const [first] = found;
  if (first === undefined) return null;
  const type = fp8.has(first.what.tensor.dtype) ? 'fp8 without its scale' : 'whole numbers';
  return {
    code: 'storedQuantized',
    severity: 'silent',
    sentence: `${plural(found.length, 'weight')} ${found.length === 1 ? 'is' : 'are'} unquantised by config.json${ignoredLayers.length > 0 ? ' (its ignore list has entries)' : ''} but stored as ${first.what.tensor.dtype}, ${namesText(found.map(({ what }) => what.tensor.name))}: the values would be taken as ${type}${onRanks(ranksOf(found), picture)}.`,
    evidence: evidenceOf([
      about('configKey', 'quantization_config'),
      ...found.map(({ what: { tensor, parameter } }) =>
        about('tensor', tensor.name, `${tensor.name}: expected ${parameter.dtype}, found ${tensor.dtype}`),
      ),
    ]),
    hint: 'Correct quantization_config so that it says how these layers are stored.',
  };
};
