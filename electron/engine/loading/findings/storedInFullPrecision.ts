import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';
import { fullPrecision } from './precision.ts';
import { loadedTensors } from './shapes.ts';

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
