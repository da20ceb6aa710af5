import { declaredIn, entryLines, listText, missedModules } from './declaredQuantized.ts';
import { about, evidenceOf } from './evidence.ts';
import { type Finding, type FindingRule, namesText, plural } from './finding.ts';
import { type LoadPicture, onRanks, ranksOf } from './loadPicture.ts';
import { fullPrecision } from './precision.ts';
import { loadedTensors } from './shapes.ts';

/** Quantised by the config, in full precision on disk: copied into fp8 without a scale. */
export const storedInFullPrecision: FindingRule = (picture) =>
  picture.plan.quantization.method === 'other' ? byName(picture) : byShape(picture);

function byShape(picture: LoadPicture): Finding | null {
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
}

/** A method that is not modelled, with weights of their own shape in 8 bits: what is stored otherwise still fits. */
function byName(picture: LoadPicture): Finding | null {
  const missed = missedModules(picture);
  if (missed === null || missed.isPacked) return null;
  const { modules, list } = missed;
  return {
    code: 'storedInFullPrecision',
    severity: 'silent',
    sentence: `${plural(modules.length, 'module')} of MTP layers ${modules.length === 1 ? 'is' : 'are'} quantised to 8 bits by ${picture.plan.input.config.quantizationFile ?? 'config.json'} (${picture.plan.quantization.declared}) but stored as ${modules[0].dtype}, ${namesText(modules.map(({ name }) => name))}: they would be converted without a scale; ${listText(list)}.`,
    evidence: evidenceOf([
      declaredIn(picture.plan.input.config),
      ...entryLines(picture),
      ...modules.map(({ name, dtype }) =>
        about('tensor', `${name}.weight`, `${name}.weight: expected 8 bits, found ${dtype}`),
      ),
    ]),
    hint: 'Add these modules to the ignore list of the quantisation, or quantise them too.',
  };
}
